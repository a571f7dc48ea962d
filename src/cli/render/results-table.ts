/**
 * The final table: per profile, then task by profile, then every trial without a score with its cause and evidence.
 * A trial without a score is a word (`infra`, `cancel`, …) or a dash, never a number.
 */
import type { AttemptView, BatchView, PartSum, Tally } from "../../views/batch-view.ts";
import { outOfMemory } from "./out-of-memory.ts";
import { outcomeWordOf } from "./outcome-words.ts";
import { count, dollars, duration, mean, plural, reward, UNKNOWN } from "../../terminal/figures.ts";
import { grid, type Column, type GridCell } from "../../terminal/grid.ts";
import { paintFor, type Paint } from "../../terminal/paint.ts";
import { printable, printableLines } from "../../terminal/printable.ts";
import { textWidth, wrap } from "../../terminal/text-width.ts";
import { trialText } from "../../views/event-text.ts";
import { cut, textOf, type Look } from "./style.ts";

export function resultsTable(view: BatchView, look: Look): string {
  const paint = paintFor(look.color);
  return textOf([
    ...titleLines(view, look, paint),
    "",
    ...profileTable(view, look, paint),
    "",
    ...taskTables(view, look, paint),
    ...legend(view, paint),
    ...unscoredList(view, look, paint),
    ...doubtful(view, look, paint),
    ...outOfMemory(view, paint),
    "",
    `results  ${printable(view.dir)}`,
  ]);
}

function titleLines(view: BatchView, look: Look, paint: Paint): string[] {
  const name = `${printable(view.slug)}/${view.batch}`;
  const [first = "", ...rest] = wrap(`${name}  ${headline(view.totals)}`, look.columns);
  return [first.startsWith(name) ? paint(name, "bold") + first.slice(name.length) : first, ...rest];
}

/** `34 of 36 scored, 1 infrastructure, 1 cancelled`. */
function headline(tally: Tally): string {
  return [`${tally.scored} of ${plural(tally.trials, "trial")} scored`, ...unscoredParts(tally)].join(", ");
}

function unscoredParts(tally: Tally): string[] {
  const parts: [number, string][] = [
    [tally.notScored.infrastructure, "infrastructure"],
    [tally.notScored["not-treated"], "not treated"],
    [tally.notScored["verifier-failed"], "verifier failed"],
    [tally.cancelled, "cancelled"],
    [tally.notStarted, "not started"],
    [tally.running, "running"],
  ];
  return parts.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`);
}

const PROFILE_COLUMNS: readonly Column[] = [
  { min: 6 },
  { align: "right" },
  { align: "right", drop: 0 },
  { align: "right" },
  { min: 16 },
  { min: 8, drop: 4 },
  { align: "right", drop: 1 },
  { align: "right", drop: 3 },
  { align: "right", drop: 2 },
];

function profileTable(view: BatchView, look: Look, paint: Paint): string[] {
  const someTokens = view.totals.inputTokens.known > 0 || view.totals.outputTokens.known > 0;
  const someCost = view.totals.costUsd.known > 0;
  const keep = (cells: GridCell[]) => cells.filter((_, at) => (at !== 7 || someTokens) && (at !== 8 || someCost));
  const heading = ["profile", "reward", "success", "scored", "not scored", "ended by", "agent time", "tokens", "cost"];
  const rows = view.profiles.map((profile) => keep(profileRow(profile)));
  const columns = PROFILE_COLUMNS.filter((_, at) => (at !== 7 || someTokens) && (at !== 8 || someCost));
  return grid(columns, [keep(heading.map(dim)), ...rows], { columns: look.columns, paint });
}

function profileRow(profile: Tally & { readonly key: string }): GridCell[] {
  const unscored = unscoredParts(profile).join(", ");
  return [
    printable(profile.key),
    { text: mean(profile.meanReward), style: "bold" },
    profile.scored === 0 ? UNKNOWN : `${profile.successes}/${profile.scored}`,
    `${profile.scored}/${profile.trials}`,
    unscored === "" ? dim(UNKNOWN) : { text: unscored, style: "red" },
    endedByText(profile),
    duration(profile.meanAgentSec),
    tokensText(profile),
    atLeast(profile.costUsd, profile, dollars),
  ];
}

/** What ended the agents of scored trials; nothing where all were plainly done. */
function endedByText(tally: Tally): GridCell {
  const parts = Object.entries(tally.endedBy).map(([word, number]) => `${number} ${printable(word)}`);
  return parts.length === 0 ? dim(UNKNOWN) : parts.join(", ");
}

function tokensText(tally: Tally): string {
  const { inputTokens, outputTokens } = tally;
  if (inputTokens.sum === null && outputTokens.sum === null) return UNKNOWN;
  return `${atLeast(inputTokens, tally, count)} in, ${atLeast(outputTokens, tally, count)} out`;
}

/** A sum that some trials did not report is a lower bound, and says so. */
function atLeast(part: PartSum, tally: Tally, show: (value: number | null) => string): string {
  const ran = tally.trials - tally.notStarted - tally.running;
  return part.sum !== null && part.known < ran ? `≥${show(part.sum)}` : show(part.sum);
}

/** Attempts of a cell that are listed one by one; more are summed up. */
const LISTED_ATTEMPTS = 4;
const MOST_TASKS = 200;

/** As many profiles side by side as the width takes, then the next ones below. */
function taskTables(view: BatchView, look: Look, paint: Paint): string[] {
  const cells = view.tasks.map((task) => task.cells.map(cellText));
  const widths = view.profiles.map(({ key }, at) =>
    cells.reduce((widest, row) => Math.max(widest, textWidth(row[at]?.text ?? "")), textWidth(printable(key))),
  );
  const longest = view.tasks.reduce((widest, task) => Math.max(widest, textWidth(printable(task.id))), 4);
  const taskWidth = Math.min(
    longest,
    Number.isFinite(look.columns) ? Math.max(12, Math.floor(look.columns / 3)) : longest,
  );
  return chunks(widths, look.columns - taskWidth, 2).flatMap(([from, to], block) => {
    const shown = view.profiles.slice(from, to);
    const columns: Column[] = [{ min: Math.min(taskWidth, longest) }, ...shown.map(() => ({ min: 4 }))];
    const lines = grid(
      columns,
      [
        [dim("task"), ...shown.map(({ key }) => dim(printable(key)))],
        ...view.tasks.map((task, row) => [printable(task.id), ...(cells[row]?.slice(from, to) ?? [])]),
      ],
      { columns: look.columns, paint },
    );
    return [...(block === 0 ? [] : [""]), ...cut(lines, MOST_TASKS + 1, "")];
  });
}

/** Ranges of columns that fit `room` together; at least one each. */
function chunks(widths: readonly number[], room: number, gap: number): [from: number, to: number][] {
  const ranges: [number, number][] = [];
  let from = 0;
  let used = 0;
  for (const [at, width] of widths.entries()) {
    if (at > from && used + gap + width > room) {
      ranges.push([from, at]);
      from = at;
      used = 0;
    }
    used += gap + width;
  }
  if (from < widths.length) ranges.push([from, widths.length]);
  return ranges;
}

function cellText(attempts: readonly AttemptView[]): { text: string; style?: "green" | "red" } {
  if (attempts.length === 0) return { text: "" };
  const style = cellStyle(attempts);
  if (attempts.length <= LISTED_ATTEMPTS) return { text: attempts.map(shortForm).join(" "), ...style };
  const rewards = attempts.flatMap((attempt) => (attempt.reward === null ? [] : [attempt.reward]));
  const average = rewards.length === 0 ? null : rewards.reduce((sum, value) => sum + value, 0) / rewards.length;
  return { text: `${mean(average)} (${rewards.length}/${attempts.length})`, ...style };
}

function cellStyle(attempts: readonly AttemptView[]): { style?: "green" | "red" } {
  if (attempts.some(({ state }) => state === "not-scored" || state === "cancelled")) return { style: "red" };
  return attempts.every(({ success }) => success === true) ? { style: "green" } : {};
}

function shortForm(attempt: AttemptView): string {
  if (attempt.state !== "scored") return outcomeWordOf(attempt).short;
  return attempt.reward === null ? "?" : reward(attempt.reward);
}

function legend(view: BatchView, paint: Paint): string[] {
  const all = view.tasks.flatMap(({ cells }) => cells.flat());
  const words = new Map<string, string>();
  for (const attempt of all) {
    const { short, long } = outcomeWordOf(attempt);
    if (attempt.state !== "scored") words.set(short, long);
  }
  if (all.some(({ state, reward: value }) => state === "scored" && value === null))
    words.set("?", "scored, reward unknown");
  const summed = view.tasks.flatMap(({ cells }) => cells).find((cell) => cell.length > LISTED_ATTEMPTS);
  const parts = [...words].map(([short, long]) => `${short} = ${long}`);
  if (summed !== undefined) parts.push(summedLegend(summed));
  return parts.length === 0 ? [] : [paint(parts.join("   "), "dim")];
}

/** In the figures of a cell that the table shows. */
function summedLegend(attempts: readonly AttemptView[]): string {
  const known = attempts.filter((attempt) => attempt.reward !== null).length;
  return `${cellText(attempts).text} = mean of the ${plural(known, "known reward")} of ${attempts.length} attempts`;
}

const MOST_UNSCORED = 20;
/** Trials named for one cause. */
const MOST_ALIKE = 8;

/** Trials of a task that failed for the same reason are told once, together. */
function unscoredList(view: BatchView, look: Look, paint: Paint): string[] {
  const groups = new Map<string, AttemptView[]>();
  for (const attempt of view.unscored) {
    if (attempt.failure === null) continue;
    const key = JSON.stringify([attempt.id.task, attempt.failure.code, attempt.failure.message]);
    groups.set(key, [...(groups.get(key) ?? []), attempt]);
  }
  if (groups.size === 0) return [];
  const entries = [...groups.values()].slice(0, MOST_UNSCORED).flatMap((alike) => unscored(alike, view, look, paint));
  const more = groups.size - MOST_UNSCORED;
  return ["", paint("not scored", "bold"), ...entries, ...(more > 0 ? [`  … ${more} more (use --json)`] : [])];
}

function unscored(alike: readonly AttemptView[], view: BatchView, look: Look, paint: Paint): string[] {
  const [first] = alike;
  if (first === undefined || first.failure === null) return [];
  const { failure, dir } = first;
  const where = [outcomeWordOf(first).long, failure.phase].filter((part) => part !== null).join(", ");
  const paths = failure.evidence.length === 0 ? [""] : failure.evidence;
  const names = alike.slice(0, MOST_ALIKE).map(({ id }, at) => (at === 0 ? trialText(id) : ofProfile(id)));
  const others = alike.length > MOST_ALIKE ? [`${alike.length - MOST_ALIKE} more`] : [];
  return [
    ...wrap([...names, ...others].join(", "), look.columns - 2).map(
      (line, at, all) => `  ${paint(line, "bold")}${at === all.length - 1 ? `  ${where}` : ""}`,
    ),
    ...printableLines(failure.message)
      .split("\n")
      .flatMap((line) => wrap(line, look.columns - 4))
      .map((line) => `    ${line}`),
    ...(dir === null ? [] : paths.map((path) => `    ${paint(printable(joined(view.dir, dir, path)), "dim")}`)),
  ];
}

/** Verdicts that may be about a busy machine. */
function doubtful(view: BatchView, look: Look, paint: Paint): string[] {
  const doubted = view.tasks.flatMap(({ cells }) => cells.flat()).filter(({ doubt }) => doubt !== null);
  if (doubted.length === 0) return [];
  const lines = doubted
    .slice(0, MOST_UNSCORED)
    .flatMap(({ id, doubt }) => [
      `  ${paint(trialText(id), "bold")}`,
      ...wrap(printable(doubt ?? ""), look.columns - 4).map((line) => `    ${line}`),
    ]);
  const more = doubted.length - MOST_UNSCORED;
  return ["", paint("doubtful", "bold"), ...lines, ...(more > 0 ? [`  … ${more} more (use --json)`] : [])];
}

function ofProfile({ profile, attempt }: AttemptView["id"]): string {
  return `${printable(profile)} #${attempt}`;
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("/");
}

function dim(text: string): GridCell {
  return { text, style: "dim" };
}
