/**
 * Which trials are put side by side on the page: of each comparison the tasks that one side solved more often than the other, with an
 * attempt that solved it of the better side and one that did not of the other. Pure; `RULE` says the same to the reader.
 */
import { reasonOf } from "../../analysis.ts";
import type { ReportTrial } from "../report-trial.ts";

/** Profiles as a comparison has them. */
export interface ProfilePair {
  readonly a: string;
  readonly b: string;
}

export interface Share {
  readonly solved: number;
  readonly scored: number;
}

/** A task at which two profiles came out differently, with the attempts that stand for them. */
export interface Contrast {
  readonly task: string;
  readonly a: ReportTrial;
  readonly b: ReportTrial;
  /** Of all scored attempts at the task. */
  readonly solved: { readonly a: Share; readonly b: Share };
  /** Of B's share to A's: −1 to 1, never 0. */
  readonly difference: number;
}

export interface Chosen {
  /** At most MOST_SHOWN, the largest difference first. */
  readonly shown: readonly Contrast[];
  /** In the same order. */
  readonly more: readonly Contrast[];
  /** A side has no attempt that could be shown. */
  readonly without: readonly (Contrast & { readonly why: string })[];
}

export const MOST_SHOWN = 12;
/** Two such lists are compared in some 0.1 s; `regatta diff` takes longer ones. */
export const MOST_CALLS = 4000;

export const RULE =
  "Shown are tasks that one side of a comparison solved in a larger share of its scored attempts than the other: the better side by " +
  "its first attempt that solved the task, the other by its first that did not, where these left steps to compare. " +
  `The largest difference comes first; of equal ones each comparison has its turn; ${MOST_SHOWN} at most.`;

export function chooseContrasts(pairs: readonly ProfilePair[], trials: readonly ReportTrial[]): Chosen {
  const cells = cellsOf(trials);
  const all = pairs.map(({ a, b }) => contrastsOf(cells.get(a), cells.get(b)));
  const fit = all.map((own) => own.filter(({ why }) => why === null));
  // Each comparison's largest difference before any comparison's second of the same size.
  const turns = fit.flatMap((own, pair) => own.map((contrast, turn) => ({ contrast, turn, pair })));
  const inOrder = turns
    .sort((x, y) => bySize(x.contrast, y.contrast) || x.turn - y.turn || x.pair - y.pair)
    .map(({ contrast }) => contrast);
  return {
    shown: inOrder.slice(0, MOST_SHOWN),
    more: inOrder.slice(MOST_SHOWN),
    without: all.flatMap((own) => own.flatMap(({ why, ...contrast }) => (why === null ? [] : [{ ...contrast, why }]))),
  };
}

type Cells = ReadonlyMap<string, ReadonlyMap<string, readonly ReportTrial[]>>;

/** Profile → task → its counted trials with a verdict. */
function cellsOf(trials: readonly ReportTrial[]): Cells {
  const cells = new Map<string, Map<string, ReportTrial[]>>();
  for (const trial of trials) {
    if (!trial.counted || !(trial.outcome === "solved" || trial.outcome === "not solved")) continue;
    const { profile, task } = trial.seen;
    const tasks = cells.get(profile) ?? new Map<string, ReportTrial[]>();
    cells.set(profile, tasks);
    const own = tasks.get(task);
    if (own === undefined) tasks.set(task, [trial]);
    else own.push(trial);
  }
  return cells;
}

type Judged = Contrast & { readonly why: string | null };

/** The largest difference first, then by name. */
function contrastsOf(ofA: ReturnType<Cells["get"]>, ofB: ReturnType<Cells["get"]>): readonly Judged[] {
  const found = [...(ofA ?? [])].flatMap(([task, a]): Judged[] => {
    const b = ofB?.get(task) ?? [];
    const solved = { a: shareOf(a), b: shareOf(b) };
    const difference = b.length === 0 ? 0 : solved.b.solved / solved.b.scored - solved.a.solved / solved.a.scored;
    if (difference === 0) return [];
    const [first, second] = [standsFor(a, difference < 0), standsFor(b, difference > 0)];
    if (first === undefined || second === undefined) return [];
    return [{ task, a: first, b: second, solved, difference, why: whyNot("A", first) ?? whyNot("B", second) }];
  });
  return found.sort((x, y) => bySize(x, y) || (x.task < y.task ? -1 : 1));
}

function bySize(x: Contrast, y: Contrast): number {
  return Math.abs(y.difference) - Math.abs(x.difference);
}

function shareOf(trials: readonly ReportTrial[]): Share {
  return { solved: trials.filter(({ outcome }) => outcome === "solved").length, scored: trials.length };
}

function standsFor(trials: readonly ReportTrial[], solved: boolean): ReportTrial | undefined {
  const fitting = trials
    .filter(({ outcome }) => outcome === (solved ? "solved" : "not solved"))
    .sort((x, y) => x.seen.attempt - y.seen.attempt);
  return fitting.find((trial) => whyNot("", trial) === null) ?? fitting[0];
}

/** Known from what was read already: no file is opened for it. */
function whyNot(side: string, { trial, toolCalls }: ReportTrial): string | null {
  if (toolCalls === null) return `${side}: ${reasonOf(trial, "tool_calls") ?? "its steps are not known"}`;
  if (toolCalls === 0) return `${side}: no step of it calls a tool`;
  return toolCalls > MOST_CALLS ? `${side}: ${toolCalls} calls of tools are too many for this page` : null;
}
