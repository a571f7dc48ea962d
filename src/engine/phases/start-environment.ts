import type { TrialContext } from "../trial-context.ts";
import { makeDirectories } from "./make-directories.ts";

/** A fresh sandbox with Harbor's directories. */
export async function startEnvironment(
  { environment, folder, unprepared }: TrialContext,
  signal: AbortSignal,
): Promise<void> {
  if (unprepared !== null) throw unprepared;
  await environment.start({ signal, log: (line) => folder.log("info", line) });
  await makeDirectories(environment, signal);
}
