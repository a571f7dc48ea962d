/** What a trial's container is, as the engine wants it told. Pure. */
import type { EnvironmentSpec, ReadOnlyMount } from "../environment.ts";

/** Every container of ours has it; its value is the sandbox's name. */
export const SANDBOX_LABEL = "regatta.sandbox";
/** Names of the owner's labels: a container also gets all those of its image. */
const OWN_LABELS = "regatta.own-labels";
const MIB = 1 << 20;
/** Generous for builds and test suites; a fork bomb ends at it. */
export const PIDS_LIMIT = 8192;

export interface ContainerRequest {
  readonly spec: EnvironmentSpec;
  readonly image: string;
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
    Labels: { ...spec.labels, [SANDBOX_LABEL]: spec.name, [OWN_LABELS]: JSON.stringify(Object.keys(spec.labels)) },
    ...(spec.workdir === null ? {} : { WorkingDir: spec.workdir }),
    // The task's own check is run by the engine of trials; the image's would only burn time.
    Healthcheck: { Test: ["NONE"] },
    NetworkDisabled: false,
    HostConfig: {
      // The first process reaps, and ends at once when told to.
      Init: true,
      NetworkMode: spec.network === "no-network" ? "none" : network,
      SecurityOpt: ["no-new-privileges"],
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
