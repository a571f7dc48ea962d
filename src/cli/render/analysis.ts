/** What `analyze` prints: per profile, trial by trial, what was left out and why, and what to know about the data. */
import {
  type Analysis,
  type AnalyzedTrial,
  type HarborJob,
  lostSentences,
  type ProfileSummary,
  valueOf,
  whyNotScored,
} from "../../app/analyze.ts";
import { count, dollars, duration, mean, plural, reward, UNKNOWN } from "../../terminal/figures.ts";
import { type Column, grid, type GridCell } from "../../terminal/grid.ts";
import { type Paint, paintFor } from "../../terminal/paint.ts";
import { printable } from "../../terminal/printable.ts";
import { wrap } from "../../terminal/text-width.ts";
import { type Look, textOf } from "./style.ts";

export interface ShownAnalysis {
  readonly analysis: Analysis;
  readonly profiles: readonly ProfileSummary[];
  readonly root: string;
  /** Every trial and every path, however many. */
  readonly list: boolean;
}

/** Unless everything is asked for. */
const MOST_TRIALS = 40;
const MOST_PATHS = 3;

export function analysisTables({ analysis, profiles, root, list }: ShownAnalysis, look: Look): string {
  const paint = paintFor(look.color);
  return textOf([
    ...wrap(headline(analysis, root), look.columns),
    ...section(profileTable(profiles, look, paint)),
    ...section(trialTable(analysis, list, look, paint)),
    ...section(leftOutLines(analysis, list, look, paint)),
    ...section(remarkLines(analysis, list, look, paint)),
    ...section(analysis.notes.flatMap((note) => wrap(printable(note), look.columns))),
  ]);
}

function section(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", ...lines];
}

function headline({ trials, read, leftOut, tasks, profiles }: Analysis, root: string): string {
  const parts = [
    `${plural(trials.length, "trial")} of ${plural(tasks.length, "task")} under ${plural(profiles.length, "profile")}`,
    ...(read > trials.length ? [`${read - trials.length} filtered out`] : []),
    ...(leftOut.length > 0 ? [`${leftOut.length} left out`] : []),
  ];
  return `${printable(root)}  ${parts.join(", ")}`;
}

const PROFILE_COLUMNS: readonly Column[] = [
  { min: 8 },
  { min: 12, drop: 0 },
  { align: "right" },
  { align: "right" },
  { align: "right" },
  { min: 12, drop: 1 },
  { align: "right", drop: 2 },
  { align: "right", drop: 3 },
  { align: "right" },
  { align: "right", drop: 4 },
];

/** Names of jobs tell nobody what ran in them. */
function whatRan({ models, agents }: ProfileSummary): string {
  const [first, ...others] = models.length > 0 ? models : agents;
  return first === undefined ? UNKNOWN : others.length === 0 ? first : `${first} and ${others.length} more`;
}

function profileTable(profiles: readonly ProfileSummary[], look: Look, paint: Paint): string[] {
  if (profiles.length === 0) return [];
  const heading = [
    "profile",
    "ran",
    "success",
    "reward",
    "scored",
    "not scored",
    "agent time",
    "tokens",
    "cost",
    "calls",
  ];
  const rows = profiles.map((profile): GridCell[] => [
    printable(profile.profile),
    printable(whatRan(profile)),
    profile.scored === profile.rewardUnknown
      ? UNKNOWN
      : `${profile.succeeded}/${profile.scored - profile.rewardUnknown}`,
    mean(meanOf(profile, "reward")),
    `${profile.scored}/${profile.trials}`,
    Object.entries(profile.notScored)
      .map(([why, number]) => `${number} ${printable(why)}`)
      .join(", ") || dim(UNKNOWN),
    duration(meanOf(profile, "agent_sec")),
    count(rounded(meanOf(profile, "tokens_total"))),
    dollars(meanOf(profile, "cost_usd")),
    count(rounded(meanOf(profile, "tool_calls"))),
  ]);
  const lines = grid(PROFILE_COLUMNS, [heading.map(dim), ...rows], { columns: look.columns, paint });
  return [...lines, paint("reward, time, tokens, cost and calls are means over the trials that tell", "dim")];
}

function meanOf({ metrics }: ProfileSummary, name: string): number | null {
  return metrics.find((metric) => metric.name === name)?.mean ?? null;
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}

const TRIAL_COLUMNS: readonly Column[] = [
  { min: 8 },
  { min: 10 },
  { align: "right" },
  { min: 10 },
  { align: "right", drop: 1 },
  { align: "right", drop: 2 },
  { align: "right", drop: 3 },
  { align: "right", drop: 4 },
];

function trialTable({ trials }: Analysis, list: boolean, look: Look, paint: Paint): string[] {
  if (trials.length === 0) return [];
  const shown = list ? trials : trials.slice(0, MOST_TRIALS);
  const heading = ["profile", "task", "attempt", "outcome", "agent time", "tokens", "cost", "calls"];
  const rows = shown.map((trial): GridCell[] => [
    printable(trial.id.profile),
    printable(trial.id.task),
    String(trial.id.attempt),
    outcomeCell(trial),
    duration(valueOf(trial, "agent_sec")),
    count(valueOf(trial, "tokens_total")),
    dollars(valueOf(trial, "cost_usd")),
    count(valueOf(trial, "tool_calls")),
  ]);
  const lines = grid(TRIAL_COLUMNS, [heading.map(dim), ...rows], { columns: look.columns, paint });
  const more = trials.length - shown.length;
  return more > 0 ? [...lines, `… ${more} more (use --list)`] : lines;
}

function outcomeCell(trial: AnalyzedTrial): GridCell {
  const why = whyNotScored(trial);
  if (why !== null) return { text: printable(why), style: "red" };
  const value = valueOf(trial, "reward");
  const { outcome } = trial.facts;
  const ended = outcome.kind === "scored" && outcome.endedBy.kind !== "done" ? `, ${outcome.endedBy.kind}` : "";
  return `${value === null ? "reward unknown" : reward(value)}${ended}`;
}

/** By reason, so that a thousand cut off trials are one line. */
function leftOutLines({ leftOut, lost }: Analysis, list: boolean, look: Look, paint: Paint): string[] {
  const sentences = lostSentences(lost).flatMap((sentence) => wrap(sentence, look.columns));
  if (leftOut.length === 0) return sentences;
  const reasons = new Map<string, string[]>();
  for (const { path, reason, task, sameAs } of leftOut) {
    const paths = reasons.get(reason) ?? [];
    reasons.set(reason, paths);
    const also = sameAs === undefined ? task : `as ${sameAs}`;
    paths.push(also === null ? path : `${path} (${also})`);
  }
  return [paint("left out", "bold"), ...grouped(reasons, list, look), ...sentences];
}

/** What was read with a reservation: damaged parts, tokens that do not add up. */
function remarkLines({ trials }: Analysis, list: boolean, look: Look, paint: Paint): string[] {
  const remarks = new Map<string, string[]>();
  for (const { path, facts } of trials) {
    for (const remark of facts.remarks) {
      const paths = remarks.get(remark) ?? [];
      remarks.set(remark, paths);
      paths.push(path);
    }
  }
  if (remarks.size === 0) return [];
  const shown = list ? remarks : new Map([...remarks].slice(0, MOST_TRIALS));
  const more = remarks.size - shown.size;
  return [
    paint("remarks", "bold"),
    ...grouped(shown, list, look),
    ...(more > 0 ? [`  … ${more} more (use --list)`] : []),
  ];
}

function grouped(groups: ReadonlyMap<string, readonly string[]>, list: boolean, look: Look): string[] {
  return [...groups].flatMap(([reason, paths]) => {
    const shown = list ? paths : paths.slice(0, MOST_PATHS);
    const more = paths.length - shown.length;
    const lines = wrap(`${paths.length} × ${printable(reason)}`, look.columns - 2).map((line) => `  ${line}`);
    return [
      ...lines,
      ...shown.map((path) => `    ${printable(path)}`),
      ...(more > 0 ? [`    … ${more} more (use --list)`] : []),
    ];
  });
}

/** `--as-harbor`: each figure of each job's result.json beside what Harbor's rules make of the trials. */
export function harborTables(jobs: readonly HarborJob[], look: Look): string {
  const paint = paintFor(look.color);
  const lines = ["", paint("as Harbor counts", "bold")];
  for (const { job, problem, groups } of jobs) {
    if (problem !== null) lines.push(`  ${printable(job)}: ${problem}`);
    for (const { key, fields, ours, explanations } of groups) {
      lines.push(`  ${printable(job)}  ${printable(key)}`);
      for (const { name, recorded, recomputed, same } of fields) {
        const verdict = same ? "the same" : recorded === null ? "not in result.json" : "DIFFERENT";
        lines.push(
          `    ${printable(name)}  result.json ${recorded ?? UNKNOWN}, by its rules ${recomputed ?? UNKNOWN}: ${verdict}`,
        );
      }
      lines.push(`    ours: mean reward ${ours.mean ?? UNKNOWN} of ${plural(ours.scored, "scored trial")}`);
      for (const why of explanations)
        lines.push(...wrap(`why: ${printable(why)}`, look.columns - 4).map((line) => `    ${line}`));
    }
  }
  return textOf(lines);
}

function dim(text: string): GridCell {
  return { text, style: "dim" };
}
