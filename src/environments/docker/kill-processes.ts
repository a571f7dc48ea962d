/**
 * Ends the processes in a container, and looks from outside whether that came true: what is inside may have been replaced by
 * an agent, the engine's own list of processes not.
 */
import { isRecord } from "../../base/is-record.ts";
import { EnvironmentFailure } from "../environment.ts";
import type { Service } from "../listening.ts";
import { KILL_OTHERS } from "../process-scripts.ts";
import { type ContainerExec, runTool, servicesIn } from "./container-exec.ts";
import { EngineError } from "./engine-client.ts";

const LIMIT_MS = 30_000;

/** Of the host, not of the container. */
interface HostProcess {
  readonly pid: number;
  readonly parent: number;
  readonly zombie: boolean;
  readonly ageSec: number;
}

/** @returns what was spared: services, and among them those of the image itself. */
export async function killAll(target: ContainerExec, spareServices: boolean): Promise<readonly Service[]> {
  if (strangers(await processes(target)).length === 0) return [];
  const services = spareServices ? await servicesIn(target) : [];
  await runTool(target, KILL_OTHERS, ["image", ...services.map(({ pid }) => String(pid))], LIMIT_MS);
  if (strangers(await processes(target)).length <= services.length) return services;
  await target.restart();
  return [];
}

/** What does not belong to the container itself: neither init, nor its oldest child (the image's own command) and all below. */
function strangers(all: readonly HostProcess[]): readonly HostProcess[] {
  const pids = new Set(all.map(({ pid }) => pid));
  // Commands that were brought in from outside have a parent outside too, as init has; init was there first.
  const root = oldest(all.filter(({ parent }) => !pids.has(parent)));
  if (root === undefined) return [];
  const command = oldest(all.filter(({ parent }) => parent === root.pid));
  const own = new Set([root.pid, ...(command === undefined ? [] : [command.pid])]);
  for (let size = 0; size !== own.size;) {
    size = own.size;
    for (const { pid, parent } of all) if (parent !== root.pid && own.has(parent)) own.add(pid);
  }
  return all.filter(({ pid, zombie }) => !own.has(pid) && !zombie);
}

function oldest(some: readonly HostProcess[]): HostProcess | undefined {
  return some.toSorted((a, b) => b.ageSec - a.ageSec || a.pid - b.pid)[0];
}

async function processes({ client, container }: ContainerExec): Promise<readonly HostProcess[]> {
  let value: unknown;
  try {
    const query = { ps_args: "-eo pid,ppid,stat,etimes" };
    value = await client.json({ method: "GET", path: `/containers/${container}/top`, query });
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new EnvironmentFailure("not-running", `the container does not run any more: ${error.message}`, {
      cause: error,
    });
  }
  const rows = isRecord(value) && Array.isArray(value["Processes"]) ? value["Processes"] : [];
  return rows.filter(Array.isArray).map(([pid, parent, state, age]) => ({
    pid: Number(pid),
    parent: Number(parent),
    zombie: String(state).startsWith("Z"),
    ageSec: Number(age),
  }));
}
