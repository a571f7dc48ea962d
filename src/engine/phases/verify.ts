import type { Verdict } from "../../verifier/verifier.ts";
import type { TrialContext } from "../trial-context.ts";

/** The tests' verdict; their output and what they left is in `verifier/` whatever came of it. */
export async function verifyTrial(context: TrialContext, signal: AbortSignal): Promise<Verdict> {
  const { verifier, environment, task, variables, folder, files, limits } = context;
  try {
    const verdict = await verifier.verify({
      workspace: environment,
      task,
      env: variables.verifier,
      timeoutSec: limits.verifierSec,
      signal,
      verifierDir: folder.verifierDir,
      log: (file, chunk) => files.log(folder, "verifier", file).write(chunk),
    });
    await files.keepVerdict(folder, verdict.rewards);
    return verdict;
  } finally {
    await files.settleLogs(folder, "verifier");
    await files.redact(folder, ["verifier"]);
  }
}
