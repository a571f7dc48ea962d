/** Two profiles over the tasks that both have scored trials of. Differences are B − A: positive when B is better. */
import { betterPaired } from "../../statistics/bayes.ts";
import { type PairedDifference, pairedDifference, SAME_EVERYWHERE } from "../../statistics/clustered.ts";
import { type Computed, type Interval, isComputed, notComputed } from "../../statistics/computed.ts";
import { type McNemar, mcnemar, type PairTable } from "../../statistics/mcnemar.ts";
import { type SignFlip, signFlip } from "../../statistics/sign-flip.ts";
import type { Spread } from "../../statistics/power.ts";
import { quantile, standardDeviation } from "../../statistics/summary.ts";
import { cohensH } from "../../statistics/two-proportions.ts";
import { type Wilcoxon, wilcoxon } from "../../statistics/wilcoxon.ts";
import type { Observation } from "../analysis.ts";
import { isScored, type ProfileTrials, type Scored } from "./profile-figures.ts";

export interface PairFigures {
  readonly a: string;
  readonly b: string;
  /** Shared. */
  readonly tasks: number;
  readonly differences: readonly { readonly task: string; readonly difference: number }[];
  readonly wins: number;
  readonly losses: number;
  readonly ties: number;
  readonly difference: Computed<PairedDifference>;
  /** 90 %: what equivalence is judged by. */
  readonly interval90: Computed<Interval>;
  /** Of the differences between tasks; what more tasks would have to overcome. */
  readonly deviation: Computed<number>;
  /** The same, taken apart: between tasks, and of one attempt of either profile. */
  readonly spread: Computed<Spread>;
  /** Per task and profile; the mean where they differ. */
  readonly attempts: number;
  readonly signFlip: Computed<SignFlip>;
  /** A task is solved when more than half of its attempts were. */
  readonly solved: PairTable;
  readonly mcnemar: McNemar;
  readonly cohensH: Computed<number>;
  /** P(B is better), from the tasks that one alone solved. */
  readonly probability: number;
  /** Of the ratio B/A, on each task's medians. */
  readonly ratios: Readonly<Record<"costUsd" | "tokens" | "seconds", Ratio>>;
  /** Mean difference had all trials that were not scored failed for B and succeeded for A, and the other way round. */
  readonly bounds: Interval;
  /** Of one more task under both profiles, from the trials seen. */
  readonly costPerTask: Computed<number>;
}

export interface Ratio {
  /** Median over tasks; 1 = alike. */
  readonly median: Computed<number>;
  readonly tasks: number;
  readonly test: Computed<Wilcoxon>;
}

const EQUAL = 1e-12;

export function pairFigures(first: ProfileTrials, second: ProfileTrials): PairFigures {
  const [a, b] = [first.profile, second.profile];
  const pairs = pairsOf(first, second);
  const shared = pairs.map(({ task }) => task);
  const differences = differencesOf(pairs);
  const values = differences.map(({ difference }) => (Math.abs(difference) < EQUAL ? 0 : difference));
  const solved = solvedTable(pairs);
  // Where no reward leaves 0 to 1, no difference can leave −1 to 1, however wide the interval of few tasks is.
  const rewards = pairs.flatMap((pair) => [...pair.a, ...pair.b].map(({ reward }) => reward));
  const limits = rewards.every((reward) => reward >= 0 && reward <= 1) ? { low: -1, high: 1 } : null;
  const [wide, narrow] = [pairedDifference(values), pairedDifference(values, 0.9)];
  return {
    a,
    b,
    tasks: shared.length,
    differences,
    wins: values.filter((value) => value > 0).length,
    losses: values.filter((value) => value < 0).length,
    ties: values.filter((value) => value === 0).length,
    difference: isComputed(wide) ? { ...wide, interval: within(wide.interval, limits, wide, 0.95) } : wide,
    interval90: isComputed(narrow) ? within(narrow.interval, limits, narrow, 0.9) : narrow,
    deviation: standardDeviation(values),
    spread: spreadOf(pairs, values),
    attempts: attemptsOf(pairs),
    signFlip: signFlip(values),
    solved,
    mcnemar: mcnemar(solved),
    cohensH:
      shared.length === 0
        ? notComputed("there are no shared tasks")
        : cohensH((solved.both + solved.onlyB) / shared.length, (solved.both + solved.onlyA) / shared.length),
    probability: betterPaired(solved.onlyA, solved.onlyB),
    ratios: { costUsd: ratio(pairs, "costUsd"), tokens: ratio(pairs, "tokens"), seconds: ratio(pairs, "seconds") },
    bounds: boundsOf(first.all, second.all),
    costPerTask: costPerTask(pairs),
  };
}

/** B − A over shared tasks; 0 = level, and where no task is shared. */
export function meanDifference(first: ProfileTrials, second: ProfileTrials): number {
  const differences = differencesOf(pairsOf(first, second));
  const mean = differences.reduce((sum, { difference }) => sum + difference, 0) / Math.max(1, differences.length);
  return Math.abs(mean) < EQUAL ? 0 : mean;
}

function pairsOf({ tasks: ofA }: ProfileTrials, { tasks: ofB }: ProfileTrials): readonly TaskPair[] {
  const shared = [...ofA.keys()].filter((task) => ofB.has(task));
  return shared.map((task) => ({ task, a: ofA.get(task) ?? [], b: ofB.get(task) ?? [] }));
}

function differencesOf(pairs: readonly TaskPair[]): PairFigures["differences"] {
  return pairs.map(({ task, a, b }) => ({ task, difference: meanOf(b) - meanOf(a) }));
}

/**
 * Level at every task has no spread to make an interval of. Still, if a share q of all tasks told the profiles apart, so many level ones
 * in a row would come with a chance of (1 − q)^tasks; no reward outside 0 to 1 means that the mean difference is at most q.
 */
function within(
  interval: Computed<Interval>,
  limits: Interval | null,
  { mean, tasks }: PairedDifference,
  level: number,
): Computed<Interval> {
  if (limits === null) return interval;
  if (!isComputed(interval)) {
    if (tasks < 2 || mean !== 0 || interval.notComputed !== SAME_EVERYWHERE) return interval;
    const share = 1 - ((1 - level) / 2) ** (1 / tasks);
    return { low: -share, high: share };
  }
  return { low: Math.max(interval.low, limits.low), high: Math.min(interval.high, limits.high) };
}

interface TaskPair {
  readonly task: string;
  readonly a: readonly Scored[];
  readonly b: readonly Scored[];
}

function meanOf(trials: readonly Scored[]): number {
  return trials.reduce((sum, { reward }) => sum + reward, 0) / trials.length;
}

function attemptsOf(pairs: readonly TaskPair[]): number {
  return pairs.reduce((sum, { a, b }) => sum + a.length + b.length, 0) / (2 * pairs.length);
}

/** What repeated attempts vary by is known from tasks with several; the rest of the variance is the tasks'. */
function spreadOf(pairs: readonly TaskPair[], differences: readonly number[]): Computed<Spread> {
  const deviation = standardDeviation(differences);
  if (!isComputed(deviation)) return deviation;
  const [withinA, withinB] = [pairs.map(({ a }) => a), pairs.map(({ b }) => b)].map(meanVariance);
  if (typeof withinA !== "number" || typeof withinB !== "number")
    return notComputed("one attempt does not tell how attempts vary");
  return { between: Math.max(0, deviation ** 2 - (withinA + withinB) / attemptsOf(pairs)), withinA, withinB };
}

function meanVariance(tasks: readonly (readonly Scored[])[]): number | null {
  const variances = tasks.flatMap((trials) => {
    const deviation = standardDeviation(trials.map(({ reward }) => reward));
    return isComputed(deviation) ? [deviation ** 2] : [];
  });
  return variances.length === 0 ? null : variances.reduce((sum, each) => sum + each, 0) / variances.length;
}

function isSolved(trials: readonly Scored[]): boolean {
  return trials.filter(({ success }) => success).length * 2 > trials.length;
}

function solvedTable(pairs: readonly TaskPair[]): PairTable {
  const table = { both: 0, onlyA: 0, onlyB: 0, neither: 0 };
  for (const { a, b } of pairs) {
    const [solvedA, solvedB] = [isSolved(a), isSolved(b)];
    table[solvedA ? (solvedB ? "both" : "onlyA") : solvedB ? "onlyB" : "neither"] += 1;
  }
  return table;
}

/** On logarithms: twice as much and half as much are the same step apart. */
function ratio(pairs: readonly TaskPair[], field: "costUsd" | "tokens" | "seconds"): Ratio {
  const logs = pairs.flatMap(({ a, b }) => {
    const [medianA, medianB] = [a, b].map((trials) => medianOf(trials.map((trial) => trial[field])));
    if (typeof medianA !== "number" || typeof medianB !== "number" || medianA <= 0 || medianB <= 0) return [];
    return [Math.log(medianB / medianA)];
  });
  const median = quantile(logs, 0.5);
  return {
    tasks: logs.length,
    median: isComputed(median) ? Math.exp(median) : notComputed("it is not known for both profiles at any task"),
    test: wilcoxon(logs.map((value) => (Math.abs(value) < EQUAL ? 0 : value))),
  };
}

function medianOf(values: readonly (number | null)[]): number | null {
  const median = quantile(
    values.filter((value) => value !== null),
    0.5,
  );
  return isComputed(median) ? median : null;
}

function boundsOf(ofA: readonly Observation[], ofB: readonly Observation[]): Interval {
  const [worstA, bestA, worstB, bestB] = [taskMeans(ofA, 0), taskMeans(ofA, 1), taskMeans(ofB, 0), taskMeans(ofB, 1)];
  const shared = [...worstA.keys()].filter((task) => worstB.has(task)).toSorted();
  const between = (a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number =>
    shared.length === 0
      ? 0
      : shared.reduce((sum, task) => sum + (b.get(task) ?? 0) - (a.get(task) ?? 0), 0) / shared.length;
  return { low: between(bestA, worstB), high: between(worstA, bestB) };
}

/** @param unknown in place of the reward of a trial that was not scored */
function taskMeans(trials: readonly Observation[], unknown: number): ReadonlyMap<string, number> {
  const tasks = new Map<string, { sum: number; count: number }>();
  for (const each of trials) {
    const task = tasks.get(each.task) ?? { sum: 0, count: 0 };
    tasks.set(each.task, task);
    task.sum += isScored(each) ? each.reward : unknown;
    task.count += 1;
  }
  return new Map([...tasks].map(([task, { sum, count }]) => [task, sum / count]));
}

function costPerTask(pairs: readonly TaskPair[]): Computed<number> {
  const trials = pairs.flatMap(({ a, b }) => [...a, ...b]);
  if (trials.length === 0) return notComputed("there are no shared tasks");
  if (trials.some(({ costUsd }) => costUsd === null)) return notComputed("the cost of some trials is not known");
  return trials.reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0) / pairs.length;
}
