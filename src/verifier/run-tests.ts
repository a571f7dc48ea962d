/**
 * Runs a task's tests in the trial's own sandbox, the way Harbor does, after everything an agent could have prepared is gone.
 *
 * The caller has killed the agent's processes. `/tests` and `/logs/verifier` are emptied here, so a planted reward.json
 * or conftest.py is not there when the tests start. The exit status of test.sh says nothing: only rewards do.
 */
import { rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { failure, TrialFailure } from "../contract/failure.ts";
import { INSIDE } from "../contract/inside.ts";
import { type DownloadLimits, FileMissing } from "../environments/environment.ts";
import { looksAtClock } from "./looks-at-clock.ts";
import { readRewards } from "./rewards.ts";
import type { Verifier, VerifyContext } from "./verifier.ts";

const LIMITS: DownloadLimits = {
  maxBytes: 256 << 20,
  maxFiles: 20_000,
  maxFileBytes: 128 << 20,
  timeoutSec: 120,
};
const SCRIPT = `${INSIDE.tests}/test.sh`;

export const testScriptVerifier: Verifier = {
  async verify(context) {
    await emptyAndUpload(context);
    const exitCode = await runScript(context);
    const remarks = await download(context);
    const reading = await readRewards(context.verifierDir);
    if ("rewards" in reading) return { rewards: reading.rewards, remarks };
    const message = `${reading.failure.message} (test.sh exited with ${exitCode ?? "a signal"})`;
    throw new TrialFailure({ ...reading.failure, message });
  },
  looksAtClock: (task) => looksAtClock(join(task.dir, "tests")),
};

async function emptyAndUpload({ workspace, task, signal }: VerifyContext): Promise<void> {
  const from = join(task.dir, "tests");
  const reset = await workspace.exec({
    argv: [
      "/bin/sh",
      "-c",
      `rm -rf ${INSIDE.tests} ${INSIDE.verifierLogs} && mkdir -p ${INSIDE.tests} ${INSIDE.verifierLogs} && chmod 755 ${INSIDE.tests} && chmod 777 ${INSIDE.verifierLogs}`,
    ],
    cwd: "/",
    user: 0,
    timeoutSec: 60,
    signal,
  });
  if (reset.ended !== "aborted" && reset.exitCode !== 0) {
    throw cannotVerify("tests-upload-failed", "/tests and /logs/verifier could not be emptied in the sandbox");
  }
  signal.throwIfAborted();
  await workspace.upload(from, INSIDE.tests);
  const { mode } = await stat(join(from, "test.sh"));
  if ((mode & 0o111) === 0) {
    await workspace.exec({ argv: ["chmod", "+x", SCRIPT], cwd: "/", user: 0, timeoutSec: 60, signal });
  }
}

async function runScript(context: VerifyContext): Promise<number | null> {
  const { workspace, task, timeoutSec } = context;
  const result = await workspace.exec({
    // Through a shell: a script without a shebang is run by it.
    argv: ["/bin/sh", "-c", `${SCRIPT}; code=$?; (: > ${INSIDE.testsOver}) 2>/dev/null; exit $code`],
    env: context.env,
    ...(task.verifier.user === null ? {} : { user: task.verifier.user }),
    timeoutSec,
    signal: context.signal,
    onOutput: (_stream, chunk) => context.log("test-stdout.txt", chunk),
  });
  context.signal.throwIfAborted();
  if (result.ended === "timed-out") {
    throw cannotVerify("verifier-timeout", `the tests were still running after ${timeoutSec} s and were stopped`);
  }
  return result.exitCode;
}

async function download({ workspace, verifierDir }: VerifyContext): Promise<string[]> {
  try {
    const report = await workspace.download(INSIDE.verifierLogs, verifierDir, LIMITS);
    await rm(join(verifierDir, basename(INSIDE.testsOver)), { recursive: true, force: true });
    return report.leftOutCount === 0
      ? []
      : [
          `${report.leftOutCount} files of /logs/verifier were left out (${report.leftOut[0]?.reason ?? "no reason given"})`,
        ];
  } catch (error) {
    if (error instanceof FileMissing) return ["the tests removed /logs/verifier"];
    throw error;
  }
}

function cannotVerify(code: string, message: string): TrialFailure {
  return new TrialFailure(
    failure({
      code,
      blame: code === "tests-upload-failed" ? "infrastructure" : "task",
      phase: "verification",
      message,
      evidence: ["verifier/test-stdout.txt"],
    }),
  );
}
