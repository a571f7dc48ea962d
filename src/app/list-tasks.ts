/** `regatta tasks`: the tasks of some experiments, each once, with where it is from; one that cannot be loaded is a line too. */
import { agentDescriptions } from "../agents/registry.ts";
import type { Experiment } from "../contract/experiment.ts";
import { UserError } from "../contract/failure.ts";
import type { Task } from "../contract/task.ts";
import { createDatasetSource } from "../datasets/source.ts";
import { loadExperiment } from "../experiment/load.ts";
import { findTasks } from "../tasks/dataset.ts";

export interface TaskOfExperiments {
  readonly id: string;
  readonly dataset: string | null;
  readonly from: string;
  readonly task: Task | null;
  readonly problem: string | null;
  readonly experiments: readonly string[];
}

export interface TaskList {
  readonly tasks: readonly TaskOfExperiments[];
  /** What is wrong with experiments that could not be read; the others are listed all the same. */
  readonly faults: readonly UserError[];
}

/** @param say takes lines for whoever waits for something to be fetched */
export async function listTasks(files: readonly string[], say: (line: string) => void): Promise<TaskList> {
  const source = createDatasetSource(say);
  const faults: UserError[] = [];
  const found = new Map<string, TaskOfExperiments>();
  for (const file of files) {
    const experiment = await readable(file, faults);
    if (experiment === null) continue;
    const { tasks, problems } = await findTasks(experiment, source);
    const loaded = new Map(tasks.map((task) => [task.id, task]));
    const problemOf = new Map(problems.map(({ id, message, lines }) => [id, [message, ...lines].join("; ")]));
    for (const reference of experiment.tasks) {
      const task = loaded.get(reference.id) ?? null;
      const from = task?.dir ?? reference.path ?? reference.dataset ?? "?";
      const key = `${reference.id}\0${from}`;
      found.set(key, {
        id: reference.id,
        dataset: reference.dataset,
        from,
        task,
        problem: problemOf.get(reference.id) ?? null,
        experiments: [...(found.get(key)?.experiments ?? []), experiment.slug],
      });
    }
  }
  return { tasks: [...found.values()], faults };
}

async function readable(file: string, faults: UserError[]): Promise<Experiment | null> {
  try {
    return await loadExperiment(file, { agents: agentDescriptions });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    faults.push(error);
    return null;
  }
}
