/**
 * Looking around: every metric of every pair of profiles, on the tasks they share. Not declared beforehand, so its p-values are
 * adjusted by Benjamini and Hochberg over everything that was looked at, and it decides nothing.
 */
import { isComputed, notComputed, type Computed } from "../../statistics/computed.ts";
import { benjaminiHochberg } from "../../statistics/multiplicity.ts";
import { quantile } from "../../statistics/summary.ts";
import { wilcoxon } from "../../statistics/wilcoxon.ts";
import { type Analysis, placeOf } from "../analysis.ts";
import type { AnalyzedTrial } from "../profiles.ts";

export interface Explored {
  readonly a: string;
  readonly b: string;
  readonly metric: string;
  readonly unit: string;
  /** Shared tasks at which it is known for both. */
  readonly tasks: number;
  /** Medians over those tasks, of each task's mean. */
  readonly medianA: Computed<number>;
  readonly medianB: Computed<number>;
  /** Median of B − A. */
  readonly difference: Computed<number>;
  /** Wilcoxon signed-rank, two-sided. */
  readonly p: Computed<number>;
  /** After Benjamini and Hochberg over all rows that have one. */
  readonly adjusted: number | null;
}

const EQUAL = 1e-12;
/** Judged by the verdict, not looked around in. */
const JUDGED = new Set(["reward", "success"]);

export function explore(
  analysis: Analysis,
  pairs: readonly { readonly a: string; readonly b: string }[],
): readonly Explored[] {
  const cells = scoredByCell(analysis);
  const metrics = analysis.metrics.filter(({ name }) => !JUDGED.has(name));
  const means = new Map(
    metrics.map(({ name }) => {
      const place = placeOf(name);
      return [name, new Map([...cells].map(([profile, tasks]) => [profile, taskMeans(tasks, place)]))] as const;
    }),
  );
  const rows = pairs.flatMap(({ a, b }) =>
    metrics.map(({ name, unit }) => ({ a, b, metric: name, unit, ...compared(means.get(name), a, b) })),
  );
  const known = rows.flatMap(({ p }) => (isComputed(p) ? [p] : []));
  const adjusted = benjaminiHochberg(known);
  let next = 0;
  return rows.map((row) => ({ ...row, adjusted: isComputed(row.p) ? (adjusted[next++] ?? null) : null }));
}

type Means = ReadonlyMap<string, number>;

function compared(
  means: ReadonlyMap<string, Means> | undefined,
  a: string,
  b: string,
): Pick<Explored, "tasks" | "medianA" | "medianB" | "difference" | "p"> {
  const [valuesA, valuesB, differences]: [number[], number[], number[]] = [[], [], []];
  const ofB = means?.get(b);
  for (const [task, value] of means?.get(a) ?? []) {
    const other = ofB?.get(task);
    if (other === undefined) continue;
    valuesA.push(value);
    valuesB.push(other);
    const difference = other - value;
    differences.push(Math.abs(difference) < EQUAL * Math.max(1, Math.abs(value)) ? 0 : difference);
  }
  const test = valuesA.length === 0 ? notComputed("it is not known for both at any task") : wilcoxon(differences);
  return {
    tasks: valuesA.length,
    medianA: quantile(valuesA, 0.5),
    medianB: quantile(valuesB, 0.5),
    difference: quantile(differences, 0.5),
    p: isComputed(test) ? test.p : test,
  };
}

type Cells = ReadonlyMap<string, ReadonlyMap<string, readonly AnalyzedTrial[]>>;

/** By profile and task, tasks in order of their names. */
function scoredByCell({ trials, tasks }: Analysis): Cells {
  const cells = new Map<string, Map<string, AnalyzedTrial[]>>();
  const order = new Map(tasks.map((task, at) => [task, at]));
  const inOrder = trials.toSorted((x, y) => (order.get(x.id.task) ?? 0) - (order.get(y.id.task) ?? 0));
  for (const trial of inOrder) {
    if (trial.facts.outcome.kind !== "scored") continue;
    const { profile, task } = trial.id;
    const own = cells.get(profile) ?? new Map<string, AnalyzedTrial[]>();
    cells.set(profile, own);
    const list = own.get(task);
    if (list === undefined) own.set(task, [trial]);
    else list.push(trial);
  }
  return cells;
}

/** Sums in ascending order, so that the order of trials changes no digit. */
function taskMeans(tasks: ReadonlyMap<string, readonly AnalyzedTrial[]>, place: number): Means {
  const means = new Map<string, number>();
  for (const [task, trials] of tasks) {
    const values: number[] = [];
    for (const trial of trials) {
      const value = trial.values[place];
      if (typeof value === "number") values.push(value);
    }
    if (values.length === 0) continue;
    if (values.length > 1) values.sort((x, y) => x - y);
    means.set(task, values.reduce((sum, value) => sum + value, 0) / values.length);
  }
  return means;
}
