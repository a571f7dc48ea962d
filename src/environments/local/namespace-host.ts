/** Where sandboxes of this machine are built, and how one is opened: directories, mount tables, control group, namespaces. */
import { mkdirSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import type { ResourceUse } from "../../contract/noise.ts";
import { identityOf, ownIdentity } from "../../host/process-identity.ts";
import { EnvironmentFailure, type Incident, type ReadOnlyMount } from "../environment.ts";
import { presentDevices } from "./base-tree.ts";
import {
  type ControlGroup,
  type ControlRoot,
  countOf,
  destroyGroup,
  type Limits,
  makeControlGroup,
  makeLimitedGroup,
  readEvents,
} from "./control-group.ts";
import { type GroupUse, groupUse } from "../group-use.ts";
import { diskUse } from "./disk-use.ts";
import type { HostFacts, HostMount } from "./host-facts.ts";
import type { Inside } from "./inside-tools.ts";
import { tenantTable, trustedTable, upperKeys } from "./mount-table.ts";
import { pipesIn } from "./pipes.ts";
import { groupTree, markTree, utsOf } from "./process-tree.ts";
import { startSandbox } from "./sandbox.ts";
import { createStateDirectory, removeStateDirectory, writeRecord } from "./state-directory.ts";

/** Processes that nobody counts together. */
const WITHOUT_GROUP: GroupUse = {
  cpuSec: null,
  throttledSec: null,
  peakMemoryMib: null,
  oomKills: null,
  waitedSec: null,
};

export interface NamespaceHost {
  readonly facts: HostFacts;
  /** Absolute. */
  readonly stateRoot: string;
  readonly baseDir: string;
  readonly hostMounts: readonly HostMount[];
  /** Our directory in the cgroup hierarchy; null = none may be had. */
  readonly controlRoot: ControlRoot | null;
  /** What this machine's file system and kernel take; see probe.ts. */
  readonly upper: "disk" | "memory";
  readonly volatile: boolean;
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
  incidents(): readonly Incident[];
  resources(): Promise<ResourceUse>;
}

export interface SandboxRequest extends Limits {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly layers: readonly Layer[];
  readonly network: "public" | "no-network";
  readonly hidePaths: readonly string[];
  readonly mounts: readonly ReadOnlyMount[];
  readonly signal?: AbortSignal | undefined;
}

export function layersDir(host: NamespaceHost): string {
  return join(host.stateRoot, "layers");
}

export async function openSandbox(host: NamespaceHost, request: SandboxRequest): Promise<OpenSandbox> {
  const { facts, stateRoot, controlRoot } = host;
  const controlGroup = controlRoot === null ? null : join(controlRoot.path, request.name);
  const owner = await ownIdentity();
  const record = { name: request.name, labels: request.labels, init: null, controlGroup, owner };
  const stateDir = createStateDirectory(stateRoot, record, upperKeys(facts));
  let group: ControlGroup | null = null;
  const removeAll = async (): Promise<void> => {
    if (group !== null) await destroyGroup(group);
    await removeStateDirectory(stateDir);
  };
  try {
    group = controlRoot === null ? null : makeLimitedGroup(controlRoot, request.name, request);
    const procs = group === null ? null : makeControlGroup(join(group.path, "first")).procs;
    mkdirSync(layersDir(host), { recursive: true });
    const mounts = {
      ...host,
      stateDir,
      layersDir: layersDir(host),
      layers: request.layers,
      hidePaths: outermost([stateRoot, ...request.hidePaths]),
      mounts: mountable(request.mounts),
      devices: presentDevices(),
    };
    writeFileSync(join(stateDir, "trusted.tab"), trustedTable(mounts));
    writeFileSync(join(stateDir, "tenant.tab"), tenantTable(mounts));
    const sandbox = await startSandbox({
      facts,
      stateDir,
      memoryDirs: host.upper === "memory" ? upperKeys(facts).flatMap((key) => [`u/${key}`, `w/${key}`]) : [],
      hasLayers: request.layers.length > 0,
      network: request.network,
      procs,
      signal: request.signal,
    });
    writeRecord(stateDir, { ...record, init: await identityOf(sandbox.initPid) });
    const uts = utsOf(sandbox.initPid);
    if (group === null && uts === null) {
      await sandbox.end();
      throw new EnvironmentFailure("sandbox-start", "the sandbox ended while it started");
    }
    let execs = 0;
    const parent = group?.path ?? null;
    const inside: Inside = {
      facts,
      sandbox,
      network: request.network,
      pipes: pipesIn(join(stateDir, "p"), facts.tools.mkfifo),
      newTree: () => (parent === null ? markTree(uts ?? "") : groupTree(join(parent, `e${++execs}`))),
    };
    return {
      inside,
      stateDir,
      end: () => sandbox.end(),
      async remove() {
        await sandbox.end();
        await removeAll();
      },
      incidents: () => (group === null ? [] : incidentsOf(group)),
      async resources() {
        // In memory it is in the sandbox's own mounts, and cannot be seen from here.
        const bytes = host.upper === "disk" ? await diskUse(join(stateDir, "u")) : null;
        const known = group === null ? WITHOUT_GROUP : groupUse(group.path);
        return { ...known, diskMb: bytes === null ? null : bytes / 1e6 };
      },
    };
  } catch (error) {
    await removeAll();
    throw error;
  }
}

/** Directories that exist, without links in their paths, and none that lies in another: that one would have no place to mount on. */
function outermost(paths: readonly string[]): readonly string[] {
  const real = [
    ...new Set(
      paths
        .filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
        .map((path) => realpathSync(path)),
    ),
  ];
  return real.filter((path) => !real.some((other) => path.startsWith(`${other}/`)));
}

/** Without links in the host's paths. @throws EnvironmentFailure for what cannot be mounted. */
function mountable(mounts: readonly ReadOnlyMount[]): readonly ReadOnlyMount[] {
  return mounts.map(({ from, to }) => {
    if (statSync(from, { throwIfNoEntry: false })?.isDirectory() !== true)
      throw new EnvironmentFailure("mount-failed", `${from} cannot be mounted: there is no such directory`);
    if (!to.startsWith("/") || posix.normalize(to) !== to || to.endsWith("/"))
      throw new EnvironmentFailure("mount-failed", `${to} is no place to mount ${from} on`);
    return { from: realpathSync(from), to };
  });
}

function incidentsOf(group: ControlGroup): readonly Incident[] {
  const kills = countOf(readEvents(group, "memory.events"), "oom_kill");
  const refused = countOf(readEvents(group, "pids.events"), "max");
  return [
    ...(kills > 0 ? [{ kind: "oom-kill", message: `out of memory: ${kills} process(es) were killed` } as const] : []),
    ...(refused > 0
      ? [{ kind: "pids-limit", message: `the limit on processes was hit ${refused} time(s)` } as const]
      : []),
  ];
}
