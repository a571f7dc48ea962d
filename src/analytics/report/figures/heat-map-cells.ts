/** What each cell of the heat map holds, the hardest tasks first. Pure. */
import type { Lost } from "../../lost-trials.ts";
import type { ReportTrial } from "../report-trial.ts";

export interface HeatCell {
  readonly task: string;
  readonly profile: string;
  readonly trials: number;
  readonly scored: number;
  readonly solved: number;
  readonly notScored: number;
  /** Known to be of it, and without a result to read: no row of the table of trials is theirs. */
  readonly lost: number;
  /** Null = nothing was scored. */
  readonly meanReward: number | null;
  /** Every reward is 0 or 1, so that solved of scored says it all. */
  readonly plain: boolean;
}

export interface HeatRow {
  readonly task: string;
  readonly cells: readonly HeatCell[];
}

export function heatRows(
  trials: readonly ReportTrial[],
  profiles: readonly string[],
  lost: Lost["observations"],
): readonly HeatRow[] {
  const cells = new Map<string, ReportTrial[]>();
  const key = (task: string, profile: string): string => JSON.stringify([task, profile]);
  for (const trial of trials) {
    if (!trial.counted) continue;
    const place = key(trial.seen.task, trial.seen.profile);
    const there = cells.get(place);
    if (there === undefined) cells.set(place, [trial]);
    else there.push(trial);
  }
  const gone = new Map<string, number>();
  for (const { task, profile } of lost) gone.set(key(task, profile), (gone.get(key(task, profile)) ?? 0) + 1);
  const tasks = [...new Set([...trials.map(({ seen }) => seen.task), ...lost.map(({ task }) => task)])];
  const rows = tasks.map((task) => ({
    task,
    cells: profiles.map((profile) =>
      heatCell(task, profile, cells.get(key(task, profile)) ?? [], gone.get(key(task, profile)) ?? 0),
    ),
  }));
  return rows.sort((a, b) => ease(a) - ease(b) || (a.task < b.task ? -1 : 1));
}

/** Mean over the profiles that have a scored trial; tasks without any come last. */
function ease({ cells }: HeatRow): number {
  const means = cells.flatMap(({ meanReward }) => meanReward ?? []);
  return means.length === 0 ? Number.POSITIVE_INFINITY : means.reduce((sum, value) => sum + value, 0) / means.length;
}

function heatCell(task: string, profile: string, trials: readonly ReportTrial[], lost: number): HeatCell {
  const scored = trials.flatMap(({ seen }) => (seen.notScored === null && seen.reward !== null ? seen.reward : []));
  return {
    task,
    profile,
    trials: trials.length,
    scored: scored.length,
    solved: trials.filter(({ outcome }) => outcome === "solved").length,
    notScored: trials.length - scored.length,
    lost,
    meanReward: scored.length === 0 ? null : scored.reduce((sum, value) => sum + value, 0) / scored.length,
    plain: scored.every((value) => value === 0 || value === 1),
  };
}
