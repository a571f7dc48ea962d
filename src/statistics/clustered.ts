/**
 * Means of repeated measures. The task is the unit: attempts at one task resemble each other, and count for less than as many
 * attempts at different tasks. Formulas: E. Miller, "Adding error bars to evals" (2024), arXiv 2411.00640.
 */
import { type Computed, type Interval, isComputed, notComputed } from "./computed.ts";
import { standardDeviation, sum } from "./summary.ts";
import { tQuantile, tTwoSided } from "./student-t.ts";

export interface ClusteredMean {
  readonly mean: number;
  /** As if all attempts were independent. */
  readonly naiveSe: number;
  /** By task, with the correction for few tasks. */
  readonly se: Computed<number>;
  /** Variance of the mean against that of as many independent attempts. */
  readonly designEffect: Computed<number>;
  /** t interval with tasks − 1 degrees of freedom. */
  readonly interval: Computed<Interval>;
}

/** @param clusters the values of each task */
export function clusteredMean(clusters: readonly (readonly number[])[], level = 0.95): Computed<ClusteredMean> {
  const used = clusters.filter((cluster) => cluster.length > 0);
  const values = used.flat();
  if (values.length === 0) return notComputed("there are no values");
  const mean = sum(values) / values.length;
  const spread = sum(values.map((value) => (value - mean) ** 2));
  const naive = values.length < 2 ? 0 : Math.sqrt(spread / (values.length * (values.length - 1)));
  const count = used.length;
  if (count < 2) {
    const why = notComputed("one task says nothing about others");
    return { mean, naiveSe: naive, se: why, designEffect: why, interval: why };
  }
  const between = sum(used.map((cluster) => sum(cluster.map((value) => value - mean)) ** 2));
  const se = (Math.sqrt(between) / values.length) * Math.sqrt(count / (count - 1));
  const half = tQuantile(1 - (1 - level) / 2, count - 1) * se;
  return {
    mean,
    naiveSe: naive,
    se,
    designEffect: naive === 0 ? notComputed("all values are the same") : (se / naive) ** 2,
    interval: { low: mean - half, high: mean + half },
  };
}

export interface PairedDifference {
  /** Mean over tasks of (mean of B − mean of A). */
  readonly mean: number;
  readonly tasks: number;
  readonly se: Computed<number>;
  readonly interval: Computed<Interval>;
  readonly t: Computed<number>;
  /** Two-sided. */
  readonly p: Computed<number>;
}

/** Why there is no interval where nothing varies. */
export const SAME_EVERYWHERE = "the difference is the same at every task";

/** @param differences one for each shared task */
export function pairedDifference(differences: readonly number[], level = 0.95): Computed<PairedDifference> {
  const tasks = differences.length;
  if (tasks === 0) return notComputed("there are no shared tasks");
  const mean = sum(differences) / tasks;
  const deviation = standardDeviation(differences);
  if (!isComputed(deviation)) {
    const why = notComputed("one shared task says nothing about others");
    return { mean, tasks, se: why, interval: why, t: why, p: why };
  }
  const se = deviation / Math.sqrt(tasks);
  if (se === 0) {
    const why = notComputed(SAME_EVERYWHERE);
    return { mean, tasks, se: 0, interval: why, t: why, p: why };
  }
  const half = tQuantile(1 - (1 - level) / 2, tasks - 1) * se;
  const t = mean / se;
  return { mean, tasks, se, interval: { low: mean - half, high: mean + half }, t, p: tTwoSided(t, tasks - 1) };
}
