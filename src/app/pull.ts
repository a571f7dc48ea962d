/** `regatta pull`: everything of an experiment that a run would have to fetch, fetched now. */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { AgentDescription } from "../agents/agent.ts";
import { agentDescriptions, agentNamed } from "../agents/registry.ts";
import type { Experiment, Profile } from "../contract/experiment.ts";
import type { Abilities } from "../environments/environment.ts";
import { UserError } from "../contract/failure.ts";
import type { Task } from "../contract/task.ts";
import { createDatasetSource } from "../datasets/source.ts";
import type { PreparedImage } from "../environments/environment.ts";
import { loadExperiment } from "../experiment/load.ts";
import { resolveTasks } from "../tasks/dataset.ts";
import { narrowed } from "./choice.ts";
import { environmentNamed } from "./environments.ts";
import { treatmentsOf } from "./planned-treatments.ts";

export interface PulledTask {
  readonly id: string;
  readonly dir: string;
  /** Of the repository it was fetched from; null for files of this machine. */
  readonly from: string | null;
  readonly commit: string | null;
  readonly bytes: number;
  /** Null = it could not be made ready, or this environment has none. */
  readonly image: PreparedImage | null;
  /** Why its image could not be made ready; null = it is, or this environment has none. */
  readonly imageProblem: string | null;
}

export interface PullRequest {
  readonly file: string;
  readonly tasks: readonly string[];
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface PulledToolchain {
  readonly name: string;
  readonly version: string | null;
  /** Absolute. */
  readonly dir: string;
}

export interface Pulled {
  readonly tasks: readonly PulledTask[];
  /** Programs of agents, and the code of MCP servers. */
  readonly toolchains: readonly PulledToolchain[];
}

/** @throws UserError for an experiment that cannot be read, and for a toolchain that cannot be made. */
export async function pullExperiment(request: PullRequest): Promise<Pulled> {
  const whole = await loadExperiment(request.file, { agents: agentDescriptions });
  const experiment = narrowed(whole, { tasks: request.tasks, profiles: [] });
  const tasks = await resolveTasks(experiment, createDatasetSource(request.say));
  const provider = await environmentNamed(experiment.run.containerEnv);
  const abilities = await provider.abilities();
  if (!abilities.available)
    throw new UserError(
      `the tasks are here, but the "${provider.name}" environment does not work on this machine`,
      abilities.problems,
    );
  const factor = experiment.run.timeoutMultiplier;
  const imageOf = async ({ id, environment }: Task): Promise<Pick<PulledTask, "image" | "imageProblem">> => {
    try {
      const image = await provider.prepare(
        {
          contextDir: environment.dir,
          dockerfile: environment.dockerfile,
          dockerImage: environment.dockerImage,
          forceRebuild: experiment.run.forceRebuild,
          buildTimeoutSec: environment.buildTimeoutSec * factor,
        },
        { signal: request.signal, log: (line) => request.say(`${id}: ${line}`) },
      );
      return { image, imageProblem: null };
    } catch (error) {
      request.signal.throwIfAborted();
      return { image: null, imageProblem: error instanceof Error ? error.message : String(error) };
    }
  };
  const toolchains = await pullToolchains(experiment, tasks, abilities, request);
  const pulled = await Promise.all(
    tasks.map(async (task) => ({
      id: task.id,
      dir: task.dir,
      from: task.git?.url ?? null,
      commit: task.git?.commit ?? null,
      bytes: await bytesOf(task.dir),
      ...(await imageOf(task)),
    })),
  );
  return { tasks: pulled, toolchains };
}

async function pullToolchains(
  experiment: Experiment,
  tasks: readonly Task[],
  abilities: Abilities,
  { say, signal }: PullRequest,
): Promise<readonly PulledToolchain[]> {
  const agentOf = (profile: Profile): AgentDescription => agentNamed(profile.agent).describe();
  if (experiment.run.engine === "harbor") return [];
  const planned = await treatmentsOf(experiment, tasks, abilities, agentOf, say);
  const built = await planned.build({ log: say, signal });
  const all = experiment.profiles.flatMap((profile) => tasks.flatMap((task) => built(profile, task).toolchains));
  return [...new Map(all.map((each) => [each.hash, each])).values()].map(({ name, version, hostDir }) => ({
    name,
    version,
    dir: hostDir,
  }));
}

async function bytesOf(dir: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(dir, { withFileTypes: true, recursive: true }))
    if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name))).size;
  return bytes;
}
