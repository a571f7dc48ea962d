/** The answer first: who won, by how much, how sure, what it cost, what to do next. Lines of plain text. */
import { type Computed, type Interval, isComputed } from "../../statistics/computed.ts";
import { leastSweep } from "../../statistics/power.ts";
import type { ComparedPair, Comparison } from "./comparison.ts";
import type { ProfileFigures } from "./profile-figures.ts";
import { plural } from "../../terminal/figures.ts";

export function points(value: number): string {
  const shown = (100 * value).toFixed(1);
  return `${value > 0 ? "+" : value < 0 ? "−" : ""}${shown.replace("-", "")} pp`;
}

export function percent(value: Computed<number>): string {
  return isComputed(value) ? `${(100 * value).toFixed(1)} %` : "—";
}

/** Of shares, in hundredths. */
export function range(interval: Computed<Interval>, unit = " %"): string {
  if (!isComputed(interval)) return "no interval";
  const shown = (value: number): string => (100 * value).toFixed(1).replace("-", "−");
  return `${shown(interval.low)} to ${shown(interval.high)}${unit}`;
}

export function answerLines({ profiles, pairs }: Comparison): readonly string[] {
  if (profiles.length < 2) return ["One profile: there is nothing to compare."];
  const best = profiles.toSorted((x, y) => rate(y) - rate(x) || (x.profile < y.profile ? -1 : 1))[0];
  // What was decided first, then what came closest to it.
  const lines = pairs
    .toSorted((x, y) => (x.pHolm ?? 2) - (y.pHolm ?? 2) || (rawP(x) ?? 2) - (rawP(y) ?? 2))
    .slice(0, 6)
    .map(pairLine);
  if (pairs.length > 6) lines.push(`… ${plural(pairs.length - 6, "more comparison")} in comparison_report.md`);
  const equals =
    best === undefined ? [] : profiles.filter((each) => rate(each) === rate(best)).map(({ profile }) => profile);
  const first =
    best === undefined
      ? []
      : !isComputed(best.success.value)
        ? ["No profile has a trial that was scored."]
        : equals.length === profiles.length
          ? [`No profile has a higher success than another: all have ${percent(best.success.value)}.`]
          : equals.length > 1
            ? [`Highest success: ${equals.join(" and ")}, ${percent(best.success.value)} each.`]
            : [
                `Highest success: ${best.profile}, ${percent(best.success.value)} (${range(best.success.interval)}; ${plural(best.scored, "scored trial")} of ${plural(best.success.tasks, "task")}).`,
              ];
  return [...first, ...ownTasksLine(profiles, pairs), ...lines, ...costLine(profiles), ...nextLine(pairs)];
}

function rawP({ signFlip }: ComparedPair): number | null {
  return isComputed(signFlip) ? signFlip.p : null;
}

function rate({ success }: ProfileFigures): number {
  return isComputed(success.value) ? success.value : -1;
}

function pairLine({ a, b, difference, verdict, tasks }: ComparedPair): string {
  const by = isComputed(difference)
    ? `${points(difference.mean)} reward over ${plural(tasks, "shared task")} (95 %: ${range(difference.interval, " pp")})`
    : difference.notComputed;
  const word =
    verdict.word === "equivalent"
      ? "equivalent to"
      : verdict.word === "inconclusive"
        ? "not told apart from"
        : `${verdict.word} than`;
  return `${b} is ${word} ${a}: ${by === verdict.because ? by : `${by}; ${verdict.because}`}.`;
}

export const OWN_TASKS =
  "Each success is over the tasks that its profile was scored on, which are not the same tasks for all: only differences over shared tasks compare them.";

/** Else a rate over easy tasks is read as one over hard ones. */
function ownTasksLine(profiles: readonly ProfileFigures[], pairs: readonly ComparedPair[]): readonly string[] {
  const tasksOf = (name: string): number => profiles.find(({ profile }) => profile === name)?.success.tasks ?? 0;
  const differ = pairs.some(({ a, b, tasks }) => tasks < tasksOf(a) || tasks < tasksOf(b));
  return differ ? [OWN_TASKS] : [];
}

function costLine(profiles: readonly ProfileFigures[]): readonly string[] {
  const known = profiles.flatMap(({ profile, costPerSolved }) =>
    isComputed(costPerSolved.value) ? [`${profile} $${costPerSolved.value.toFixed(3)}`] : [],
  );
  return known.length === 0 ? ["Cost per solved trial: not known."] : [`Cost per solved trial: ${known.join(", ")}.`];
}

function nextLine(pairs: readonly ComparedPair[]): readonly string[] {
  const open = pairs.filter(({ verdict }) => verdict.word === "inconclusive");
  if (pairs.length === 0) return [];
  if (open.length === 0) return ["Nothing is left open by the rule."];
  const tasks = Math.max(...pairs.map((pair) => pair.tasks));
  if (tasks === 0) return ["Nothing was compared: no two of these were scored on the same task."];
  const design =
    leastSweep(tasks, pairs.length) === null
      ? [
          `With ${plural(tasks, "shared task")} and ${plural(pairs.length, "comparison")} no result could have been significant: ${pairs.length > 1 ? "compare fewer pairs of profiles, or " : ""}add tasks.`,
        ]
      : [];
  const needed = open.flatMap(({ verdict }) => (verdict.more === null ? [] : [verdict.more]));
  const most = needed.toSorted((x, y) => y.tasks - x.tasks)[0];
  if (most === undefined)
    return [...design, `${openOf(open, pairs)}, and how much more it takes cannot be estimated from these trials.`];
  const dollars = (cost: number | null): string => (cost === null ? "" : `, some $${cost.toFixed(2)}`);
  const attempts =
    most.attempts === null
      ? ""
      : ` or ${plural(most.attempts, "more attempt")} at each of these${dollars(most.attemptsCostUsd)},`;
  return [
    ...design,
    `${openOf(open, pairs)}: about ${plural(most.tasks, "more task")}${dollars(most.costUsd)}${attempts === "" ? "" : ","}${attempts} would settle ${open.length === 1 ? "it" : "them"}, if results go on varying as these did.`,
  ];
}

function openOf(open: readonly ComparedPair[], pairs: readonly ComparedPair[]): string {
  return `${open.length} of ${plural(pairs.length, "comparison")} ${open.length === 1 ? "is" : "are"} open`;
}
