/**
 * Runs the sandbox's own programs in its trusted root: they are the host's, read-only, where no tenant can replace them.
 * The tenant's files lie under /s; `resolve` follows the tenant's links there and never out of it.
 */
import { Readable } from "node:stream";
import { EnvironmentFailure, type ExecRequest, type ExecResult } from "../environment.ts";
import { dropArguments } from "./capabilities.ts";
import { runExec, type StreamRequest } from "./exec.ts";
import type { HostFacts } from "./host-facts.ts";
import type { PipeSource } from "./pipes.ts";
import type { ProcessTree } from "./process-tree.ts";
import type { Sandbox } from "./sandbox.ts";
import { execScript, toolScript } from "./scripts.ts";

export interface Inside {
  readonly facts: HostFacts;
  readonly sandbox: Sandbox;
  readonly network: "public" | "no-network";
  readonly pipes: PipeSource;
  /** A fresh one for each command. */
  readonly newTree: () => ProcessTree;
}

/** The tenant's command, as the tenant's user. */
export function tenantExec(
  inside: Inside,
  request: ExecRequest,
  settings: { readonly cwd: string; readonly user: string; readonly env: Readonly<Record<string, string>> },
): Promise<ExecResult> {
  demandUser(inside.facts, settings.user);
  const names = Object.keys(settings.env).filter((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  const values = Object.fromEntries(names.map((name) => [`_E_${name}`, settings.env[name] ?? ""]));
  return enter(
    inside,
    [
      execScript(inside.facts.tools),
      "sh",
      settings.user,
      settings.cwd,
      request.stdin === undefined || (!(request.stdin instanceof Readable) && request.stdin.length === 0)
        ? ""
        : "stream",
      String(names.length),
      ...names,
      ...request.argv,
    ],
    values,
    request,
  );
}

const ROOT = /^(root|0)?(:(root|0)?)?$/;

/** An ordinary user has no other id to give away. @throws EnvironmentFailure */
export function demandUser({ privileged }: HostFacts, user: string): void {
  if (privileged || ROOT.test(user)) return;
  throw new EnvironmentFailure(
    "exec-refused",
    `sandboxes of an ordinary user have no user but root: "${user}" cannot be switched to (run as root, or use docker)`,
  );
}

/** A script of ours with `resolve` and `who` at hand. @throws EnvironmentFailure when the sandbox ends meanwhile. */
export async function toolExec(
  inside: Inside,
  script: string,
  args: readonly string[],
  request: Pick<ExecRequest, "stdin" | "timeoutSec" | "signal" | "onOutput"> = {},
): Promise<{ readonly result: ExecResult; readonly stderr: string }> {
  let stderr = "";
  const result = await enter(
    inside,
    [toolScript(script), "sh", ...args],
    {},
    {
      ...request,
      graceSec: 0,
      onOutput: (stream, chunk) => {
        if (stream === "stdout") return request.onOutput?.(stream, chunk);
        stderr = (stderr + Buffer.from(chunk).toString()).slice(0, 2000);
        return undefined;
      },
    },
  );
  if (result.ended === "aborted" && inside.sandbox.wasEnded())
    throw new EnvironmentFailure("sandbox-gone", "the sandbox has ended");
  return { result, stderr: stderr.trim() };
}

async function enter(
  { facts, sandbox, network, pipes, newTree }: Inside,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  request: StreamRequest,
): Promise<ExecResult> {
  const release = sandbox.hold();
  const drop = [facts.tools.setpriv, ...dropArguments(network), "--"];
  const tree = newTree();
  const mark = tree.marks ? [facts.tools.unshare, "--uts", "--"] : [];
  try {
    return await runExec(
      {
        command: facts.tools.nsenter,
        args: [...sandbox.enter, "--", ...mark, ...drop, facts.tools.sh, "-c", ...args],
        env,
        pipes,
        tree,
        sandbox,
      },
      request,
    );
  } finally {
    release();
  }
}
