/** `container_env = "docker"`: a container of a Docker engine for every trial, driven by the engine's own API. */
import { createServer } from "node:net";
import { existsSync } from "node:fs";
import { type Abilities, EnvironmentFailure, type EnvironmentProvider, type SandboxCost } from "../environment.ts";
import { PIDS_LIMIT } from "./container-config.ts";
import { type EngineAddress, engineAddress } from "./engine-address.ts";
import { egressGuards, guardProblem } from "./egress-guard.ts";
import { freeAddresses, hostAddress } from "./network.ts";
import { engineClient, EngineError, EngineUnreachable } from "./engine-client.ts";
import { memoryWatch } from "./engine-events.ts";
import { type EngineFacts, engineFacts } from "./engine-facts.ts";
import { createDockerEnvironment, type DockerHost } from "./environment.ts";
import { listLeftovers } from "./leftovers.ts";
import { inspectImage } from "./inspect-image.ts";
import { taskImages } from "./task-image.ts";

/** Set to 1, trials reach this machine's services and cloud metadata: for engines whose networks cannot be closed. */
const OPEN_EGRESS = "REGATTA_OPEN_EGRESS";

/** An engine under load answers late, one that hangs never. */
const OUTAGE_MS = 30_000;
const SILENT = `the Docker engine has not answered for ${OUTAGE_MS / 1000} s`;
/**
 * Measured by 16 trials at a time: a stream of output for each, more while files go in and out, and four for its connections to
 * the gateway and on to a model. Its processes are the engine's, whose limits are its own.
 */
const COST: SandboxCost = { openFiles: 8, processes: 0 };

interface Engine {
  readonly address: EngineAddress;
  readonly facts: EngineFacts;
  readonly host: DockerHost;
  /** Why trials' networks are open to this machine and to cloud metadata; null = they are closed. */
  readonly openBecause: string | null;
}

export function createDockerProvider(env: NodeJS.ProcessEnv = process.env): EnvironmentProvider {
  let asking: Promise<Engine | { readonly problem: string }> | undefined;
  const ask = (): Promise<Engine | { readonly problem: string }> => (asking ??= findEngine(env));
  const engine = async (): Promise<Engine> => {
    const found = await ask();
    if ("problem" in found) throw new EnvironmentFailure("not-available", found.problem);
    return found;
  };
  return {
    name: "docker",
    abilities: async () => abilitiesOf(await ask()),
    check({ dockerfile, dockerImage, contextDir }) {
      const buildable = dockerfile !== null && existsSync(dockerfile);
      const problems =
        buildable || dockerImage !== null
          ? []
          : [`${contextDir} has no Dockerfile, and task.toml names no docker_image: there is nothing to run it in`];
      return Promise.resolve(problems);
    },
    async prepare(spec, options) {
      const { host } = await engine();
      try {
        return await host.images.ready(spec, options);
      } catch (error) {
        if (error instanceof EngineError || error instanceof EngineUnreachable)
          throw new EnvironmentFailure("image-failed", error.message, { cause: error });
        throw error;
      }
    },
    async imageNamed(name) {
      const { host } = await engine();
      const found = await inspectImage(host.client, name);
      return found === null ? null : { name, id: found.id, digests: found.digests };
    },
    create: (spec) => createDockerEnvironment(async () => (await engine()).host, spec),
    async hostPlace(network) {
      const { address, host } = await engine();
      // Behind a network address is another machine.
      if (address.kind !== "socket") return null;
      const gateway = network === "public" ? await hostAddress(host.client) : null;
      // An engine with a network namespace of its own (rootless) has its bridge there, not here.
      return gateway !== null && (await isOurs(gateway))
        ? { kind: "tcp", listen: gateway, inside: gateway }
        : { kind: "socket" };
    },
    async outage() {
      const { host } = await engine();
      try {
        await host.client.json({ method: "HEAD", path: "/_ping", signal: AbortSignal.timeout(OUTAGE_MS) });
        return null;
      } catch (error) {
        if (error instanceof EngineUnreachable) return error.message;
        // Whoever refuses is there; what stands before an engine that is not answers so.
        if (error instanceof EngineError) return error.status >= 500 ? error.message : null;
        if (error instanceof Error && error.name === "TimeoutError") return SILENT;
        throw error;
      }
    },
    async fills() {
      const { address, facts } = await engine();
      // Behind a socket may be a virtual machine, too: its directory is then not here.
      return address.kind === "socket" && existsSync(facts.dataRoot) ? [facts.dataRoot] : [];
    },
    async capacity({ network }) {
      const { facts, host } = await engine();
      const clock = facts.clock === null ? null : { whose: "the Docker engine", ...facts.clock };
      try {
        return { each: COST, addresses: await freeAddresses(host.client, network), clock };
      } catch (error) {
        if (error instanceof EngineError || error instanceof EngineUnreachable)
          throw new EnvironmentFailure("not-available", error.message, { cause: error });
        throw error;
      }
    },
    list: () => listLeftovers(env),
  };
}

/** Asked by listening: a bridge without containers is not listed among a machine's addresses. */
function isOurs(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host: address, port: 0 }, () => server.close(() => resolve(true)));
  });
}

async function findEngine(env: NodeJS.ProcessEnv): Promise<Engine | { readonly problem: string }> {
  const address = engineAddress(env);
  if ("problem" in address) return address;
  const client = engineClient(address);
  try {
    const facts = await engineFacts(client);
    if (facts.os !== "linux")
      return { problem: `the Docker engine runs ${facts.os} containers: switch it to Linux containers` };
    const images = taskImages(client, () => Promise.resolve(facts.architecture));
    const openBecause = env[OPEN_EGRESS] === "1" ? `${OPEN_EGRESS} is set` : guardProblem(facts);
    const guards = openBecause === null ? egressGuards(client, facts) : null;
    return {
      address,
      facts,
      openBecause,
      host: { client, images, memory: memoryWatch(client), limits: facts.limits, guards },
    };
  } catch (error) {
    if (error instanceof EngineUnreachable || error instanceof EngineError) return { problem: error.message };
    throw error;
  }
}

function abilitiesOf(found: Engine | { readonly problem: string }): Abilities {
  const common = { name: "docker", canDisableNetwork: true, canSwitchUser: true, honoursDockerImage: true };
  if ("problem" in found) {
    return {
      ...common,
      available: false,
      problems: [found.problem],
      enforcesCpus: false,
      enforcesMemory: false,
      killsWholeTree: false,
      canMount: false,
      closesHost: false,
      addsCapabilities: false,
      arch: null,
      statements: [],
    };
  }
  const { facts } = found;
  return {
    ...common,
    available: true,
    problems: [],
    enforcesCpus: facts.limits.cpus,
    enforcesMemory: facts.limits.memory,
    killsWholeTree: true,
    // Behind a network address is another machine, which has none of our files.
    canMount: found.address.kind === "socket",
    closesHost: found.openBecause === null,
    addsCapabilities: true,
    arch: facts.architecture === "amd64" ? "x64" : facts.architecture === "arm64" ? "arm64" : null,
    statements: statementsOf(found),
  };
}

function statementsOf({ address, facts, openBecause }: Engine): readonly string[] {
  const where = address.kind === "socket" ? address.path : `${address.host}:${address.port}`;
  return [
    `Docker engine ${facts.version} (${facts.product}, ${facts.architecture}${facts.rootless ? ", rootless" : ""}) at ${where}, from ${address.from}`,
    facts.limits.pids
      ? `at most ${PIDS_LIMIT} processes in a sandbox; no new privileges, no raw packets, no device nodes`
      : "the number of processes in a sandbox is not limited by this engine; no new privileges, no raw packets, no device nodes",
    openBecause === null
      ? "trials share a network in which they cannot reach each other; they reach the internet, but neither this machine's addresses nor cloud metadata (DNS and the model gateway excepted)"
      : `trials share a network in which they cannot reach each other; they reach the internet, AND THIS MACHINE'S SERVICES AND CLOUD METADATA: ${openBecause}`,
  ];
}
