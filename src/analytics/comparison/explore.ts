/**
 * Looking around: every metric of every pair of profiles, on the tasks they share. Not declared beforehand, so its p-values are
 * adjusted by Benjamini and Hochberg over everything that was looked at, and it decides nothing.
 */
import { isComputed, notComputed, type Computed } from "../../statistics/computed.ts";
import { benjaminiHochberg } from "../../statistics/multiplicity.ts";
import { quantile } from "../../statistics/summary.ts";
import { wilcoxon } from "../../statistics/wilcoxon.ts";
import { type Analysis, valueOf, whyNotScored } from "../analysis.ts";

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
  const rows = pairs.flatMap(({ a, b }) =>
    analysis.metrics
      .filter(({ name }) => !JUDGED.has(name))
      .map(({ name, unit }) => {
        const [ofA, ofB] = [taskMeans(analysis, a, name), taskMeans(analysis, b, name)];
        const shared = [...ofA.keys()].filter((task) => ofB.has(task)).toSorted();
        const [valuesA, valuesB] = [ofA, ofB].map((means) => shared.map((task) => means.get(task) ?? 0)) as [
          number[],
          number[],
        ];
        const differences = valuesA.map((value, at) => {
          const difference = (valuesB[at] ?? 0) - value;
          return Math.abs(difference) < EQUAL * Math.max(1, Math.abs(value)) ? 0 : difference;
        });
        const test = shared.length === 0 ? notComputed("it is not known for both at any task") : wilcoxon(differences);
        return {
          a,
          b,
          metric: name,
          unit,
          tasks: shared.length,
          medianA: quantile(valuesA, 0.5),
          medianB: quantile(valuesB, 0.5),
          difference: quantile(differences, 0.5),
          p: isComputed(test) ? test.p : test,
        };
      }),
  );
  const known = rows.flatMap(({ p }) => (isComputed(p) ? [p] : []));
  const adjusted = benjaminiHochberg(known);
  let next = 0;
  return rows.map((row) => ({ ...row, adjusted: isComputed(row.p) ? (adjusted[next++] ?? null) : null }));
}

/** Over the scored trials of each task, in order of attempts so that the order of trials changes no digit. */
function taskMeans({ trials }: Analysis, profile: string, metric: string): ReadonlyMap<string, number> {
  const values = new Map<string, number[]>();
  for (const trial of trials) {
    if (trial.id.profile !== profile || whyNotScored(trial) !== null) continue;
    const value = valueOf(trial, metric);
    if (value === null) continue;
    const task = values.get(trial.id.task);
    if (task === undefined) values.set(trial.id.task, [value]);
    else task.push(value);
  }
  return new Map(
    [...values].map(([task, list]) => [
      task,
      list.toSorted((x, y) => x - y).reduce((sum, value) => sum + value, 0) / list.length,
    ]),
  );
}
