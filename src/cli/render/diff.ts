/** Two trials side by side: what each came to, where they parted and met again, and their actions around the differences. */
import type { Diffed, DiffedTrial, TrajectoryDiff } from "../../app/diff.ts";
import { count, dollars, duration, plural, reward, UNKNOWN } from "../../terminal/figures.ts";
import { grid, type GridCell } from "../../terminal/grid.ts";
import { type Paint, paintFor } from "../../terminal/paint.ts";
import { printable } from "../../terminal/printable.ts";
import { wrap } from "../../terminal/text-width.ts";
import { nearPath } from "./near-path.ts";
import { type Look, textOf } from "./style.ts";

export interface DiffShown extends Look {
  readonly cwd: string;
  /** Same actions shown on either side of a difference. */
  readonly context: number;
  /** Rows at most. */
  readonly most: number;
}

export function diffText({ trials, diff, notes }: Diffed, shown: DiffShown): string {
  const paint = paintFor(shown.color);
  return textOf([
    ...summary(trials, diff, shown, paint),
    "",
    ...[...notes, ...neitherLines(trials)].flatMap((note) => wrap(printable(note), shown.columns)),
    ...partings(diff).flatMap((line) => wrap(line, shown.columns)),
    "",
    ...rowLines(diff, shown, paint),
  ]);
}

function summary(
  trials: readonly [DiffedTrial, DiffedTrial],
  diff: TrajectoryDiff,
  shown: DiffShown,
  paint: Paint,
): readonly string[] {
  const sides = [diff.a, diff.b];
  const row = (name: string, cell: (trial: DiffedTrial, side: (typeof sides)[number]) => string): GridCell[] => [
    { text: name, style: "dim" },
    cell(trials[0], diff.a),
    cell(trials[1], diff.b),
  ];
  const spent = (tokens: number | null, cost: number | null, seconds: number | null, sign = unsigned): string =>
    `${sign(tokens, count)} tokens, ${sign(cost, dollars)}, ${sign(seconds, duration)}`;
  return grid(
    [{ min: 10 }, { min: 20 }, { min: 20 }],
    [
      ["", "A", "B"].map((text) => ({ text, style: "dim" as const })),
      row("trial", ({ dir }) => printable(nearPath(dir, shown.cwd))),
      row("task", ({ task, profile, attempt }) =>
        printable(profile === null ? task : `${task} × ${profile} #${attempt ?? 1}`),
      ),
      row("agent", ({ agent, model }) => printable(model === null ? agent : `${agent}, ${model}`)),
      row("outcome", ({ outcome, reward: value }) =>
        outcome === "scored" ? `reward ${value === null ? UNKNOWN : reward(value)}` : printable(outcome),
      ),
      row(
        "all",
        ({ tokens, costUsd, seconds }, { steps, actions }) =>
          `${plural(actions.length, "action")} in ${plural(steps, "step")}, ${spent(tokens, costUsd, seconds)}`,
      ),
      row(
        "before",
        (_, { before }) =>
          `${plural(before.actions, "action")}, ${spent(before.tokens, before.costUsd, before.seconds)}`,
      ),
      row(
        "after",
        (_, { after }) => `${plural(after.actions, "action")}, ${spent(after.tokens, after.costUsd, after.seconds)}`,
      ),
      ...(trials.every(({ neither }) => isNothing(neither))
        ? []
        : [
            row("neither", ({ neither }) =>
              isNothing(neither) ? "nothing" : spent(neither.tokens, neither.costUsd, neither.seconds, signed),
            ),
          ]),
    ],
    { columns: shown.columns, paint },
  );
}

type Shown = (value: number | null) => string;

function unsigned(value: number | null, shown: Shown): string {
  return shown(value);
}

function signed(value: number | null, shown: Shown): string {
  return value !== null && value < 0 ? `−${shown(-value)}` : shown(value);
}

function isNothing({ tokens, costUsd, seconds }: DiffedTrial["neither"]): boolean {
  return [tokens, costUsd, seconds].every((value) => value === 0 || value === null);
}

/** What the row says that is in no stretch. */
function neitherLines(trials: readonly DiffedTrial[]): readonly string[] {
  if (trials.every(({ neither }) => isNothing(neither))) return [];
  return [
    `Neither: what the trial took in all and its steps do not tell of, such as subagents, and the time before the first step and after the last. A message of the model's counts where it begins. ${UNKNOWN} = not known.`,
  ];
}

function partings({ a, b, same, alike, divergence, reconvergence }: TrajectoryDiff): readonly string[] {
  const matched = `${plural(same, "action")} the same in order, ${alike} alike (the same tool on the same thing), of ${a.actions.length} and ${b.actions.length}.`;
  if (a.actions.length + b.actions.length === 0)
    return ["Neither has a step that calls a tool: there is nothing to compare. What was said is not compared."];
  if (divergence === null) return ["No difference: both did the same throughout.", matched];
  const place = (side: typeof a, at: number | null): string =>
    at === null ? "ends" : `${printable(side.actions[at]?.shown ?? "")} (step ${side.actions[at]?.step ?? "?"})`;
  return [
    `First difference: after ${plural(divergence.a ?? divergence.b ?? 0, "same action")}.`,
    `  A ${place(a, divergence.a)}`,
    `  B ${place(b, divergence.b)}`,
    reconvergence === null
      ? "They do not meet again."
      : `They meet again at step ${a.actions[reconvergence.a]?.step ?? "?"} of A and ${b.actions[reconvergence.b]?.step ?? "?"} of B, for ${plural(reconvergence.length, "action")}.`,
    matched,
  ];
}

const SIGN = { same: " ", alike: "~", a: "−", b: "+" } as const;
const STYLE = { same: "dim", alike: "yellow", a: "red", b: "green" } as const;

function rowLines({ a, b, rows }: TrajectoryDiff, shown: DiffShown, paint: Paint): readonly string[] {
  const kept = rows.map((_, at) =>
    rows.slice(Math.max(0, at - shown.context), at + shown.context + 1).some(({ kind }) => kind !== "same"),
  );
  const lines: string[] = [];
  let hidden = 0;
  const flush = (): void => {
    if (hidden > 0) lines.push(paint(`  … ${plural(hidden, "same action")}`, "dim"));
    hidden = 0;
  };
  for (const [at, row] of rows.entries()) {
    if (kept[at] !== true) {
      hidden += 1;
      continue;
    }
    flush();
    if (lines.length >= shown.most) {
      lines.push(paint(`  … ${plural(rows.length - at, "more row")} (use --all, or --json)`, "dim"));
      return lines;
    }
    const [actionA, actionB] = ["a" in row ? a.actions[row.a] : undefined, "b" in row ? b.actions[row.b] : undefined];
    const steps = `${String(actionA?.step ?? "").padStart(4)} ${String(actionB?.step ?? "").padStart(4)}`;
    const failed = (actionA ?? actionB)?.failed === true ? " (failed)" : "";
    const text = `${SIGN[row.kind]} ${steps}  ${printable((actionA ?? actionB)?.shown ?? "")}${failed}`;
    lines.push(paint(cutTo(text, shown.columns), STYLE[row.kind]));
    if (row.kind === "alike" && actionB !== undefined)
      lines.push(
        paint(cutTo(`${SIGN.alike} ${" ".repeat(9)}  ${printable(actionB.shown)}`, shown.columns), STYLE.alike),
      );
  }
  flush();
  return lines;
}

function cutTo(text: string, columns: number): string {
  return text.length > columns ? `${text.slice(0, Math.max(1, columns - 1))}…` : text;
}
