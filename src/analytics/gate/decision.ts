/**
 * May this change go in? Non-inferiority of B against A, on the figures that comparisons are made of. Pure.
 *
 * It passes only what was shown: an interval above −margin, a design that could have shown a loss at all, and trials without
 * a score not in the way. It fails only what was shown too. Everything else is inconclusive, which is neither.
 */
import { pairedDifference } from "../../statistics/clustered.ts";
import { isComputed } from "../../statistics/computed.ts";
import { leastSweep } from "../../statistics/power.ts";
import { plural, pValue } from "../../terminal/figures.ts";
import type { Observation } from "../analysis.ts";
import { points } from "../comparison/answer.ts";
import type { ComparedPair, Comparison } from "../comparison/comparison.ts";
import { pairFigures } from "../comparison/pair.ts";
import { isScored, trialsOf, unmatchedTasks } from "../comparison/profile-figures.ts";
import type { VerdictRule } from "../comparison/verdict.ts";
import { listed } from "./listed.ts";

export type GateWord = "not-worse" | "worse" | "inconclusive";

export interface GatedPair {
  readonly pair: ComparedPair;
  readonly word: GateWord;
  /** A sentence. */
  readonly because: string;
  /** Lower end of the interval of B − A, in reward; null = it could not be computed. */
  readonly lower: number | null;
  /** The same with every trial of B that was not scored counted as 0; null = there is none, or it could not be computed. */
  readonly lowerIfFailed: number | null;
  /** Of B, at tasks that A has a score for. */
  readonly notScored: number;
  /** What to know of this verdict, in sentences. */
  readonly notes: readonly string[];
}

export interface GateDecision {
  /** The worst of the pairs: worse, then inconclusive. */
  readonly word: GateWord;
  readonly pairs: readonly GatedPair[];
  readonly rule: string;
}

function gateRuleText({ alpha, margin }: VerdictRule, comparisons: number): string {
  return (
    `B passes when the lower end of the ${percentOf(1 - 2 * alpha)} interval of its paired difference of reward over shared tasks lies above −${margin}, ` +
    `or the sign-flip test finds it better; it is worse when it does not pass, lost more than ${margin}, and the sign-flip test, adjusted by Holm, gives p < ${alpha}. ` +
    `With fewer than ${plural(fewestTasks(comparisons, alpha), "shared task")} nothing is decided, since even a loss at every one of them would not be significant; ` +
    `before B passes, its trials that were not scored are counted as 0. It does not pass while it has no trial of a task that A has a score for, ` +
    `beside tasks that are not the same for both, or with a trial of its own that could not be read. Everything else is inconclusive.`
  );
}

/** The smallest suite that could show a loss at all. */
function fewestTasks(comparisons: number, alpha: number): number {
  for (let tasks = 1; ; tasks++) if (leastSweep(tasks, Math.max(1, comparisons), alpha) !== null) return tasks;
}

/** What may hide a loss besides the trials of a pair. */
export interface Unknowns {
  /** Trials of B of which not even task and profile are known. */
  readonly unplaced: number;
  /** Tasks that are not the same for A and B, and so not compared. */
  readonly changed: readonly string[];
}

/** @param observations of both sides, those of B that left no result included */
export function gateDecision(
  { pairs }: Comparison,
  observations: readonly Observation[],
  rule: VerdictRule,
  unknowns: Unknowns,
): GateDecision {
  const fewest = fewestTasks(pairs.length, rule.alpha);
  const gated = pairs.map((pair) => doubted(gatePair(pair, observations, rule, fewest), observations, unknowns));
  const words = gated.map(({ word }) => word);
  const word = words.includes("worse")
    ? "worse"
    : words.length === 0 || words.includes("inconclusive")
      ? "inconclusive"
      : "not-worse";
  return { word, pairs: gated, rule: gateRuleText(rule, pairs.length) };
}

/** Whatever is not there, or cannot be read, may be the loss that is looked for: nothing passes beside it. */
function doubted(gated: GatedPair, observations: readonly Observation[], { unplaced, changed }: Unknowns): GatedPair {
  const { a, b } = gated.pair;
  const missing = unmatchedTasks(a, b, observations);
  const unreadable = observations.filter((each) => each.profile === b && each.lost === "unreadable").length + unplaced;
  const doubtful = observations.filter((each) => each.profile === b && each.doubtful === true);
  const because = [
    ...(missing.length === 0
      ? []
      : [
          `${b} has no trial of ${plural(missing.length, "task")} that ${a} has a score for (${listed(missing)}): ` +
            "run them for B, or name the tasks that count, by --tasks",
        ]),
    ...(changed.length === 0
      ? []
      : [
          `${plural(changed.length, "task")} of A ${changed.length === 1 ? "is" : "are"} not the same for B (${listed(changed)}): ` +
            "run A again with what B has, or name the tasks that count, by --tasks",
        ]),
    ...(unreadable === 0
      ? []
      : [
          `${plural(unreadable, "trial")} of B left no result that could be read: what ${unreadable === 1 ? "it" : "they"} came to is not known; ` +
            "put the files right, or run B again",
        ]),
    ...(doubtful.length === 0
      ? []
      : [
          `${plural(doubtful.length, "trial")} of B ${doubtful.length === 1 ? "has" : "have"} a result.json that is damaged, or says another verdict than the run recorded ` +
            `(${listed([...new Set(doubtful.map(({ task }) => task))])}): regatta verify names them; put the files right, or run B again`,
        ]),
  ];
  if (because.length === 0) return gated;
  if (gated.word === "worse") return { ...gated, notes: [...gated.notes, ...because] };
  if (gated.word === "not-worse") return { ...gated, word: "inconclusive", because: because.join("; ") };
  return { ...gated, because: [gated.because, ...because].join("; ") };
}

function gatePair(
  pair: ComparedPair,
  observations: readonly Observation[],
  rule: VerdictRule,
  fewest: number,
): GatedPair {
  const differences = pair.differences.map(({ difference }) => difference);
  const lower = lowerEnd(differences, rule.alpha);
  const scoredByA = new Set(observations.filter((each) => each.profile === pair.a && isScored(each)).map(taskOf));
  const open = observations.filter(
    (each) => each.profile === pair.b && !isScored(each) && scoredByA.has(each.task),
  ).length;
  const lowerIfFailed = open === 0 ? null : lowerEnd(differencesIfFailed(pair, observations), rule.alpha);
  const common = { pair, lower, lowerIfFailed, notScored: open, notes: notesOf(pair, differences) };
  const inconclusive = (because: string): GatedPair => ({ ...common, word: "inconclusive", because });

  if (pair.tasks === 0) return inconclusive(open === 0 ? "they share no task" : notOne(open));
  if (pair.tasks < fewest)
    return inconclusive(
      `too few shared tasks: ${pair.tasks}, and it takes ${fewest} for even a loss at every one to be significant`,
    );
  const significant = pair.pHolm !== null && pair.pHolm < rule.alpha;
  const mean = isComputed(pair.difference) ? pair.difference.mean : null;
  if (lower === null || mean === null) return inconclusive("the interval could not be computed");
  const level = percentOf(1 - 2 * rule.alpha);
  const passes = lower > -rule.margin || (significant && mean > 0);
  if (passes) {
    if (lowerIfFailed !== null && lowerIfFailed <= -rule.margin)
      return inconclusive(
        `${plural(open, "trial")} of ${pair.b} ${open === 1 ? "was not scored: had it" : "were not scored: had they"} failed, the ${level} interval would begin at ${points(lowerIfFailed)}`,
      );
    const because =
      lower > -rule.margin
        ? `the ${level} interval begins at ${points(lower)}, above ${points(-rule.margin)}`
        : `it is better: ${shownP(pair.pHolm)}`;
    return { ...common, word: "not-worse", because };
  }
  // A loss that is real and within the margin is one that was accepted.
  if (significant && mean < -rule.margin)
    return {
      ...common,
      word: "worse",
      because: `it lost ${points(-mean).slice(1)}: ${shownP(pair.pHolm)}, below ${rule.alpha}`,
    };
  return inconclusive(
    `${shownP(pair.pHolm)}, and the ${level} interval begins at ${points(lower)}, not above ${points(-rule.margin)}`,
  );
}

/** One-sided: of an interval that leaves `alpha` out on either side. Where all tasks differ by the same, that itself. */
function lowerEnd(differences: readonly number[], alpha: number): number | null {
  const found = pairedDifference(differences, 1 - 2 * alpha);
  if (!isComputed(found)) return null;
  if (isComputed(found.interval)) return found.interval.low;
  return isComputed(found.se) && found.se === 0 ? found.mean : null;
}

function differencesIfFailed({ a, b }: ComparedPair, observations: readonly Observation[]): readonly number[] {
  const counted = observations.map((each): Observation =>
    each.profile === b && !isScored(each) ? { ...each, reward: 0, success: false, notScored: null } : each,
  );
  return pairFigures(trialsOf(a, observations), trialsOf(b, counted)).differences.map(({ difference }) => difference);
}

function notesOf({ tasks, b }: ComparedPair, differences: readonly number[]): readonly string[] {
  if (tasks === 0 || differences.some((value) => Math.abs(value) > 1e-9)) return [];
  // Rule of three, exactly: what share of tasks may lose and still none of these be seen to.
  const unseen = 1 - 0.05 ** (1 / tasks);
  return [
    `no task came out otherwise; with ${plural(tasks, "task")} ${b} may still lose at up to ${percentOf(unseen)} of tasks like these without it having been seen (95 %)`,
  ];
}

function notOne(open: number): string {
  return `no trial of B was scored at a task that A has a score for; ${open} were tried or planned`;
}

function taskOf({ task }: Observation): string {
  return task;
}

function shownP(p: number | null): string {
  return p === null ? "p is unknown" : pValue(p);
}

function percentOf(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`;
}
