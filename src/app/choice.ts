/** `--tasks` and `--profiles`: a choice among what the experiment has, in the experiment's order. */
import { nearest } from "../base/nearest.ts";
import type { Experiment } from "../contract/experiment.ts";
import { UserError } from "../contract/failure.ts";

export interface Choice {
  /** Empty = all. */
  readonly tasks: readonly string[];
  readonly profiles: readonly string[];
}

export function narrowed(experiment: Experiment, choice: Choice): Experiment {
  const lines = [
    ...unknown(
      "task",
      choice.tasks,
      experiment.tasks.map((task) => task.id),
    ),
    ...unknown(
      "profile",
      choice.profiles,
      experiment.profiles.map((profile) => profile.key),
    ),
  ];
  if (lines.length > 0) throw new UserError(`${experiment.file} has not everything that was asked for`, lines);
  return {
    ...experiment,
    tasks: experiment.tasks.filter(({ id }) => chosen(choice.tasks, id)),
    profiles: experiment.profiles.filter(({ key }) => chosen(choice.profiles, key)),
  };
}

function chosen(names: readonly string[], name: string): boolean {
  return names.length === 0 || names.includes(name);
}

function unknown(kind: string, asked: readonly string[], known: readonly string[]): string[] {
  return asked
    .filter((name) => !known.includes(name))
    .map((name) => {
      const close = nearest(name, known);
      return `no ${kind} "${name}"${close === null ? "" : ` (did you mean "${close}"?)`}; there ${known.length === 1 ? "is" : "are"}: ${known.slice(0, 20).join(", ")}${known.length > 20 ? ", …" : ""}`;
    });
}
