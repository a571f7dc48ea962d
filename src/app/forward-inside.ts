/** Makes a socket of this host, mounted into a sandbox without network, a port of that sandbox's own loopback. */
import { failure, TrialFailure } from "../contract/failure.ts";
import { INSIDE } from "../contract/inside.ts";
import type { Workspace } from "../environments/environment.ts";
import { forwarderProgram } from "../gateway/forwarder-program.ts";

const PROGRAM = `${INSIDE.installed}/regatta-forwarder`;
/** It has nothing to do but to listen. */
const START_MS = 20_000;

/**
 * @param socket path inside
 * @param until ends it, if nothing else does
 * @returns the port
 */
export async function forwardInside(
  workspace: Workspace,
  socket: string,
  signal: AbortSignal,
  until: AbortSignal,
): Promise<number> {
  const program = forwarderProgram(process.arch);
  if (program === null) throw unreachable(`there is no forwarder for ${process.arch}`);
  await workspace.writeFile(PROGRAM, program, { mode: 0o755 });
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    let said = "";
    const late = setTimeout(() => reject(unreachable("its forwarder did not start in time")), START_MS);
    const left = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", left, { once: true });
    workspace
      .exec({
        argv: [PROGRAM, socket],
        cwd: "/",
        graceSec: 0,
        signal: until,
        onOutput(stream, chunk) {
          if (stream === "stdout") said += Buffer.from(chunk).toString();
          const port = /^(\d+)\n/.exec(said)?.[1];
          if (port !== undefined) resolve(Number(port));
        },
      })
      .then(
        ({ exitCode }) => reject(unreachable(`its forwarder ended with ${exitCode ?? "a signal"}`)),
        (error: unknown) => reject(unreachable((error as Error).message)),
      )
      .finally(() => {
        clearTimeout(late);
        signal.removeEventListener("abort", left);
      });
  });
}

function unreachable(why: string): TrialFailure {
  const message = `the model gateway cannot be reached from the sandbox: ${why}`;
  return new TrialFailure(
    failure({
      code: "environment-lost",
      blame: "infrastructure",
      phase: "agent-setup",
      message,
      evidence: ["trial.log"],
    }),
  );
}
