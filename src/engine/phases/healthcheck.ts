/**
 * Waits until the task's own check passes: failures inside the start period do not count, then `retries` in a row are the end.
 * A check that runs past its timeout is one failed check.
 */
import { failure, TrialFailure } from "../../contract/failure.ts";
import type { Healthcheck } from "../../contract/task.ts";
import type { Clock } from "../clock.ts";
import type { TrialContext } from "../trial-context.ts";

export async function awaitHealthy(
  { environment, folder }: TrialContext,
  check: Healthcheck,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const startPeriodEnds = clock.monotonic() + check.startPeriodSec * 1000;
  for (let failures = 0; ;) {
    const result = await environment.exec({
      argv: ["/bin/sh", "-c", check.command],
      timeoutSec: check.timeoutSec > 0 ? check.timeoutSec : null,
      signal,
    });
    if (result.ended === "exited" && result.exitCode === 0) return;
    signal.throwIfAborted();
    const starting = clock.monotonic() < startPeriodEnds;
    if (!starting) failures += 1;
    folder.log("warn", `healthcheck: ${result.ended === "exited" ? `exit ${result.exitCode}` : result.ended}`);
    if (failures >= Math.max(1, check.retries)) {
      throw new TrialFailure(
        failure({
          code: "healthcheck-failed",
          blame: "task",
          phase: "healthcheck",
          message: `the task's healthcheck failed ${failures} times in a row (last: ${result.ended === "exited" ? `exit ${result.exitCode}` : result.ended})`,
          evidence: ["trial.log"],
        }),
      );
    }
    await pause(clock, (starting ? check.startIntervalSec : check.intervalSec) * 1000, signal);
  }
}

function pause(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(milliseconds, () => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    });
    const onAbort = (): void => {
      cancel();
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
