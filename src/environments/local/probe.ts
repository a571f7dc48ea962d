/**
 * Can sandboxes run here, and how? Asked by starting one: no list of kernel settings is ever complete.
 *
 * Variants, best first: upper directories on disk without syncs; with them (kernels before 5.10); in memory, where the disk
 * cannot hold an upper directory, as inside a container.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, realpathSync } from "node:fs";
import { ownIdentity } from "../../host/process-identity.ts";
import { EnvironmentFailure } from "../environment.ts";
import { ensureBaseTree } from "./base-tree.ts";
import { findControlRoot } from "./control-group.ts";
import { readHostFacts, readMounts } from "./host-facts.ts";
import { toolExec } from "./inside-tools.ts";
import { closeInheritedDescriptors } from "./inherited-descriptors.ts";
import { type NamespaceHost, openSandbox } from "./namespace-host.ts";
import { whyNoSandbox } from "./probe-problem.ts";
import { MAKE_DIRECTORY } from "./scripts.ts";
import { removeAbandoned } from "./state-directory.ts";

export type Probe = { readonly host: NamespaceHost } | { readonly problems: readonly string[] };

const VARIANTS = [
  { upper: "disk", volatile: true },
  { upper: "disk", volatile: false },
  { upper: "memory", volatile: false },
] as const;

export async function probeHost(stateRoot: string): Promise<Probe> {
  const facts = readHostFacts();
  if ("problems" in facts) return facts;
  closeInheritedDescriptors();
  try {
    mkdirSync(stateRoot, { recursive: true, mode: 0o700 });
  } catch (error) {
    return { problems: [`the state directory ${stateRoot} cannot be made: ${messageOf(error)}`] };
  }
  await removeAbandoned(stateRoot, ["probe-", "build-"]);
  // Links in it would lead elsewhere once the root is another.
  const real = realpathSync(stateRoot);
  const common = {
    facts,
    stateRoot: real,
    baseDir: ensureBaseTree(real, facts, await ownIdentity()),
    hostMounts: readMounts(),
    controlRoot: findControlRoot(),
  };
  let first: unknown = null;
  for (const variant of VARIANTS) {
    const host = { ...common, ...variant };
    try {
      await tryOnce(host);
      return { host };
    } catch (error) {
      if (!(error instanceof EnvironmentFailure)) throw error;
      first ??= error;
    }
  }
  return { problems: whyNoSandbox(messageOf(first), facts) };
}

async function tryOnce(host: NamespaceHost): Promise<void> {
  const name = `probe-${process.pid}-${randomUUID().slice(0, 8)}`;
  const labels = { purpose: "probe", pid: String(process.pid) };
  const none = { layers: [], hidePaths: [], mounts: [], cpus: null, memoryMb: null } as const;
  const sandbox = await openSandbox(host, { name, labels, network: "public", ...none });
  try {
    const { result, stderr } = await toolExec(sandbox.inside, MAKE_DIRECTORY, ["/probe"], { timeoutSec: 60 });
    if (result.exitCode !== 0)
      throw new EnvironmentFailure("sandbox-start", `a sandbox cannot be entered: ${stderr || result.ended}`);
  } finally {
    await sandbox.remove();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
