import { failure, TrialFailure } from "../../contract/failure.ts";
import { INSIDE } from "../../contract/inside.ts";
import type { TrialContext } from "../trial-context.ts";

/** A fresh sandbox with Harbor's directories, writable for whatever user the agent or the tests run as. */
export async function startEnvironment(
  { environment, folder, unprepared }: TrialContext,
  signal: AbortSignal,
): Promise<void> {
  if (unprepared !== null) throw unprepared;
  await environment.start({ signal, log: (line) => folder.log("info", line) });
  const logs = [INSIDE.agentLogs, INSIDE.sessions, INSIDE.verifierLogs, INSIDE.artifacts].join(" ");
  const made = await environment.exec({
    argv: ["/bin/sh", "-c", `mkdir -p ${logs} ${INSIDE.installed} && chmod 777 /logs ${logs} ${INSIDE.installed}`],
    cwd: "/",
    user: 0,
    timeoutSec: 60,
    signal,
  });
  if (made.ended === "exited" && made.exitCode === 0) return;
  signal.throwIfAborted();
  throw new TrialFailure(
    failure({
      code: "environment-start-failed",
      blame: "infrastructure",
      phase: "environment-start",
      message: "the sandbox started, but /logs could not be made in it",
    }),
  );
}
