/**
 * Harbor's JobResult with Harbor's own figures, so that its tools agree with themselves: a trial without a verdict counts
 * as 0 in a mean, a cancelled one as completed and errored. No screen or report of ours reads these.
 */
import type { TrialRecord } from "../../contract/trial-record.ts";
import { CANCELLED } from "../../records/exception-names.ts";
import { passAtK } from "../../records/pass-at-k.ts";
import { exceptionType } from "./exception.ts";
import { float, floatRepr } from "./json.ts";

type Json = Readonly<Record<string, unknown>>;

/** What of a finished trial the job's figures need. */
export interface JobTrial {
  readonly trialName: string;
  readonly taskName: string;
  readonly source: string | null;
  readonly record: TrialRecord;
}

export interface JobFacts {
  readonly id: string;
  /** Local, without a zone. */
  readonly startedAt: string;
  readonly updatedAt: string;
  /** Null until every planned trial has ended by itself. */
  readonly finishedAt: string | null;
  readonly planned: number;
  readonly running: number;
}

export function jobResult(facts: JobFacts, trials: readonly JobTrial[]): Json {
  return {
    id: facts.id,
    started_at: facts.startedAt,
    updated_at: facts.updatedAt,
    finished_at: facts.finishedAt,
    n_total_trials: facts.planned,
    stats: jobStats(facts, trials),
  };
}

function jobStats(facts: JobFacts, trials: readonly JobTrial[]): Json {
  const types = trials.map(({ record }) => exceptionType(record.outcome));
  return {
    n_completed_trials: trials.length,
    n_errored_trials: types.filter((type) => type !== null).length,
    n_running_trials: facts.running,
    n_pending_trials: Math.max(facts.planned - trials.length - facts.running, 0),
    n_cancelled_trials: types.filter((type) => type === CANCELLED).length,
    n_retries: trials.reduce((sum, { record }) => sum + record.earlierTries.length, 0),
    evals: evals(trials, facts.finishedAt !== null),
    n_input_tokens: sumKnown(trials, ({ usage }) => usage?.inputTokens ?? null),
    n_cache_tokens: sumKnown(trials, ({ usage }) => usage?.cachedTokens ?? null),
    n_output_tokens: sumKnown(trials, ({ usage }) => usage?.outputTokens ?? null),
    cost_usd: asFloat(sumKnown(trials, ({ usage }) => usage?.costUsd ?? null)),
  };
}

/** Null when nobody told, never 0. */
function sumKnown(trials: readonly JobTrial[], of: (record: TrialRecord) => number | null): number | null {
  let sum: number | null = null;
  for (const { record } of trials) {
    const value = of(record);
    if (value !== null) sum = (sum ?? 0) + value;
  }
  return sum;
}

function asFloat(value: number | null): unknown {
  return value === null ? null : float(value);
}

/** Harbor's group key: neither the provider nor anything else of the configuration is in it. */
function evalKey({ record, source }: JobTrial): string {
  const { name, model } = record.agent;
  return [name, ...(model === null ? [] : [model.name]), source ?? "adhoc"].join("__");
}

function evals(trials: readonly JobTrial[], ended: boolean): Json {
  const groups = new Map<string, JobTrial[]>();
  for (const trial of trials) {
    const key = evalKey(trial);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [trial]);
    else group.push(trial);
  }
  return Object.fromEntries([...groups].map(([key, group]) => [key, evalStats(group, ended)]));
}

function evalStats(group: readonly JobTrial[], ended: boolean): Json {
  const rewards = group.map(({ record }) => (record.outcome.kind === "scored" ? record.outcome.rewards : null));
  const rewardStats = new Map<string, Map<string, string[]>>();
  const exceptionStats = new Map<string, string[]>();
  for (const [at, { trialName, record }] of group.entries()) {
    for (const [key, value] of Object.entries(rewards[at] ?? {})) {
      const byValue = rewardStats.get(key) ?? new Map<string, string[]>();
      rewardStats.set(key, byValue);
      addTo(byValue, floatRepr(value), trialName);
    }
    const type = exceptionType(record.outcome);
    if (type !== null) addTo(exceptionStats, type, trialName);
  }
  const verdicts = group.map(({ taskName }, at) => ({ task: taskName, rewards: rewards[at] ?? null }));
  return {
    n_trials: rewards.filter((each) => each !== null).length,
    n_errors: [...exceptionStats.values()].reduce((sum, names) => sum + names.length, 0),
    metrics: [mean(rewards)],
    pass_at_k: ended ? mapValues(passAtK(verdicts), float) : {},
    reward_stats: Object.fromEntries([...rewardStats].map(([key, byValue]) => [key, Object.fromEntries(byValue)])),
    exception_stats: Object.fromEntries(exceptionStats),
  };
}

function addTo(map: Map<string, string[]>, key: string, name: string): void {
  const names = map.get(key);
  if (names === undefined) map.set(key, [name]);
  else names.push(name);
}

/** With at most one reward key overall the metric goes by its name, with more by the keys. */
function mean(rewards: readonly (Readonly<Record<string, number>> | null)[]): Json {
  const keys = [...new Set(rewards.flatMap((each) => Object.keys(each ?? {})))];
  const averageOf = (key: string | undefined): unknown => {
    const sum = rewards.reduce((total, each) => total + (key === undefined ? 0 : (each?.[key] ?? 0)), 0);
    return float(sum / rewards.length);
  };
  if (keys.length <= 1) return { mean: averageOf(keys[0]) };
  return Object.fromEntries(keys.map((key) => [key, averageOf(key)]));
}

function mapValues<In, Out>(values: Readonly<Record<string, In>>, map: (value: In) => Out): Record<string, Out> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]));
}
