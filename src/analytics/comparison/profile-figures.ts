/** What a profile came to: rates, means and costs with their intervals. The task is the unit, attempts are repeated measures. */
import { bootstrapInterval } from "../../statistics/bootstrap.ts";
import { clusteredMean } from "../../statistics/clustered.ts";
import { type Computed, type Interval, isComputed, notComputed } from "../../statistics/computed.ts";
import { passAtK, passHatK } from "../../statistics/pass-at-k.ts";
import { wilson } from "../../statistics/proportion.ts";
import { quantile } from "../../statistics/summary.ts";
import type { Observation } from "../analysis.ts";
import { plural } from "../../terminal/figures.ts";

export interface Estimate {
  readonly value: Computed<number>;
  readonly interval: Computed<Interval>;
  /** Of what the interval is, in words. */
  readonly method: string;
  /** Tasks. */
  readonly tasks: number;
  /** Scored trials. */
  readonly trials: number;
}

export interface Spread {
  readonly n: number;
  readonly low: Computed<number>;
  readonly median: Computed<number>;
  readonly high: Computed<number>;
}

export interface ProfileFigures {
  readonly profile: string;
  readonly trials: number;
  readonly scored: number;
  /** Of the others, those that left no result to read: there is no row of them anywhere. */
  readonly lost: number;
  /** Trials that were not scored, by reason. */
  readonly notScored: Readonly<Record<string, number>>;
  readonly success: Estimate;
  /** Mean success over tasks had all trials that were not scored failed, and had they all succeeded. */
  readonly successBounds: Computed<Interval>;
  readonly reward: Estimate & { readonly se: Computed<number>; readonly designEffect: Computed<number> };
  /** Means over tasks with at least k scored attempts; null = no task has as many. */
  readonly passes: readonly { readonly k: number; readonly passAtK: number | null; readonly passHatK: number | null }[];
  /** All cost of scored trials, over the trials solved. */
  readonly costPerSolved: Estimate;
  readonly costUsd: Spread;
  readonly tokens: Spread;
  readonly seconds: Spread;
}

export type Scored = Observation & { readonly reward: number };

export function isScored(observation: Observation): observation is Scored {
  return observation.notScored === null && observation.reward !== null;
}

/** Tasks that `a` has a score for, and `b` no trial of, scored or not. */
export function unmatchedTasks(a: string, b: string, observations: readonly Observation[]): readonly string[] {
  const ofB = new Set(observations.filter(({ profile }) => profile === b).map(({ task }) => task));
  const ofA = observations.filter((each) => each.profile === a && isScored(each)).map(({ task }) => task);
  return [...new Set(ofA)].filter((task) => !ofB.has(task)).sort();
}

/** A profile's trials, put in order once for all figures that are made of them. */
export interface ProfileTrials {
  readonly profile: string;
  readonly all: readonly Observation[];
  /** Scored ones by task, tasks in order of their names: so the order of trials changes nothing. */
  readonly tasks: ReadonlyMap<string, readonly Scored[]>;
}

export function trialsOf(profile: string, observations: readonly Observation[]): ProfileTrials {
  const all = observations.filter((each) => each.profile === profile);
  return { profile, all, tasks: byTask(all) };
}

function byTask(observations: readonly Observation[]): ReadonlyMap<string, readonly Scored[]> {
  const tasks = new Map<string, Scored[]>();
  for (const each of observations.filter(isScored).toSorted(inOrder)) {
    const list = tasks.get(each.task);
    if (list === undefined) tasks.set(each.task, [each]);
    else list.push(each);
  }
  return tasks;
}

function inOrder(a: Observation, b: Observation): number {
  return (a.task < b.task ? -1 : a.task > b.task ? 1 : 0) || a.attempt - b.attempt;
}

export function profileFigures({ profile, all: mine, tasks }: ProfileTrials, seed: number): ProfileFigures {
  const groups = [...tasks.values()];
  const scored = groups.flat();
  const notScored: Record<string, number> = {};
  for (const each of mine) {
    if (isScored(each)) continue;
    const why = each.notScored ?? "reward unknown";
    notScored[why] = (notScored[why] ?? 0) + 1;
  }
  return {
    profile,
    trials: mine.length,
    scored: scored.length,
    lost: mine.filter(({ lost }) => lost !== undefined).length,
    notScored,
    success: successRate(groups),
    successBounds: boundsOf(mine),
    reward: meanReward(groups),
    passes: passes(groups),
    costPerSolved: costPerSolved(groups, seed),
    costUsd: spread(scored.map(({ costUsd }) => costUsd)),
    tokens: spread(scored.map(({ tokens }) => tokens)),
    seconds: spread(scored.map(({ seconds }) => seconds)),
  };
}

function successRate(groups: readonly (readonly Scored[])[]): Estimate {
  const results = groups.map((group) => group.map(({ success }) => (success === true ? 1 : 0)));
  const values: number[] = results.flat();
  const common = { tasks: groups.length, trials: values.length };
  const found = clusteredMean(results);
  if (!isComputed(found)) return { ...common, value: found, interval: found, method: "none" };
  const value = found.mean;
  if (values.length === groups.length) {
    const solved = values.filter((each) => each === 1).length;
    return { ...common, value, interval: wilson(solved, values.length), method: "Wilson" };
  }
  const { interval, se } = found;
  const usable = isComputed(interval) && isComputed(se) && se > 0 && interval.low >= 0 && interval.high <= 1;
  if (usable) return { ...common, value, interval, method: "clustered by task" };
  return { ...common, value, interval: wilson(value * groups.length, groups.length), method: "Wilson over tasks" };
}

function boundsOf(trials: readonly Observation[]): Computed<Interval> {
  const tasks = new Map<string, { all: number; solved: number; open: number }>();
  // In one order always: sums of fractions depend on theirs in the last digit.
  for (const each of trials.toSorted(inOrder)) {
    const task = tasks.get(each.task) ?? { all: 0, solved: 0, open: 0 };
    tasks.set(each.task, task);
    task.all += 1;
    if (!isScored(each)) task.open += 1;
    else if (each.success === true) task.solved += 1;
  }
  if (tasks.size === 0) return notComputed("there are no trials");
  const mean = (of: (task: { all: number; solved: number; open: number }) => number): number =>
    [...tasks.values()].reduce((sum, task) => sum + of(task) / task.all, 0) / tasks.size;
  return { low: mean(({ solved }) => solved), high: mean(({ solved, open }) => solved + open) };
}

/** Means nearer to each other than this differ by rounding alone. */
const EQUAL = 1e-12;

function meanReward(groups: readonly (readonly Scored[])[]): ProfileFigures["reward"] {
  const trials = groups.reduce((sum, group) => sum + group.length, 0);
  const common = { tasks: groups.length, trials, method: "clustered by task" };
  const found = clusteredMean(groups.map((group) => group.map(({ reward }) => reward)));
  if (!isComputed(found)) return { ...common, value: found, interval: found, se: found, designEffect: found };
  const { mean, se, designEffect } = found;
  const means = groups.map((group) => group.reduce((sum, each) => sum + each.reward, 0) / group.length);
  if (groups.length > 1 && Math.max(...means) - Math.min(...means) < EQUAL) {
    const interval = notComputed("the mean is the same at every task");
    return { ...common, value: mean, interval, se, designEffect };
  }
  const unit = groups.flat().every(({ reward }) => reward >= 0 && reward <= 1);
  const interval =
    unit && isComputed(found.interval)
      ? { low: Math.max(0, found.interval.low), high: Math.min(1, found.interval.high) }
      : found.interval;
  return { ...common, value: mean, interval, se, designEffect };
}

function passes(groups: readonly (readonly Scored[])[]): ProfileFigures["passes"] {
  const most = Math.max(0, ...groups.map((group) => group.length));
  return Array.from({ length: most }, (_, index) => {
    const k = index + 1;
    const of = (figure: typeof passAtK): number | null => {
      const values = groups.map((group) => figure(group.length, group.filter(({ success }) => success).length, k));
      const known = values.filter((value) => value !== null);
      return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
    };
    return { k, passAtK: of(passAtK), passHatK: of(passHatK) };
  });
}

function costPerSolved(groups: readonly (readonly Scored[])[], seed: number): Estimate {
  const trials = groups.flat();
  const common = { tasks: groups.length, trials: trials.length, method: "bootstrap over tasks" };
  if (trials.length === 0) {
    const why = notComputed("no trial was scored");
    return { ...common, value: why, interval: why };
  }
  const unknown = trials.filter(({ costUsd }) => costUsd === null).length;
  if (unknown > 0) {
    const why = notComputed(`the cost of ${unknown} of ${plural(trials.length, "trial")} is not known`);
    return { ...common, value: why, interval: why };
  }
  const sums = groups.map((group) => ({
    cost: group.reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0),
    solved: group.filter(({ success }) => success).length,
  }));
  const ratio = (sample: readonly (typeof sums)[number][]): number | null => {
    let [cost, solved] = [0, 0];
    for (const task of sample) {
      cost += task.cost;
      solved += task.solved;
    }
    return solved === 0 ? null : cost / solved;
  };
  const value = ratio(sums);
  if (value === null) {
    const why = notComputed("no trial succeeded");
    return { ...common, value: why, interval: why };
  }
  return { ...common, value, interval: bootstrapInterval(sums, ratio, { seed }) };
}

function spread(values: readonly (number | null)[]): Spread {
  const known = values.filter((value) => value !== null);
  return {
    n: known.length,
    low: quantile(known, 0.25),
    median: quantile(known, 0.5),
    high: quantile(known, 0.75),
  };
}
