/** `regatta pull`: everything of an experiment that a run would have to fetch, fetched now. */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { agentDescriptions } from "../agents/registry.ts";
import { UserError } from "../contract/failure.ts";
import type { Task } from "../contract/task.ts";
import { createDatasetSource } from "../datasets/source.ts";
import type { PreparedImage } from "../environments/environment.ts";
import { loadExperiment } from "../experiment/load.ts";
import { resolveTasks } from "../tasks/dataset.ts";
import { narrowed } from "./choice.ts";
import { environmentNamed } from "./environments.ts";

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

export async function pullExperiment(request: PullRequest): Promise<readonly PulledTask[]> {
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
  return Promise.all(
    tasks.map(async (task) => ({
      id: task.id,
      dir: task.dir,
      from: task.git?.url ?? null,
      commit: task.git?.commit ?? null,
      bytes: await bytesOf(task.dir),
      ...(await imageOf(task)),
    })),
  );
}

async function bytesOf(dir: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(dir, { withFileTypes: true, recursive: true }))
    if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name))).size;
  return bytes;
}
