import { failure, TrialFailure } from "../../contract/failure.ts";
import { INSIDE } from "../../contract/inside.ts";
import type { Workspace } from "../../environments/environment.ts";

/** Harbor's directories, writable for whatever user the agent or the tests run as. */
export async function makeDirectories(workspace: Workspace, signal: AbortSignal): Promise<void> {
  const logs = [INSIDE.agentLogs, INSIDE.sessions, INSIDE.verifierLogs, INSIDE.artifacts].join(" ");
  const made = await workspace.exec({
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
