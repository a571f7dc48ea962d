/** `regatta tasks`: the tasks of some experiments, each once, with where it is from; one that cannot be loaded is a line too. */
import { agentDescriptions } from "../agents/registry.ts";
import { UserError } from "../contract/failure.ts";
import type { Task } from "../contract/task.ts";
import { loadExperiment } from "../experiment/load.ts";
import { resolveTasks } from "../tasks/dataset.ts";

export interface TaskOfExperiments {
  readonly id: string;
  readonly dataset: string | null;
  readonly from: string;
  readonly task: Task | null;
  readonly problem: string | null;
  readonly experiments: readonly string[];
}

export async function listTasks(files: readonly string[]): Promise<readonly TaskOfExperiments[]> {
  const found = new Map<string, TaskOfExperiments>();
  for (const file of files) {
    const experiment = await loadExperiment(file, { agents: agentDescriptions() });
    for (const reference of experiment.tasks) {
      const loaded = await loadOne({ ...experiment, tasks: [reference] });
      const from = loaded.task?.dir ?? reference.path ?? reference.dataset ?? "?";
      const key = `${reference.id}\0${from}`;
      const known = found.get(key);
      found.set(key, {
        id: reference.id,
        dataset: reference.dataset,
        from,
        ...loaded,
        experiments: [...(known?.experiments ?? []), experiment.slug],
      });
    }
  }
  return [...found.values()];
}

async function loadOne(
  experiment: Parameters<typeof resolveTasks>[0],
): Promise<{ readonly task: Task | null; readonly problem: string | null }> {
  try {
    const [task] = await resolveTasks(experiment);
    return { task: task ?? null, problem: null };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { task: null, problem: [error.message, ...error.lines].join("; ") };
  }
}
