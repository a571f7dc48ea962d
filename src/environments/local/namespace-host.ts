/** Where sandboxes of this machine are built: what it has, and where their files lie. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { identityOf } from "../../host/process-identity.ts";
import { ensureBaseTree } from "./base-tree.ts";
import { destroyGroup, makeControlGroup } from "./control-group.ts";
import type { HostFacts } from "./host-facts.ts";
import type { Inside } from "./inside-tools.ts";
import { tenantTable, trustedTable, upperKeys } from "./mount-table.ts";
import { pipesIn } from "./pipes.ts";
import { groupTree, type ProcessTree, traceTree } from "./process-tree.ts";
import { startSandbox } from "./sandbox.ts";
import { createStateDirectory, removeStateDirectory, writeRecord } from "./state-directory.ts";

export interface NamespaceHost {
  readonly facts: HostFacts;
  /** Absolute. */
  readonly stateRoot: string;
  /** Our directory in the cgroup hierarchy; null = none may be had. */
  readonly controlRoot: string | null;
}

export interface Layer {
  readonly id: string;
  /** Keys of the trees it changes. */
  readonly trees: readonly string[];
}

export interface OpenSandbox {
  readonly inside: Inside;
  readonly stateDir: string;
  /** Ends every process; its files stay. */
  end(): Promise<void>;
  /** Ends it and removes its files. */
  remove(): Promise<void>;
}

export interface SandboxRequest {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly layers: readonly Layer[];
  readonly network: "public" | "no-network";
  readonly signal?: AbortSignal | undefined;
}

export function layersDir(host: NamespaceHost): string {
  return join(host.stateRoot, "layers");
}

export async function openSandbox(host: NamespaceHost, request: SandboxRequest): Promise<OpenSandbox> {
  const { facts, stateRoot, controlRoot } = host;
  const groupPath = controlRoot === null ? null : join(controlRoot, request.name);
  const record = { name: request.name, labels: request.labels, init: null, controlGroup: groupPath };
  const stateDir = createStateDirectory(stateRoot, record, upperKeys(facts));
  const group = groupPath === null ? null : makeControlGroup(groupPath);
  const first = groupPath === null ? null : makeControlGroup(join(groupPath, "first"));
  const removeAll = async (): Promise<void> => {
    if (group !== null) await destroyGroup(group);
    await removeStateDirectory(stateDir);
  };
  try {
    mkdirSync(layersDir(host), { recursive: true });
    const baseDir = ensureBaseTree(stateRoot, facts);
    const mounts = {
      facts,
      stateDir,
      baseDir,
      layersDir: layersDir(host),
      layers: request.layers,
      upper: "disk",
      volatile: true,
    } as const;
    writeFileSync(join(stateDir, "trusted.tab"), trustedTable(mounts));
    writeFileSync(join(stateDir, "tenant.tab"), tenantTable(mounts));
    const sandbox = await startSandbox({
      facts,
      stateDir,
      baseDir,
      hasLayers: request.layers.length > 0,
      network: request.network,
      procs: first?.procs ?? null,
      signal: request.signal,
    });
    writeRecord(stateDir, { ...record, init: await identityOf(sandbox.initPid) });
    let execs = 0;
    const newTree = (): ProcessTree => (groupPath === null ? traceTree() : groupTree(join(groupPath, `e${++execs}`)));
    const inside: Inside = {
      facts,
      sandbox,
      network: request.network,
      pipes: pipesIn(join(stateDir, "p"), facts.tools.mkfifo),
      newTree,
    };
    return {
      inside,
      stateDir,
      end: () => sandbox.end(),
      async remove() {
        await sandbox.end();
        await removeAll();
      },
    };
  } catch (error) {
    await removeAll();
    throw error;
  }
}
