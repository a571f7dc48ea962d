/** `regatta tasks`: the tasks of some experiments, each once, with where it is from; one that cannot be loaded is a line too. */
import { agentDescriptions } from "../agents/registry.ts";
import type { Task } from "../contract/task.ts";
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

export async function listTasks(files: readonly string[]): Promise<readonly TaskOfExperiments[]> {
  const found = new Map<string, TaskOfExperiments>();
  for (const file of files) {
    const experiment = await loadExperiment(file, { agents: agentDescriptions() });
    const { tasks, problems } = await findTasks(experiment);
    const loaded = new Map(tasks.map((task) => [task.id, task]));
    const faults = new Map(problems.map(({ id, message, lines }) => [id, [message, ...lines].join("; ")]));
    for (const reference of experiment.tasks) {
      const task = loaded.get(reference.id) ?? null;
      const from = task?.dir ?? reference.path ?? reference.dataset ?? "?";
      const key = `${reference.id}\0${from}`;
      found.set(key, {
        id: reference.id,
        dataset: reference.dataset,
        from,
        task,
        problem: faults.get(reference.id) ?? null,
        experiments: [...(found.get(key)?.experiments ?? []), experiment.slug],
      });
    }
  }
  return [...found.values()];
}
