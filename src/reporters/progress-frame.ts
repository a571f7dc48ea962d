/**
 * The live frame: a pure function from how far the run is to lines that fit the window.
 *
 * One line stays free below it for the cursor. When the window is low, the summary comes first, then the profiles,
 * then as many running trials as fit, the oldest first: one that hangs is always in sight.
 */
import { clock, count, dollars, mean, plural } from "../terminal/figures.ts";
import { grid, type Column, type GridCell } from "../terminal/grid.ts";
import { paintFor, type Paint } from "../terminal/paint.ts";
import { printable } from "../terminal/printable.ts";
import { doneInAll, doneOf, remainingSeconds, type ProfileProgress, type ProgressState } from "./progress-state.ts";
import { clip, textWidth } from "../terminal/text-width.ts";

export interface Window {
  readonly columns: number;
  readonly rows: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly color: boolean;
}

/** Rows that the running trials get before a long list of profiles is cut. */
const RUNNING_ROWS = 3;
/** In a window too low to have this many besides, profiles get all of it: a heading, two profiles, "… more". */
const LEAST_PROFILE_ROWS = 4;

export function progressFrame(state: ProgressState, window: Window): string[] {
  const paint = paintFor(window.color);
  const rows = Math.max(1, window.rows - 1);
  const head = paint(clip(summary(state, window), window.columns), "bold");
  if (rows === 1) return [head];
  const spare = rows - 1 - RUNNING_ROWS;
  const forRunning = spare < LEAST_PROFILE_ROWS ? 0 : Math.min(RUNNING_ROWS, state.running.size);
  const profiles = profileLines(state, window, paint, rows - 1 - forRunning);
  const running = runningLines(state, window, paint, rows - 1 - profiles.length);
  return [head, ...profiles, ...running];
}

/** Most important first: parts that do not fit are left out from the end. */
function summary(state: ProgressState, { now, columns }: Window): string {
  if (state.total === null || state.startedAt === null) return "starting";
  const left = remainingSeconds(state, now);
  const parts = [
    `${printable(state.slug)}/${state.batch}`,
    `${doneInAll(state)}/${state.total} done`,
    state.stopping === null ? null : `stopping (${printable(state.stopping)})`,
    state.paused === null ? null : `paused: ${printable(state.paused)}`,
    `${state.running.size} running`,
    state.images.size === 0 ? null : `${plural(state.images.size, "image")} being made`,
    state.waiting.size === 0 ? null : `${state.waiting.size} to retry`,
    clock((now - state.startedAt) / 1000),
    spentSoFar(state),
    left === null || state.stopping !== null || state.paused !== null ? null : `~${clock(left)} left`,
  ].filter((part) => part !== null);
  let line = parts.join("  ");
  while (parts.length > 1 && textWidth(line) > columns) {
    parts.pop();
    line = parts.join("  ");
  }
  return line;
}

/** With what it may come to: by the trials that are done, those that run counting half. */
function spentSoFar(state: ProgressState): string | null {
  if (state.spent === null) return null;
  const { costUsd, tokens } = state.spent;
  if (costUsd === null) return `${count(tokens)} tokens`;
  const done = doneInAll(state);
  if (done === 0 || state.total === null || state.stopping !== null) return dollars(costUsd);
  const inAll = (costUsd / (done + state.running.size / 2)) * state.total;
  return inAll <= costUsd ? dollars(costUsd) : `${dollars(costUsd)} of ~${dollars(inAll)}`;
}

const PROFILE_COLUMNS: readonly Column[] = [
  { min: 6 },
  { align: "right" },
  { align: "right", drop: 2 },
  { align: "right" },
  { align: "right" },
  { align: "right", drop: 1 },
];

function profileLines(state: ProgressState, window: Window, paint: Paint, rows: number): string[] {
  if (rows < 2 || state.profiles.length === 0) return [];
  const running = new Map<string, number>();
  for (const { trial } of state.running.values()) running.set(trial.profile, (running.get(trial.profile) ?? 0) + 1);
  const fitting = state.profiles.length <= rows - 1 ? state.profiles.length : rows - 2;
  const heading = ["profile", "done", "running", "failed", "reward", "success"].map((text) => dim(text));
  const lines = grid(
    PROFILE_COLUMNS,
    [heading, ...state.profiles.slice(0, fitting).map((one) => profileRow(one, state, running.get(one.key) ?? 0))],
    { columns: window.columns, paint },
  );
  const more = state.profiles.length - fitting;
  return more === 0 ? lines : [...lines, moreLine(`${plural(more, "more profile")}`, window, paint)];
}

function profileRow(profile: ProfileProgress, state: ProgressState, running: number): GridCell[] {
  const done = doneOf(profile);
  const failed = profile.notScored;
  return [
    printable(profile.key),
    state.perProfile === null ? String(done) : `${done}/${state.perProfile}`,
    running === 0 ? dim("0") : String(running),
    failed === 0 ? dim("0") : { text: String(failed), style: "red" },
    { text: mean(profile.rewardKnown === 0 ? null : profile.rewardSum / profile.rewardKnown), style: "cyan" },
    profile.scored === 0 ? dim("—") : `${profile.successes}/${profile.scored}`,
  ];
}

const RUNNING_COLUMNS: readonly Column[] = [
  { min: 8 },
  { min: 6 },
  { align: "right" },
  { drop: 1 },
  { align: "right" },
];

function runningLines(state: ProgressState, window: Window, paint: Paint, rows: number): string[] {
  const all = [...state.running.values()];
  if (rows < 1 || all.length === 0) return [];
  const fitting = all.length <= rows ? all.length : rows - 1;
  const lines = grid(
    RUNNING_COLUMNS,
    all
      .slice(0, fitting)
      .map(({ trial, phase, since, ...one }) => [
        printable(trial.task),
        printable(trial.profile),
        `#${trial.attempt}${one.try > 1 ? ` try ${one.try}` : ""}`,
        dim(phase ?? "starting"),
        clock((window.now - since) / 1000),
      ]),
    { columns: window.columns, paint, indent: window.columns < 60 ? "" : "  " },
  );
  const more = all.length - fitting;
  return more === 0 ? lines : [...lines, moreLine(`${more} more running`, window, paint)];
}

function moreLine(text: string, window: Window, paint: Paint): string {
  return paint(clip(`… ${text}`, window.columns), "dim");
}

function dim(text: string): GridCell {
  return { text, style: "dim" };
}
