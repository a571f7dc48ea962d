/**
 * How often the tests and intervals are wrong, by drawing data sets of which the truth is known. Every draw follows from the
 * number of its data set, so that the same rates come out on every machine.
 *
 * Two profiles that are alike: each task has a chance of being solved, drawn evenly from 5 % to 95 %, the same for both; each
 * attempt is solved by that chance and costs one to three units.
 */
import { bootstrapInterval } from "../../src/statistics/bootstrap.ts";
import { clusteredMean, pairedDifference } from "../../src/statistics/clustered.ts";
import { type Computed, type Interval, isComputed } from "../../src/statistics/computed.ts";
import { holm } from "../../src/statistics/multiplicity.ts";
import { mcnemar } from "../../src/statistics/mcnemar.ts";
import { wilson } from "../../src/statistics/proportion.ts";
import { type Random, seededRandom } from "../../src/statistics/random.ts";
import { signFlip } from "../../src/statistics/sign-flip.ts";
import { wilcoxon } from "../../src/statistics/wilcoxon.ts";

export const ALPHA = 0.05;

interface Attempt {
  readonly reward: 0 | 1;
  readonly cost: number;
}

type Tasks = readonly (readonly Attempt[])[];

const CHANCE = { low: 0.05, span: 0.9 };
/** Of every attempt, so of every task, so of every mean. */
const TRUE_RATE = CHANCE.low + CHANCE.span / 2;
/** Mean cost of an attempt over mean success. */
const TRUE_COST_PER_SOLVED = 2 / TRUE_RATE;

function attempts(random: Random, chance: number, count: number): readonly Attempt[] {
  return Array.from({ length: count }, () => ({
    reward: random.next() < chance ? 1 : 0,
    cost: 1 + 2 * random.next(),
  }));
}

/** Profiles that are alike, over the same tasks. */
function drawn(seed: number, profiles: number, tasks: number, count: number): readonly Tasks[] {
  const random = seededRandom(seed);
  const chances = Array.from({ length: tasks }, () => CHANCE.low + CHANCE.span * random.next());
  return Array.from({ length: profiles }, () => chances.map((chance) => attempts(random, chance, count)));
}

function meanReward(list: readonly Attempt[]): number {
  return list.reduce((sum, { reward }) => sum + reward, 0) / list.length;
}

function differencesOf(a: Tasks, b: Tasks): readonly number[] {
  return a.map((of, task) => {
    const difference = meanReward(b[task] ?? []) - meanReward(of);
    return Math.abs(difference) < 1e-12 ? 0 : difference;
  });
}

function solved(list: readonly Attempt[]): boolean {
  return meanReward(list) > 0.5;
}

/** Share of data sets in which profiles that are alike were told apart at 5 %. */
export interface FalseAlarms {
  readonly signFlip: number;
  readonly mcnemarExact: number;
  readonly mcnemarMidP: number;
  readonly t: number;
  /** On log ratios of cost. */
  readonly wilcoxon: number;
  /** Any of the three pairs of three profiles, after Holm. */
  readonly family: number;
}

export function falseAlarms(sets: number, tasks: number, count: number): FalseAlarms {
  const alarms = { signFlip: 0, mcnemarExact: 0, mcnemarMidP: 0, t: 0, wilcoxon: 0, family: 0 };
  for (let seed = 1; seed <= sets; seed++) {
    const [a = [], b = [], c = []] = drawn(seed, 3, tasks, count);
    const differences = differencesOf(a, b);
    const ps = [differences, differencesOf(a, c), differencesOf(b, c)].map((each) => {
      const found = signFlip(each);
      return isComputed(found) ? found.p : 1;
    });
    const { exact, midP } = mcnemar({
      onlyA: a.filter((of, task) => solved(of) && !solved(b[task] ?? [])).length,
      onlyB: a.filter((of, task) => !solved(of) && solved(b[task] ?? [])).length,
    });
    const paired = pairedDifference(differences);
    const costs = wilcoxon(a.map((of, task) => Math.log(median(b[task] ?? []) / median(of))));
    if ((ps[0] ?? 1) < ALPHA) alarms.signFlip += 1;
    if (exact < ALPHA) alarms.mcnemarExact += 1;
    if (midP < ALPHA) alarms.mcnemarMidP += 1;
    if (isComputed(paired) && isComputed(paired.p) && paired.p < ALPHA) alarms.t += 1;
    if (isComputed(costs) && costs.p < ALPHA) alarms.wilcoxon += 1;
    if (holm(ps).some((p) => p < ALPHA)) alarms.family += 1;
  }
  return shares(alarms, sets);
}

function median(list: readonly Attempt[]): number {
  const costs = list.map(({ cost }) => cost).sort((x, y) => x - y);
  return ((costs[Math.ceil(costs.length / 2) - 1] ?? 0) + (costs[Math.floor(costs.length / 2)] ?? 0)) / 2;
}

/** Share of data sets whose interval held the truth. */
export interface Coverage {
  readonly wilson: number;
  readonly clustered: number;
  readonly difference: number;
}

export function coverage(sets: number, tasks: number, count: number): Coverage {
  const held = { wilson: 0, clustered: 0, difference: 0 };
  for (let seed = 1; seed <= sets; seed++) {
    const [a = [], b = []] = drawn(seed, 2, tasks, count);
    const rewards = a.map((list) => list.map(({ reward }): number => reward));
    const mean = clusteredMean(rewards);
    const paired = pairedDifference(differencesOf(a, b));
    const perTask = rewards.map((list) => list.reduce((sum, each) => sum + each, 0) / list.length);
    const rate = perTask.reduce((sum, each) => sum + each, 0);
    if (holds(wilson(rate, tasks), TRUE_RATE)) held.wilson += 1;
    if (isComputed(mean) && holds(mean.interval, TRUE_RATE)) held.clustered += 1;
    // The same difference at every task leaves no interval, and then it is the truth or it is not.
    if (isComputed(paired) && (isComputed(paired.interval) ? holds(paired.interval, 0) : paired.mean === 0))
      held.difference += 1;
  }
  return shares(held, sets);
}

/** The bootstrap draws thousands of samples from every set: apart, as it takes its time. */
export function bootstrapCoverage(sets: number, tasks: number, count: number): number {
  let held = 0;
  for (let seed = 1; seed <= sets; seed++) {
    const [a = []] = drawn(seed, 1, tasks, count);
    const sums = a.map((list) => ({
      cost: list.reduce((sum, { cost }) => sum + cost, 0),
      solved: list.reduce((sum, { reward }) => sum + reward, 0),
    }));
    const ratio = (sample: typeof sums): number | null => {
      let [cost, right] = [0, 0];
      for (const each of sample) {
        cost += each.cost;
        right += each.solved;
      }
      return right === 0 ? null : cost / right;
    };
    if (
      holds(
        bootstrapInterval(sums, ratio as (sample: readonly unknown[]) => number | null, { seed }),
        TRUE_COST_PER_SOLVED,
      )
    )
      held += 1;
  }
  return held / sets;
}

function holds(interval: Computed<Interval>, truth: number): boolean {
  return isComputed(interval) && interval.low <= truth && truth <= interval.high;
}

function shares<Key extends string>(counts: Readonly<Record<Key, number>>, sets: number): Record<Key, number> {
  return Object.fromEntries(Object.entries<number>(counts).map(([key, count]) => [key, count / sets])) as Record<
    Key,
    number
  >;
}
