/** What two runs did, side by side: how long they went the same way, where they parted, and where they met again. Pure. */
import { type Message, messagesOf, spentOn } from "../reading/usage.ts";
import type { Action, ReadStep } from "./action.ts";
import { align, MOST_ITEMS } from "./align.ts";

/** Places of actions, from 0. */
export type DiffRow =
  /** The same action; or the same tool on the same thing, otherwise. */
  | { readonly kind: "same" | "alike"; readonly a: number; readonly b: number }
  | { readonly kind: "a"; readonly a: number }
  | { readonly kind: "b"; readonly b: number };

export interface Stretch {
  readonly actions: number;
  /** Of the model's messages in it; null = not all of them tell. */
  readonly tokens: number | null;
  readonly costUsd: number | null;
  /** By the times of steps. */
  readonly seconds: number | null;
}

export interface SideOfDiff {
  readonly steps: number;
  readonly actions: readonly Action[];
  /** Actions beyond this number were not looked at; null = all were. */
  readonly cutAt: number | null;
  readonly before: Stretch;
  /** From the first difference on. */
  readonly after: Stretch;
}

export interface TrajectoryDiff {
  readonly a: SideOfDiff;
  readonly b: SideOfDiff;
  readonly rows: readonly DiffRow[];
  readonly same: number;
  readonly alike: number;
  /** The first place at which they are not the same; null where one has ended. Null = they are the same throughout. */
  readonly divergence: { readonly a: number | null; readonly b: number | null } | null;
  /** The first run of several same actions after that, or one that both end with; null = they do not meet again. */
  readonly reconvergence: { readonly a: number; readonly b: number; readonly length: number } | null;
}

/** One match after a divergence may be chance. */
const MEETS_AGAIN = 2;

export function trajectoryDiff(a: readonly ReadStep[], b: readonly ReadStep[]): TrajectoryDiff {
  const [actionsA, actionsB] = [a, b].map((steps) => steps.flatMap(({ actions }) => actions));
  if (actionsA === undefined || actionsB === undefined) throw new Error("two sides, two lists");
  const rows = rowsOf(actionsA, actionsB);
  const common = commonPrefix(actionsA, actionsB);
  const [lengthA, lengthB] = [Math.min(actionsA.length, MOST_ITEMS), Math.min(actionsB.length, MOST_ITEMS)];
  const whole = common === lengthA && common === lengthB;
  const divergence = whole ? null : { a: common < lengthA ? common : null, b: common < lengthB ? common : null };
  return {
    a: sideOf(a, actionsA, whole ? actionsA.length : common),
    b: sideOf(b, actionsB, whole ? actionsB.length : common),
    rows,
    same: rows.filter(({ kind }) => kind === "same").length,
    alike: rows.filter(({ kind }) => kind === "alike").length,
    divergence,
    reconvergence: divergence === null ? null : reconvergence(rows.slice(common), lengthA, lengthB),
  };
}

function rowsOf(a: readonly Action[], b: readonly Action[]): readonly DiffRow[] {
  const rows: DiffRow[] = [];
  let [x, y] = [0, 0];
  const upTo = (endA: number, endB: number): void => {
    for (; x < endA; x++) rows.push({ kind: "a", a: x });
    for (; y < endB; y++) rows.push({ kind: "b", b: y });
  };
  for (const match of align(a, b)) {
    upTo(match.a, match.b);
    rows.push({ kind: match.same ? "same" : "alike", a: x++, b: y++ });
  }
  upTo(Math.min(a.length, MOST_ITEMS), Math.min(b.length, MOST_ITEMS));
  return rows;
}

function commonPrefix(a: readonly Action[], b: readonly Action[]): number {
  let at = 0;
  while (at < MOST_ITEMS && at < a.length && a[at]?.key === b[at]?.key) at += 1;
  return at;
}

function reconvergence(rows: readonly DiffRow[], lengthA: number, lengthB: number): TrajectoryDiff["reconvergence"] {
  for (let at = 0; at < rows.length;) {
    const first = rows[at];
    let length = 0;
    while (rows[at + length]?.kind === "same") length += 1;
    if (first?.kind === "same") {
      const { a, b } = first;
      const toTheEnd = a + length === lengthA && b + length === lengthB;
      if (length >= MEETS_AGAIN || toTheEnd) return { a, b, length };
    }
    at += Math.max(1, length);
  }
  return null;
}

/** @param actions before the divergence */
function sideOf(steps: readonly ReadStep[], all: readonly Action[], common: number): SideOfDiff {
  const parting = all[common]?.step;
  const at = parting === undefined ? steps.length : parting - 1;
  const [before, after] = [steps.slice(0, at), steps.slice(at)];
  // A message belongs where it begins: one that is over both parts is counted once.
  const messages = messagesOf(steps.map(({ fact }) => fact).filter(({ calledModel }) => calledModel));
  const early = new Set(before.map(({ fact }) => fact));
  const [sent, later] = [
    messages.filter(({ first }) => early.has(first)),
    messages.filter(({ first }) => !early.has(first)),
  ];
  return {
    steps: steps.length,
    actions: all,
    cutAt: all.length > MOST_ITEMS ? MOST_ITEMS : null,
    before: stretch(before, sent, common, after[0]?.at ?? null),
    after: stretch(after, later, all.length - common, null),
  };
}

/** @param until when the next stretch begins; null = it ends with its last step */
function stretch(
  steps: readonly ReadStep[],
  messages: readonly Message[],
  actions: number,
  until: number | null,
): Stretch {
  const times = steps.flatMap(({ at }) => (at === null ? [] : [at]));
  if (steps.length === 0) return { actions, ...spent(messages), seconds: 0 };
  const [start, end] = [times[0], until ?? times.at(-1)];
  return {
    actions,
    ...spent(messages),
    seconds: start === undefined || end === undefined ? null : (end - start) / 1000,
  };
}

function spent(messages: readonly Message[]): Spent {
  const { input, output, costUsd } = spentOn(messages);
  return { tokens: input === null || output === null ? null : input + output, costUsd };
}

type Spent = Pick<Stretch, "tokens" | "costUsd">;

/** Less is rounding. */
const LEAST = { tokens: 1, costUsd: 0.00005, seconds: 0.5 };

/**
 * What a trial spent in all and neither stretch of its steps did: subagents, messages that the totals alone tell of, the time before
 * the first step and after the last. Null = not known; 0 = nothing.
 */
export function inNeither(
  all: Omit<Stretch, "actions">,
  { before, after }: Pick<SideOfDiff, "before" | "after">,
): Omit<Stretch, "actions"> {
  const rest = (field: keyof typeof LEAST): number | null => {
    const [whole, x, y] = [all[field], before[field], after[field]];
    if (whole === null || x === null || y === null) return null;
    const left = whole - x - y;
    return Math.abs(left) < LEAST[field] ? 0 : left;
  };
  return { tokens: rest("tokens"), costUsd: rest("costUsd"), seconds: rest("seconds") };
}
