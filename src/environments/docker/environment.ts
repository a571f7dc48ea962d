/** One trial's container: made from a task's image, used through the engine, removed with everything in it. */
import { isRecord } from "../../base/is-record.ts";
import type { RanImage } from "../../contract/ran-image.ts";
import { type Environment, EnvironmentFailure, type EnvironmentSpec, type Incident } from "../environment.ts";
import { containerConfig, type ContainerRequest } from "./container-config.ts";
import { type ContainerExec, runInContainer } from "./container-exec.ts";
import { containerUse } from "./container-use.ts";
import { downloadFrom, readFrom, uploadInto, writeInto } from "./container-files.ts";
import { type EngineClient, EngineError } from "./engine-client.ts";
import type { MemoryWatch } from "./engine-events.ts";
import { killAll } from "./kill-processes.ts";
import type { EgressGuards } from "./egress-guard.ts";
import { hostAddress, sharedNetwork } from "./network.ts";
import { outputFrames } from "./output-frames.ts";
import type { TaskImages } from "./task-image.ts";
import { removeContainer } from "./remove-container.ts";

export interface DockerHost {
  readonly client: EngineClient;
  readonly images: TaskImages;
  readonly memory: MemoryWatch;
  readonly limits: ContainerRequest["limits"];
  /** null = networks stay open, which the provider's statements say. */
  readonly guards: EgressGuards | null;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
/** Lines of a container's own output that an error repeats. */
const LAST_LINES = 10;

export function createDockerEnvironment(host: () => Promise<DockerHost>, spec: EnvironmentSpec): Environment {
  const stopping = new AbortController();
  let running: ContainerExec | null = null;
  let starting: Promise<void> | null = null;
  let image: RanImage | null = null;
  let memory: MemoryWatch | null = null;
  let guard: { readonly client: EngineClient; readonly id: string } | null = null;

  const container = (): ContainerExec => {
    if (running === null || stopping.signal.aborted)
      throw new EnvironmentFailure("not-running", "the sandbox is not running");
    return running;
  };

  async function start(signal: AbortSignal, log: (line: string) => void): Promise<void> {
    if (!NAME.test(spec.name)) {
      throw new EnvironmentFailure(
        "bad-name",
        `"${spec.name}" cannot be the name of an environment: letters, digits, ".", "_" and "-" only`,
      );
    }
    const { client, images, memory: watch, limits, guards } = await host();
    let prepared = await images.ready(spec, { signal, log });
    await watch.begin();
    memory = watch;
    const network = spec.network === "public" ? await publicNetwork(client, guards, signal) : "none";
    signal.throwIfAborted();
    // By its id: the name may mean another image by now, and this is what is recorded.
    const made = (): Promise<string> => create(client, { spec, image: prepared.id, network, limits });
    const id = await made().catch(async (error: unknown) => {
      if (!(error instanceof EngineError) || error.status !== 404) throw error;
      images.forget(spec);
      prepared = await images.ready(spec, { signal, log });
      return made();
    });
    image = { name: prepared.name, id: prepared.id, digests: prepared.digests };
    log(`image ${image.name} ${image.id}`);
    running = {
      client,
      container: id,
      wasStopped: () => stopping.signal.aborted,
      restart: () => restart(client, id),
    };
    await client.json({ method: "POST", path: `/containers/${id}/start` });
    signal.throwIfAborted();
    await demandRunning(client, id);
  }

  /** @returns a network mode; what a guard opens is the host's own address there */
  async function publicNetwork(
    client: EngineClient,
    guards: EgressGuards | null,
    signal: AbortSignal,
  ): Promise<string> {
    const network = await sharedNetwork(client);
    if (guards === null) return network;
    const address = spec.hostPorts.length === 0 ? null : await hostAddress(client);
    const id = await guards.start({
      name: spec.name,
      labels: spec.labels,
      network,
      open: address === null ? [] : spec.hostPorts.map((port) => ({ address, port })),
      signal,
      onCreated: (made) => void (guard = { client, id: made }),
    });
    return `container:${id}`;
  }

  /** For want of memory; null = it does not run. */
  async function killsOf(): Promise<number | null> {
    if (running === null || memory === null) return null;
    return Math.max(memory.kills(running.container), (await wasOutOfMemory(running)) ? 1 : 0);
  }

  async function discard(): Promise<void> {
    const [gone, guarded, watch] = [running, guard, memory];
    running = null;
    guard = null;
    memory = null;
    // First: a watch that nobody ends keeps its connection, and with it the whole program.
    if (gone !== null) watch?.forget(gone.container);
    watch?.end();
    await Promise.all([
      gone === null ? null : removeContainer(gone.client, gone.container),
      guarded === null ? null : removeContainer(guarded.client, guarded.id),
    ]);
  }

  return {
    async start({ signal, log = () => undefined } = {}) {
      if (stopping.signal.aborted || starting !== null)
        throw new EnvironmentFailure("started", "an environment starts once");
      signal?.throwIfAborted();
      const either = signal === undefined ? stopping.signal : AbortSignal.any([stopping.signal, signal]);
      starting = start(either, log).catch(async (error: unknown) => {
        await discard();
        throw failureOf(error);
      });
      await starting;
    },
    exec: async (request) => runInContainer(container(), request),
    readFile: async (path, options) => readFrom(container(), path, options?.maxBytes),
    writeFile: async (path, data, options) =>
      writeInto(container(), path, data, options?.mode ?? 0o644, String(options?.user ?? "")),
    upload: async (from, to, options) => uploadInto(container(), from, to, String(options?.user ?? "")),
    download: async (from, to, limits) => downloadFrom(container(), from, to, limits),
    killProcesses: async (options) =>
      (await killAll(container(), options?.spareServices === true)).map(({ name }) => name),
    async stop() {
      stopping.abort(new EnvironmentFailure("stopped", "the sandbox was stopped"));
      // Its failure is the caller's of start; here it only has to be over.
      await starting?.catch(() => undefined);
      await discard();
    },
    async resources() {
      const { client, container: id } = container();
      const [use, oomKills] = await Promise.all([containerUse(client, id), killsOf()]);
      return { ...use, oomKills };
    },
    image: () => image,
    async incidents(): Promise<readonly Incident[]> {
      const kills = (await killsOf()) ?? 0;
      if (kills === 0) return [];
      const limit = spec.memoryMb === null ? "the machine's memory" : `its ${spec.memoryMb} MiB`;
      return [{ kind: "oom-kill", message: `out of memory (${limit}): ${kills} process(es) were killed` }];
    },
  };
}

/** @throws EnvironmentFailure for a name that is taken. */
async function create(client: EngineClient, request: ContainerRequest): Promise<string> {
  try {
    const path = "/containers/create";
    const query = { name: `regatta-${request.spec.name}` };
    const made = (await client.json({ method: "POST", path, query, body: containerConfig(request) })) as { Id: string };
    return made.Id;
  } catch (error) {
    if (error instanceof EngineError && error.status === 409)
      throw new EnvironmentFailure("name-taken", `an environment named ${request.spec.name} exists already`, {
        cause: error,
      });
    throw error;
  }
}

/** An entry point that does not do what it is given ends the container at once: said now, with what it printed. */
async function demandRunning(client: EngineClient, id: string): Promise<void> {
  const { running, exitCode } = await stateOf(client, id);
  if (running) return;
  throw new EnvironmentFailure(
    "sandbox-start",
    [`the container ended as it started, with exit code ${exitCode}: its image's ENTRYPOINT must run what it is given`]
      .concat(await lastOutput(client, id))
      .join("\n"),
  );
}

async function stateOf(
  client: EngineClient,
  id: string,
): Promise<{ readonly running: boolean; readonly exitCode: number; readonly outOfMemory: boolean }> {
  const value = await client.json({ method: "GET", path: `/containers/${id}/json` });
  const state = isRecord(value) && isRecord(value["State"]) ? value["State"] : {};
  return {
    running: state["Running"] === true,
    exitCode: Number(state["ExitCode"] ?? -1),
    outOfMemory: state["OOMKilled"] === true,
  };
}

async function wasOutOfMemory({ client, container }: ContainerExec): Promise<boolean> {
  try {
    return (await stateOf(client, container)).outOfMemory;
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) return false;
    throw error;
  }
}

async function lastOutput(client: EngineClient, id: string): Promise<readonly string[]> {
  const query = { stdout: true, stderr: true, tail: LAST_LINES };
  const body = await client.stream({ method: "GET", path: `/containers/${id}/logs`, query });
  const frames = outputFrames();
  let said = "";
  for await (const chunk of body) for (const { data } of frames(chunk as Buffer)) said += data.toString();
  return said.split("\n").filter((line) => line.trim() !== "");
}

/** Everything in it ends for certain; its files stay. */
async function restart(client: EngineClient, id: string): Promise<void> {
  await client.json({ method: "POST", path: `/containers/${id}/restart`, query: { t: 0 } });
}

function failureOf(error: unknown): unknown {
  return error instanceof EngineError
    ? new EnvironmentFailure("sandbox-start", error.message, { cause: error })
    : error;
}
