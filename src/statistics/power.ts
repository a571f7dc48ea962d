/** What a design can show, before it is run. E. Miller (2024), arXiv 2411.00640, section 5; Connor (1987) for paired results. */
import { mcnemar } from "./mcnemar.ts";
import { normalQuantile } from "./normal.ts";

export interface Spread {
  /** Variance over tasks of the true difference between two profiles. */
  readonly between: number;
  /** Variance of one attempt at a task, of each profile. */
  readonly withinA: number;
  readonly withinB: number;
}

export interface Wanted {
  /** Two-sided; default 0.05. */
  readonly alpha?: number;
  /** Default 0.8. */
  readonly power?: number;
}

function bothQuantiles({ alpha = 0.05, power = 0.8 }: Wanted): number {
  return normalQuantile(1 - alpha / 2) + normalQuantile(power);
}

function perTask({ between, withinA, withinB }: Spread, attempts: number): number {
  return between + withinA / attempts + withinB / attempts;
}

/** Tasks needed to see a difference of `delta` in mean reward; not rounded. */
export function tasksNeeded(spread: Spread, attempts: number, delta: number, wanted: Wanted = {}): number {
  return (bothQuantiles(wanted) ** 2 * perTask(spread, attempts)) / delta ** 2;
}

/**
 * Attempts per task and profile needed to see `delta` with so many tasks; not rounded.
 * @returns null where no number of attempts is enough, as tasks differ too much among themselves
 */
export function attemptsNeeded(spread: Spread, tasks: number, delta: number, wanted: Wanted = {}): number | null {
  const room = (tasks * delta ** 2) / bothQuantiles(wanted) ** 2 - spread.between;
  return room <= 0 ? null : (spread.withinA + spread.withinB) / room;
}

/** The smallest difference in mean reward that so many tasks and attempts can be expected to show. */
export function detectableDifference(spread: Spread, attempts: number, tasks: number, wanted: Wanted = {}): number {
  return bothQuantiles(wanted) * Math.sqrt(perTask(spread, attempts) / tasks);
}

/** Pairs needed by McNemar's test when B alone succeeds at a share `p10` of tasks, A alone at `p01`; not rounded. */
export function pairsNeeded(p10: number, p01: number, { alpha = 0.05, power = 0.8 }: Wanted = {}): number {
  const [differ, delta] = [p10 + p01, p10 - p01];
  const z =
    normalQuantile(1 - alpha / 2) * Math.sqrt(differ) + normalQuantile(power) * Math.sqrt(differ - delta * delta);
  return (z / delta) ** 2;
}

/** Observations per group to tell two proportions apart by Cohen's h; not rounded. */
export function perGroupNeeded(h: number, wanted: Wanted = {}): number {
  return 2 * (bothQuantiles(wanted) / h) ** 2;
}

/**
 * The least lopsided result that could be significant at one attempt: how many tasks B must win with A winning none, when all
 * `comparisons` of the family look alike to Holm's first step. null = no result of this design can be.
 */
export function leastSweep(tasks: number, comparisons: number, alpha = 0.05): number | null {
  for (let wins = 1; wins <= tasks; wins++) {
    if (mcnemar({ onlyA: 0, onlyB: wins }).exact * comparisons < alpha) return wins;
  }
  return null;
}
