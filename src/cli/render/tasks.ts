/** `tasks`: one line per task, then what is wrong with those that cannot be run. */
import type { Task } from "../../contract/task.ts";
import { plural, UNKNOWN } from "../../terminal/figures.ts";
import { grid, type Column, type GridCell } from "../../terminal/grid.ts";
import { paintFor } from "../../terminal/paint.ts";
import { printable } from "../../terminal/printable.ts";
import { limitText, memoryText } from "./plan.ts";
import { textOf, type Look } from "./style.ts";

export interface ListedTask {
  readonly id: string;
  /** Dataset name, or null for a task given by path. */
  readonly dataset: string | null;
  /** Where it is, or where it was looked for. */
  readonly from: string;
  /** null when it could not be loaded; `problem` then says why. */
  readonly task: Task | null;
  readonly problem: string | null;
  /** Slugs of the experiments that have it. */
  readonly experiments: readonly string[];
}

const COLUMNS: readonly Column[] = [
  { min: 10 },
  { min: 8, drop: 3 },
  { align: "right" },
  { align: "right", drop: 5 },
  { align: "right", drop: 2 },
  { align: "right", drop: 1 },
  { drop: 4 },
  { min: 10, drop: 6 },
];

export function tasksText(tasks: readonly ListedTask[], look: Look): string {
  if (tasks.length === 0) return "no tasks\n";
  const paint = paintFor(look.color);
  const heading = ["task", "dataset", "agent", "verifier", "cpus", "memory", "network", "from"];
  const lines = grid(COLUMNS, [heading.map(dim), ...tasks.map(row)], { columns: look.columns, paint });
  const problems = tasks.flatMap((listed) =>
    problemsOf(listed).map((text) => `  ${printable(listed.id)}: ${printable(text)}`),
  );
  return textOf([
    ...lines,
    "",
    plural(tasks.length, "task"),
    ...(problems.length === 0 ? [] : ["", paint("cannot be run", "bold"), ...problems]),
  ]);
}

function row({ id, dataset, from, task }: ListedTask): GridCell[] {
  if (task === null)
    return [{ text: printable(id), style: "red" }, dataset ?? UNKNOWN, "", "", "", "", "", printable(from)];
  const { environment } = task;
  return [
    task.unsupported.length > 0 ? { text: printable(id), style: "red" } : printable(id),
    printable(dataset ?? UNKNOWN),
    limitText(task.agent.timeoutSec),
    limitText(task.verifier.timeoutSec),
    environment.cpus === null ? UNKNOWN : String(environment.cpus),
    memoryText(environment.memoryMb),
    environment.network === "public" ? "on" : "off",
    printable(from),
  ];
}

function problemsOf({ task, problem }: ListedTask): readonly string[] {
  if (problem !== null) return [problem];
  return task === null || task.unsupported.length === 0 ? [] : [`needs ${task.unsupported.join(", ")}`];
}

/**
 * `tasks --json`: `{ "schema_version": 1, "tasks": [ { "id", "dataset", "from", "experiments", "problem", "digest", "agent_timeout_sec",
 * "verifier_timeout_sec", "build_timeout_sec", "cpus", "memory_mb", "storage_mb", "network", "unsupported", "notes" } ] }`.
 */
export function tasksJson(tasks: readonly ListedTask[]): Readonly<Record<string, unknown>> {
  return {
    schema_version: 1,
    tasks: tasks.map(({ id, dataset, from, experiments, problem, task }) => ({
      id,
      dataset,
      from,
      experiments,
      problem,
      digest: task?.digest ?? null,
      agent_timeout_sec: task?.agent.timeoutSec ?? null,
      verifier_timeout_sec: task?.verifier.timeoutSec ?? null,
      build_timeout_sec: task?.environment.buildTimeoutSec ?? null,
      cpus: task?.environment.cpus ?? null,
      memory_mb: task?.environment.memoryMb ?? null,
      storage_mb: task?.environment.storageMb ?? null,
      network: task?.environment.network ?? null,
      unsupported: task?.unsupported ?? [],
      notes: task?.notes ?? [],
    })),
  };
}

function dim(text: string): GridCell {
  return { text, style: "dim" };
}
