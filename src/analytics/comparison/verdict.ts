/** One function that says who won. Its rule is printed with it. */
import { isComputed } from "../../statistics/computed.ts";
import { attemptsNeeded, tasksNeeded } from "../../statistics/power.ts";
import type { PairFigures } from "./pair.ts";
import { pValue } from "../../terminal/figures.ts";

export interface Verdict {
  readonly word: "better" | "worse" | "equivalent" | "inconclusive";
  /** Why, in a sentence. */
  readonly because: string;
  /** Only when inconclusive, and only where it can be estimated. */
  readonly more: More | null;
}

/** Either would do: more tasks, or more attempts at the tasks there are. */
export interface More {
  readonly tasks: number;
  /** Of those tasks under both profiles; null = not known. */
  readonly costUsd: number | null;
  /** More of them at each task. Null = not known from single attempts, or no number of them would do. */
  readonly attempts: number | null;
  readonly attemptsCostUsd: number | null;
}

export interface VerdictRule {
  readonly alpha: number;
  /** In reward. */
  readonly margin: number;
}

export function ruleText({ alpha, margin }: VerdictRule): string {
  return (
    `B is better or worse than A when the sign-flip test over shared tasks, adjusted by Holm for all comparisons, gives p < ${alpha}; ` +
    `equivalent when the 90 % interval of the paired difference lies inside ±${margin}; otherwise inconclusive.`
  );
}

/** @param p the sign-flip p-value after Holm's adjustment; null = it could not be computed */
export function verdictOf(pair: PairFigures, p: number | null, rule: VerdictRule): Verdict {
  const { difference, interval90, tasks } = pair;
  if (!isComputed(difference) || p === null) {
    const because = isComputed(difference) ? "the test could not be computed" : difference.notComputed;
    return { word: "inconclusive", because, more: null };
  }
  const { mean } = difference;
  if (p < rule.alpha) {
    const word = mean > 0 ? "better" : "worse";
    return { word, because: `${pValue(p)} after Holm, below ${rule.alpha}`, more: null };
  }
  if (isComputed(interval90) && interval90.low > -rule.margin && interval90.high < rule.margin) {
    const because = `the 90 % interval of the difference lies inside ±${rule.margin}`;
    return { word: "equivalent", because, more: null };
  }
  const reach = isComputed(interval90)
    ? `the 90 % interval reaches beyond ±${rule.margin}`
    : "there is no 90 % interval";
  const because = `${pValue(p)} after Holm, and ${reach}`;
  return { word: "inconclusive", because, more: moreNeeded(pair, mean, tasks, rule) };
}

/** To see what was seen, or the margin where that was less, with a chance of 80 %, if tasks go on varying as they do. */
function moreNeeded(pair: PairFigures, mean: number, tasks: number, { alpha, margin }: VerdictRule): Verdict["more"] {
  const { deviation, costPerTask } = pair;
  if (!isComputed(deviation) || deviation === 0) return null;
  const delta = Math.max(Math.abs(mean), margin);
  const needed = tasksNeeded({ between: deviation ** 2, withinA: 0, withinB: 0 }, 1, delta, { alpha });
  const more = Math.max(1, Math.ceil(needed) - tasks);
  const wanted = isComputed(pair.spread) ? attemptsNeeded(pair.spread, tasks, delta, { alpha }) : null;
  const attempts = wanted === null ? null : Math.max(1, Math.ceil(wanted - pair.attempts));
  const cost = isComputed(costPerTask) ? costPerTask : null;
  return {
    tasks: more,
    costUsd: cost === null ? null : more * cost,
    attempts,
    attemptsCostUsd: cost === null || attempts === null ? null : (attempts * tasks * cost) / pair.attempts,
  };
}
