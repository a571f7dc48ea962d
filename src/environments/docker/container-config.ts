/** What a trial's container is, as the engine wants it told. Pure. */
import type { EnvironmentSpec, ReadOnlyMount } from "../environment.ts";

/** Every container of ours has it; its value is the sandbox's name. */
export const SANDBOX_LABEL = "regatta.sandbox";
/** The same name on the container that guards its network. */
export const GUARD_LABEL = "regatta.sandbox-network";
/** Names of the owner's labels: a container also gets all those of its image. */
export const OWN_LABELS = "regatta.own-labels";
const MIB = 1 << 20;
/** Generous for builds and test suites; a fork bomb ends at it. */
export const PIDS_LIMIT = 8192;
/**
 * What root may do inside: what package managers, `chown`, `su`, servers on low ports and chroots need. Of the engine's own default
 * list two are missing: device nodes (MKNOD), and raw packets (NET_RAW), which would pass by the rules of a closed network.
 */
const CAPABILITIES = [
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
];

export interface ContainerRequest {
  readonly spec: EnvironmentSpec;
  readonly image: string;
  /** The engine's network mode. */
  readonly network: string;
  /** What the engine can enforce. */
  readonly limits: { readonly cpus: boolean; readonly memory: boolean; readonly pids: boolean };
}

/** Body of POST /containers/create. */
export function containerConfig({ spec, image, network, limits }: ContainerRequest): object {
  const memory = limits.memory && spec.memoryMb !== null ? Math.floor(spec.memoryMb * MIB) : null;
  return {
    Image: image,
    // As Harbor starts it: the image's own entry point, told to keep going.
    Cmd: ["sh", "-c", "sleep infinity"],
    Env: Object.entries(spec.env).map(([name, value]) => `${name}=${value}`),
    Labels: { ...labelsOf(spec.labels), [SANDBOX_LABEL]: spec.name },
    ...(spec.workdir === null ? {} : { WorkingDir: spec.workdir }),
    // The task's own check is run by the engine of trials; the image's would only burn time.
    Healthcheck: { Test: ["NONE"] },
    NetworkDisabled: false,
    HostConfig: {
      // The first process reaps, and ends at once when told to.
      Init: true,
      NetworkMode: network,
      SecurityOpt: ["no-new-privileges"],
      CapDrop: ["ALL"],
      CapAdd: [...CAPABILITIES, ...spec.capabilities],
      // Unlike `Binds`, these never make a directory on the host where one is missing.
      ...(spec.mounts.length === 0 ? {} : { Mounts: spec.mounts.map(bindMount) }),
      ...(limits.pids ? { PidsLimit: PIDS_LIMIT } : {}),
      ...(limits.cpus && spec.cpus !== null ? { NanoCpus: Math.round(spec.cpus * 1e9) } : {}),
      // No swap beyond it: a limit that swaps is none.
      ...(memory === null ? {} : { Memory: memory, MemorySwap: memory }),
      LogConfig: { Type: "json-file", Config: { "max-size": "1m", "max-file": "1" } },
      RestartPolicy: { Name: "no" },
    },
  };
}

export interface GuardContainer {
  /** The sandbox whose network it guards. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  readonly network: string;
  readonly command: readonly string[];
}

/** The container of a network guard (egress-guard.ts): it may change its own network, and nothing else. */
export function guardConfig({ name, labels, image, network, command }: GuardContainer): object {
  return {
    Image: image,
    Entrypoint: command,
    Labels: { ...labelsOf(labels), [GUARD_LABEL]: name },
    // As a first process it would not hear another one, and hold up whoever stops the engine.
    StopSignal: "SIGKILL",
    HostConfig: {
      NetworkMode: network,
      // The host's own network is not to be had from another user namespace.
      ...(network === "host" ? { UsernsMode: "host" } : {}),
      ReadonlyRootfs: true,
      SecurityOpt: ["no-new-privileges"],
      CapDrop: ["ALL"],
      CapAdd: network === "host" ? [] : ["NET_ADMIN"],
      LogConfig: { Type: "json-file", Config: { "max-size": "1m", "max-file": "1" } },
      RestartPolicy: { Name: "no" },
    },
  };
}

function labelsOf(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return { ...labels, [OWN_LABELS]: JSON.stringify(Object.keys(labels)) };
}

/** Programs with another user's rights have none: no-new-privileges, which every container has. */
function bindMount({ from, to }: ReadOnlyMount): object {
  return { Type: "bind", Source: from, Target: to, ReadOnly: true, BindOptions: { Propagation: "rprivate" } };
}

/** The owner's labels of a container, as they were given. */
export function ownLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const names = labelNames(labels[OWN_LABELS]);
  return Object.fromEntries(Object.entries(labels).filter(([name]) => names.has(name)));
}

function labelNames(text: string | undefined): ReadonlySet<string> {
  try {
    const value: unknown = JSON.parse(text ?? "[]");
    return new Set(Array.isArray(value) ? value.filter((name): name is string => typeof name === "string") : []);
  } catch (error) {
    // Somebody else wrote that label: then it says nothing.
    if (error instanceof SyntaxError) return new Set();
    throw error;
  }
}
