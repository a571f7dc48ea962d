/** `container_env = "local"`: namespaces over a copy-on-write view of this machine's own files. Nothing to install or download. */
import { existsSync, readFileSync } from "node:fs";
import { type Abilities, EnvironmentFailure, type EnvironmentProvider, type SandboxCost } from "../environment.ts";
import { createLocalEnvironment } from "./environment.ts";
import { findTool } from "./host-facts.ts";
import { defaultStateRoot, listLeftovers } from "./leftovers.ts";
import type { NamespaceHost } from "./namespace-host.ts";
import { type Probe, probeHost } from "./probe.ts";
import { recipeOf } from "./recipe.ts";
import { statementsOf } from "./statements.ts";

/**
 * Measured by 16 trials at a time, each with a call of its model under way: 16 open files (pipes of what runs inside and of its
 * set-up, a trace, the gateway's connections), and 5 processes of the sandbox and the command in it. The other threads are the agent's
 * and those of what it starts: Codex was seen with 29, Claude Code with 7.
 */
const COST: SandboxCost = { openFiles: 16, processes: 40 };

export interface LocalOptions {
  /** Absolute; default `$XDG_CACHE_HOME/regatta/local`. */
  readonly stateRoot?: string;
}

export function createLocalProvider(options: LocalOptions = {}): EnvironmentProvider {
  const stateRoot = options.stateRoot ?? defaultStateRoot();
  let probing: Promise<Probe> | undefined;
  const probe = (): Promise<Probe> => (probing ??= probeHost(stateRoot));
  const host = async (): Promise<NamespaceHost> => {
    const found = await probe();
    if ("problems" in found) throw new EnvironmentFailure("not-available", found.problems.join("; "));
    return found.host;
  };
  return {
    name: "local",
    abilities: async () => abilitiesOf(await probe()),
    check(spec) {
      const file = spec.dockerfile;
      const refused = file === null || !existsSync(file) ? [] : recipeOf(readFileSync(file, "utf8")).refused;
      const isolated =
        spec.network === "no-network" && findTool("ip") === null
          ? ["a task without network needs the program `ip` (iproute2) on this machine"]
          : [];
      return Promise.resolve([...refused, ...isolated]);
    },
    // Layers are made by the first sandbox that needs them, under a lock that is this machine's.
    prepare: () => Promise.resolve(null),
    imageNamed: () => Promise.resolve(null),
    create: (spec) => createLocalEnvironment(host, spec),
    // With network it is this machine's; without, only files are shared.
    hostPlace: (network) =>
      Promise.resolve(
        network === "public" ? { kind: "tcp", listen: "127.0.0.1", inside: "127.0.0.1" } : { kind: "socket" },
      ),
    outage: () => Promise.resolve(null),
    fills: () => Promise.resolve([stateRoot]),
    capacity: () => Promise.resolve({ each: COST, addresses: null, clock: null }),
    list: () => listLeftovers(stateRoot),
  };
}

function abilitiesOf(found: Probe): Abilities {
  const common = { name: "local", honoursDockerImage: false };
  if ("problems" in found) {
    const none = {
      enforcesCpus: false,
      enforcesMemory: false,
      canDisableNetwork: false,
      canSwitchUser: false,
      killsWholeTree: false,
      canMount: false,
      closesHost: false,
      addsCapabilities: false,
      arch: null,
    };
    return { ...common, ...none, available: false, problems: found.problems, statements: [] };
  }
  const { facts, controlRoot } = found.host;
  return {
    ...common,
    available: true,
    problems: [],
    enforcesCpus: controlRoot?.controllers.includes("cpu") ?? false,
    enforcesMemory: controlRoot?.controllers.includes("memory") ?? false,
    canDisableNetwork: findTool("ip") !== null,
    canSwitchUser: facts.privileged,
    killsWholeTree: true,
    canMount: true,
    closesHost: false,
    addsCapabilities: false,
    arch: process.arch === "x64" || process.arch === "arm64" ? process.arch : null,
    statements: statementsOf(found.host),
  };
}
