/**
 * What a batch came to, as a value: the one computation behind the results table, `results --json`, `status` and the
 * exit code of a run. Pure; knows nothing of the disk.
 *
 * A trial that was not scored never becomes a number: means are over scored trials whose reward is known.
 */
import { EXIT, type ExitCode } from "../contract/exit-codes.ts";
import { failure, type Failure } from "../contract/failure.ts";
import { endedByWord, rewardOf, type NotScoredReason, type Outcome } from "../contract/outcome.ts";
import { cellKey, type TrialId } from "../contract/plan.ts";
import { DEFAULT_RULE, type RewardRule } from "../contract/reward-rule.ts";
import type { TrialRecord, Usage } from "../contract/trial-record.ts";

export interface BatchViewInput {
  readonly slug: string;
  readonly batch: number;
  /** Shown as it is. */
  readonly dir: string;
  /** Every trial the plan asks for. */
  readonly planned: readonly (TrialId & { readonly refused?: Failure | null })[];
  /** Trials found with a record; `dir` is relative to the batch. Those that no plan asks for are shown as well. */
  readonly trials: readonly { readonly id: TrialId; readonly record: TrialRecord; readonly dir: string | null }[];
  /** Order of the rows and columns; others follow. */
  readonly profiles: readonly string[];
  readonly tasks: readonly string[];
  /** Trials that a live run has right now. */
  readonly running?: readonly TrialId[];
  readonly rule?: RewardRule;
}

/** How a trial stands: the outcomes, or what it waits for. */
export type TrialState = Outcome["kind"] | "running";

export interface AttemptView {
  readonly id: TrialId;
  readonly state: TrialState;
  /** Why it was not scored. */
  readonly reason: NotScoredReason | null;
  readonly reward: number | null;
  readonly success: boolean | null;
  /** `done`, `agent-timeout`, `agent-exit(3)`, … of a scored trial. */
  readonly endedBy: string | null;
  /** Why the reward of a scored trial is unknown, or what went wrong. */
  readonly failure: Failure | null;
  readonly agentSec: number | null;
  /** Why its verdict may be about a busy machine. */
  readonly doubt: string | null;
  /** Processes of its sandbox that were killed for want of memory; null = not known. */
  readonly oomKills: number | null;
  readonly tries: number | null;
  /** Relative to the batch. */
  readonly dir: string | null;
}

/** A sum over the trials where it is known; null when it is known of none. */
export interface PartSum {
  readonly sum: number | null;
  readonly known: number;
}

export interface Tally {
  readonly trials: number;
  readonly scored: number;
  readonly notScored: Readonly<Record<NotScoredReason, number>>;
  readonly cancelled: number;
  readonly notStarted: number;
  readonly running: number;
  /** Of scored trials. */
  readonly successes: number;
  /** Over scored trials whose reward is known; null when there is none. */
  readonly meanReward: number | null;
  readonly rewardsKnown: number;
  readonly endedBy: Readonly<Record<string, number>>;
  readonly meanAgentSec: number | null;
  readonly inputTokens: PartSum;
  readonly outputTokens: PartSum;
  readonly costUsd: PartSum;
}

export interface BatchView {
  readonly slug: string;
  readonly batch: number;
  readonly dir: string;
  readonly totals: Tally;
  readonly profiles: readonly (Tally & { readonly key: string })[];
  /** One cell per profile, in the order of `profiles`; its attempts in order. */
  readonly tasks: readonly { readonly id: string; readonly cells: readonly (readonly AttemptView[])[] }[];
  /** Every trial without a score, in the order of tasks, profiles and attempts. */
  readonly unscored: readonly AttemptView[];
  /** `EXIT.ok` only when every planned trial was scored. */
  readonly exitCode: ExitCode;
}

export function batchView(input: BatchViewInput): BatchView {
  const found = new Map(input.trials.map((trial) => [cellKey(trial.id), trial]));
  const running = new Set((input.running ?? []).map(cellKey));
  const ids = new Map([...input.planned, ...input.trials.map(({ id }) => id)].map((id) => [cellKey(id), id]));
  const refused = new Map(input.planned.map((trial) => [cellKey(trial), trial.refused ?? null]));

  const byCell = new Map<string, { view: AttemptView; record: TrialRecord | null }[]>();
  for (const [key, { task, profile, attempt }] of ids) {
    const id = { task, profile, attempt };
    const trial = found.get(key);
    const view = attemptView(id, trial, running.has(key), refused.get(key) ?? null, input);
    const cell = cellOf(task, profile);
    byCell.set(cell, [...(byCell.get(cell) ?? []), { view, record: trial?.record ?? null }]);
  }
  for (const cell of byCell.values()) cell.sort((a, b) => a.view.id.attempt - b.view.id.attempt);

  const all = [...byCell.values()].flat();
  const profiles = ordered(
    input.profiles,
    all.map(({ view }) => view.id.profile),
  );
  const tasks = ordered(
    input.tasks,
    all.map(({ view }) => view.id.task),
  );
  const grid = tasks.map((id) => ({
    id,
    cells: profiles.map((profile) => (byCell.get(cellOf(id, profile)) ?? []).map(({ view }) => view)),
  }));
  const planned = new Set(input.planned.map(cellKey));
  return {
    slug: input.slug,
    batch: input.batch,
    dir: input.dir,
    totals: tally(all),
    profiles: profiles.map((key) => ({ key, ...tally(all.filter(({ view }) => view.id.profile === key)) })),
    tasks: grid,
    unscored: grid.flatMap(({ cells }) => cells.flat()).filter(({ state }) => state !== "scored"),
    exitCode: all.every(({ view }) => view.state === "scored" || !planned.has(cellKey(view.id)))
      ? EXIT.ok
      : EXIT.incomplete,
  };
}

function attemptView(
  id: TrialId,
  trial: BatchViewInput["trials"][number] | undefined,
  running: boolean,
  refused: Failure | null,
  { rule = DEFAULT_RULE }: BatchViewInput,
): AttemptView {
  const blank = {
    id,
    reason: null,
    reward: null,
    success: null,
    endedBy: null,
    agentSec: null,
    doubt: null,
    oomKills: null,
    tries: null,
  };
  if (trial === undefined || (running && trial.record.outcome.kind !== "scored")) {
    return { ...blank, state: running ? "running" : "not-started", failure: running ? null : refused, dir: null };
  }
  const { record, dir } = trial;
  const { outcome } = record;
  const known = {
    ...blank,
    state: outcome.kind,
    agentSec: agentSeconds(record),
    doubt: doubtOf(record),
    oomKills: oomKillsOf(record),
    tries: record.try,
    dir,
  };
  switch (outcome.kind) {
    case "scored": {
      const found = rewardOf(outcome.rewards, rule.key);
      const endedBy = endedByWord(outcome.endedBy);
      if ("reward" in found) {
        return { ...known, endedBy, reward: found.reward, success: found.reward >= rule.successAt, failure: null };
      }
      const unknown = { code: "reward-unknown", blame: "task", phase: "verification", message: found.unknown } as const;
      return { ...known, endedBy, failure: failure(unknown) };
    }
    case "not-scored":
      return { ...known, reason: outcome.reason, failure: outcome.failure };
    case "cancelled":
    case "not-started":
      return { ...known, failure: outcome.failure };
  }
}

/** Wall clock of the agent phase; null when it did not begin or its end is not known. */
function agentSeconds(record: TrialRecord): number | null {
  const span = record.phases["agent-run"];
  if (span === undefined || span.finishedAt === null) return null;
  const seconds = (Date.parse(span.finishedAt) - Date.parse(span.startedAt)) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : null;
}

function tally(trials: readonly { readonly view: AttemptView; readonly record: TrialRecord | null }[]): Tally {
  const views = trials.map(({ view }) => view);
  const scored = trials.filter(({ view }) => view.state === "scored");
  const rewards = known(scored.map(({ view }) => view.reward));
  const agentSecs = known(scored.map(({ view }) => view.agentSec));
  const inState = (state: TrialState) => views.filter((view) => view.state === state).length;
  const forReason = (reason: NotScoredReason) => views.filter((view) => view.reason === reason).length;
  const endedBy: Record<string, number> = {};
  for (const { view } of scored) if (view.endedBy !== null) endedBy[view.endedBy] = (endedBy[view.endedBy] ?? 0) + 1;
  // What a trial cost is what all its tries cost.
  const spent = (of: (usage: Usage) => number | null): PartSum =>
    partSum(
      trials.map(({ record }) => {
        const all = [record?.usage, ...(record?.earlierTries ?? []).map(({ usage }) => usage)];
        return partSum(all.map((one) => (one === null || one === undefined ? null : of(one)))).sum;
      }),
    );
  return {
    trials: views.length,
    scored: scored.length,
    notScored: {
      infrastructure: forReason("infrastructure"),
      "not-treated": forReason("not-treated"),
      "verifier-failed": forReason("verifier-failed"),
    },
    cancelled: inState("cancelled"),
    notStarted: inState("not-started"),
    running: inState("running"),
    successes: scored.filter(({ view }) => view.success === true).length,
    meanReward: mean(rewards),
    rewardsKnown: rewards.length,
    endedBy,
    meanAgentSec: mean(agentSecs),
    inputTokens: spent(({ inputTokens }) => inputTokens),
    outputTokens: spent(({ outputTokens }) => outputTokens),
    costUsd: spent(({ costUsd }) => costUsd),
  };
}

function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function partSum(values: readonly (number | null)[]): PartSum {
  const some = known(values);
  return { sum: some.length === 0 ? null : some.reduce((sum, value) => sum + value, 0), known: some.length };
}

function ordered(first: readonly string[], present: readonly string[]): string[] {
  const there = new Set(present);
  return [...new Set([...first.filter((name) => there.has(name)), ...present])];
}

function cellOf(task: string, profile: string): string {
  return `${task}\u0000${profile}`;
}

export function oomKillsOf({ noise }: TrialRecord): number | null {
  const kills: unknown = noise?.oomKills;
  return typeof kills === "number" && kills >= 0 ? kills : null;
}

/** A record is a file like any other: what is no text is no doubt. */
function doubtOf({ noise }: TrialRecord): string | null {
  const doubt: unknown = noise?.doubt;
  return typeof doubt === "string" ? doubt : null;
}
