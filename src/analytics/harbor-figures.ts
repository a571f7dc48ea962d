/**
 * `--as-harbor`: Harbor's own figures of a job, computed again by its rules and held against the job's result.json, with the
 * reason for every difference from ours. Pure.
 *
 * Harbor's rules: a trial without a verdict counts as 0, in means and in pass@k; groups are agent, model without provider, and
 * dataset. Trials that result.json counts but whose directories are gone are taken from its reward_stats and exception_stats,
 * which name every trial with its reward.
 */
import { isRecord } from "../base/is-record.ts";
import { passAtK, type Verdict } from "../records/pass-at-k.ts";
import { numberOf } from "./known.ts";
import { METRICS } from "./metrics/registry.ts";
import type { ReadJob, ReadTrial } from "./reading/read-runs.ts";

export interface HarborField {
  /** `mean`, `pass@2`, `n_trials`, … */
  readonly name: string;
  /** In result.json; null = not there. */
  readonly recorded: number | null;
  readonly recomputed: number | null;
  /** To the last digit. */
  readonly same: boolean;
}

export interface HarborGroup {
  /** As result.json has it: `agent__model__dataset`. */
  readonly key: string;
  readonly fields: readonly HarborField[];
  /** Mean reward over scored trials on disk, which is what our tables show. */
  readonly ours: { readonly mean: number | null; readonly scored: number };
  readonly explanations: readonly string[];
}

export interface HarborJob {
  readonly job: string;
  readonly groups: readonly HarborGroup[];
  /** Why nothing can be compared; null when it can. */
  readonly problem: string | null;
}

type Rewards = Readonly<Record<string, number | null>> | null;

interface Counted {
  readonly name: string;
  readonly task: string;
  readonly rewards: Rewards;
  readonly errored: boolean;
  readonly onDisk: boolean;
}

export function harborFigures(jobs: readonly ReadJob[]): readonly HarborJob[] {
  return jobs.map((job) => {
    const none = (problem: string): HarborJob => ({ job: job.name, groups: [], problem });
    if (job.result === null) return none("it has no result.json that can be read");
    const { stats } = job.result;
    const evals = isRecord(stats) ? stats["evals"] : null;
    if (!isRecord(stats) || !isRecord(evals)) return none("its result.json has no figures");
    const recorded = Object.entries(evals).filter((entry): entry is [string, Record<string, unknown>] =>
      isRecord(entry[1]),
    );
    if (recorded.length === 0) return none("its result.json counts no trial yet");
    return {
      job: job.name,
      groups: recorded.map(([key, group]) => compared(job, key, group, recorded.length === 1)),
      problem: null,
    };
  });
}

function compared(job: ReadJob, key: string, recorded: Record<string, unknown>, only: boolean): HarborGroup {
  const explanations: string[] = [];
  const onDisk = only ? job.onDisk : job.onDisk.filter((trial) => evalKey(trial) === key);
  const keys = new Set(onDisk.map(evalKey));
  if (only && keys.size === 1 && !keys.has(key)) {
    explanations.push(`result.json calls this group ${key}, its trials say ${[...keys][0] ?? ""}`);
  }
  const named = namedTrials(recorded);
  const counted = onDisk.map(asCounted).filter(({ name, rewards, errored }) => {
    return named.size === 0 || named.has(name) || (rewards === null && !errored);
  });
  const added = onDisk.length - counted.length;
  if (added > 0)
    explanations.push(
      `${trialsText(added)} on disk ${added === 1 ? "is" : "are"} not counted in result.json: added later`,
    );
  const trials = [...counted.map((trial) => asRecorded(trial, named, explanations)), ...goneTrials(named, onDisk)];
  const total = job.result?.["n_total_trials"];
  const unnamed = only && typeof total === "number" && isFinished(job) ? Math.max(0, total - trials.length) : 0;
  for (let at = 1; at <= unnamed; at++)
    trials.push({ name: "", task: "", rewards: null, errored: false, onDisk: false });
  explain(trials, unnamed, explanations);
  return {
    key,
    fields: [
      field("n_trials", recorded["n_trials"], trials.filter(({ rewards }) => rewards !== null).length),
      field("n_errors", recorded["n_errors"], trials.filter(({ errored }) => errored).length),
      ...meanFields(recorded["metrics"], trials, explanations),
      ...passFields(recorded["pass_at_k"], trials, explanations),
    ],
    ours: oursOf(onDisk),
    explanations,
  };
}

function isFinished({ result }: ReadJob): boolean {
  return typeof result?.["finished_at"] === "string";
}

function asCounted({ facts }: ReadTrial): Counted {
  return {
    name: facts.trialName,
    task: facts.task,
    rewards: facts.harborRewards,
    errored: facts.exceptionType !== null,
    onDisk: true,
  };
}

function evalKey({ facts }: ReadTrial): string {
  const { agent, harborModel, source } = facts;
  return [agent.name, ...(harborModel === null ? [] : [harborModel]), source ?? "adhoc"].join("__");
}

interface Named {
  rewards: Record<string, number> | null;
  errored: boolean;
}

/** Every trial that reward_stats or exception_stats names, with what they say of it. */
function namedTrials(recorded: Record<string, unknown>): ReadonlyMap<string, Named> {
  const named = new Map<string, Named>();
  const at = (name: string): Named => {
    const found = named.get(name) ?? { rewards: null, errored: false };
    named.set(name, found);
    return found;
  };
  for (const [key, byValue] of entriesOf(recorded["reward_stats"])) {
    for (const [value, names] of entriesOf(byValue)) {
      for (const trial of namesIn(names).map(at)) trial.rewards = { ...trial.rewards, [key]: Number(value) };
    }
  }
  for (const [, names] of entriesOf(recorded["exception_stats"])) {
    for (const trial of namesIn(names).map(at)) trial.errored = true;
  }
  return named;
}

/** A trial on disk that Harbor saw otherwise: its directory was changed after the job. */
function asRecorded(trial: Counted, named: ReadonlyMap<string, Named>, explanations: string[]): Counted {
  const recorded = named.get(trial.name);
  if (recorded === undefined) return trial;
  const text = (rewards: Rewards): string => (rewards === null ? "no verdict" : JSON.stringify(sorted(rewards)));
  if (text(recorded.rewards) !== text(trial.rewards)) {
    explanations.push(
      `${trial.name}: result.json counts ${text(recorded.rewards)}, its directory says ${text(trial.rewards)}`,
    );
  }
  return { ...trial, ...recorded };
}

function sorted(rewards: Readonly<Record<string, number | null>>): Record<string, number | null> {
  return Object.fromEntries(Object.entries(rewards).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Trials that only result.json still knows. */
function goneTrials(named: ReadonlyMap<string, Named>, onDisk: readonly ReadTrial[]): Counted[] {
  const here = new Set(onDisk.map(({ facts }) => facts.trialName));
  const tasks = new Map(onDisk.map(({ facts }) => [beginning(facts.trialName), facts.task]));
  return [...named]
    .filter(([name]) => !here.has(name))
    .map(([name, { rewards, errored }]) => ({
      name,
      task: tasks.get(beginning(name)) ?? beginning(name),
      rewards,
      errored,
      onDisk: false,
    }));
}

/** Of a trial's name, what its task's name begins with: all there is of a task whose trials are gone. */
function beginning(name: string): string {
  return name.replace(/__[^_]+$/, "");
}

function entriesOf(value: unknown): [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : [];
}

function namesIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === "string") : [];
}

function explain(trials: readonly Counted[], unnamed: number, explanations: string[]): void {
  const without = trials.filter(({ rewards }) => rewards === null).length;
  const gone = trials.filter(({ onDisk }) => !onDisk).length - unnamed;
  if (without > 0) {
    explanations.push(
      `Harbor counts ${trialsText(without)} without a verdict as 0; ours leaves ${without === 1 ? "it" : "them"} out of every rate`,
    );
  }
  if (gone > 0) {
    explanations.push(
      `${trialsText(gone)} counted in result.json ${gone === 1 ? "has" : "have"} no directory any more: taken from its reward_stats, not in our tables`,
    );
  }
  if (unnamed > 0)
    explanations.push(
      `${trialsText(unnamed)} in n_total_trials ${unnamed === 1 ? "is" : "are"} named nowhere: counted as 0`,
    );
}

function trialsText(number: number): string {
  return number === 1 ? "1 trial" : `${number} trials`;
}

function meanFields(metrics: unknown, trials: readonly Counted[], explanations: string[]): HarborField[] {
  const recorded = Array.isArray(metrics) ? metrics.filter(isRecord) : [];
  const keys = [...new Set(trials.flatMap(({ rewards }) => Object.keys(rewards ?? {})))];
  if (keys.length > 1)
    explanations.push(
      `there are several rewards (${keys.join(", ")}): Harbor averages each, ours is the one named reward`,
    );
  const columns = keys.length > 1 ? keys : ["mean"];
  return columns.map((name) => {
    const given = recorded.map((metric) => metric[name]).find((value) => typeof value === "number");
    const of = keys.length > 1 ? name : keys[0];
    const values = trials.map(({ rewards }) => (of === undefined ? 0 : (rewards?.[of] ?? 0)));
    const known = typeof given === "number" ? given : null;
    const sums = [compensated(values), plain(values)].map((sum) => sum / values.length);
    // Python adds with compensation from 3.12 on, and plainly before.
    const recomputed = sums.find((mean) => mean === known) ?? sums[0] ?? null;
    if (known === null && recorded.length > 0) explanations.push(`result.json has another metric than ${name}`);
    return field(name, known, trials.length === 0 ? null : recomputed);
  });
}

function passFields(recorded: unknown, trials: readonly Counted[], explanations: string[]): HarborField[] {
  if (!isRecord(recorded)) return [];
  const verdicts = trials.map(({ task, rewards }): Verdict => ({
    task,
    rewards:
      rewards === null
        ? null
        : Object.fromEntries(Object.entries(rewards).map(([key, value]) => [key, value ?? Number.NaN])),
  }));
  const computed = passAtK(verdicts);
  const ks = [...new Set([...Object.keys(recorded), ...Object.keys(computed)])].sort((a, b) => Number(a) - Number(b));
  if (ks.length > 0 && Object.keys(recorded).length === 0) {
    explanations.push(
      "result.json has no pass@k: Harbor computes it at a job's end only, and older versions not at all",
    );
  }
  return ks.map((k) => {
    const given = recorded[k];
    const mine = computed[k] ?? null;
    const known = typeof given === "number" ? given : null;
    // Neither side's last digit is more right: the products are taken in another order.
    const close = known !== null && mine !== null && Math.abs(known - mine) <= 4 * Number.EPSILON;
    return field(`pass@${k}`, known, close ? known : mine);
  });
}

function field(name: string, recorded: unknown, recomputed: number | null): HarborField {
  const known = typeof recorded === "number" ? recorded : null;
  return { name, recorded: known, recomputed, same: known !== null && known === recomputed };
}

function oursOf(trials: readonly ReadTrial[]): HarborGroup["ours"] {
  const place = METRICS.findIndex(({ name }) => name === "reward");
  const rewards = trials.flatMap(({ values }) => numberOf(values[place] ?? { notComputed: "" }) ?? []);
  return { mean: rewards.length === 0 ? null : plain(rewards) / rewards.length, scored: rewards.length };
}

function plain(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Neumaier's. */
function compensated(values: readonly number[]): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + lost;
}
