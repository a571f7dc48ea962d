/** A batch on disk → `runs/index.json`, in the plan's order. Pure: the same directories give the same bytes. */
import { posix, relative } from "node:path";
import type { Failure } from "../contract/failure.ts";
import { endedByWord, type Outcome } from "../contract/outcome.ts";
import { cellKey, type TrialId } from "../contract/plan.ts";
import { judged, type RewardRule } from "../contract/reward-rule.ts";
import { rewardRuleOf } from "../contract/plan-lock.ts";
import type { IndexEntry, RunIndex } from "../contract/run-index.ts";
import type { DiskTrial } from "./disk-trial.ts";
import type { PlannedTrial } from "./launches.ts";
import { RESULT } from "../records/trial-directory.ts";
import type { BatchOnDisk, OpenTrial } from "./read-batch.ts";

/** Of the experiment: where it was, for the command that repeats a trial, and what counts as success. */
export interface ExperimentPlace {
  readonly rule: RewardRule;
  readonly file: string;
  readonly root: string;
}

/** What is going on with a planned trial that has no result. */
export interface Unfinished {
  /** Of a batch with a live owner. */
  readonly live: boolean;
  readonly open: OpenTrial | null;
}

export function buildIndex(batch: BatchOnDisk): RunIndex {
  const place = experimentPlace(batch);
  const byCell = new Map(batch.trials.map((trial) => [cellKey(trial.id), trial]));
  const open = new Map(batch.open.map((each) => [`${each.profile}\0${each.trialName}`, each]));
  const live = batch.owner.state === "live";
  const planned = batch.planned.map((plan) => {
    const key = cellKey(plan);
    const trial = byCell.get(key);
    byCell.delete(key);
    const now = open.get(`${plan.profile}\0${plan.trialName}`) ?? null;
    if (trial !== undefined && !(live && now !== null)) return finishedEntry(trial, place);
    return unfinishedEntry(plan, { live, open: now }, place);
  });
  const unplanned = [...byCell.values()]
    .toSorted((a, b) => (a.trialName < b.trialName ? -1 : 1))
    .map((trial) => finishedEntry(trial, place));
  return { schema_version: 1, runs: [...planned, ...unplanned] };
}

function experimentPlace({ launches, dir }: BatchOnDisk): ExperimentPlace {
  const lock = launches.at(-1)?.lock;
  // Without any readable launch the batch's own copy is the only experiment there is.
  if (lock === undefined) return { file: posix.join(dir, "experiment.toml"), root: dir, rule: rewardRuleOf(lock) };
  return { file: lock.experiment_file, root: lock.root, rule: rewardRuleOf(lock) };
}

/** argv that repeats one trial, from the project root. */
function repeatCommand(place: ExperimentPlace, id: Pick<TrialId, "task" | "profile">): readonly string[] {
  const inside = relative(place.root, place.file);
  const file = inside === "" || inside.startsWith("..") ? place.file : inside;
  return ["regatta", "run", file, "--tasks", id.task, "--profiles", id.profile, "--attempts", "1", "--new"];
}

export function finishedEntry(trial: DiskTrial, place: ExperimentPlace): IndexEntry {
  const { outcome, agentExitCode } = trial.record;
  const { reward, success } = judged(outcome, place.rule);
  return {
    task_id: trial.id.task,
    agent_key: trial.id.profile,
    attempt: trial.id.attempt,
    outcome: outcome.kind,
    reason: reasonOf(outcome),
    trial_name: trial.trialName,
    exit_code: agentExitCode,
    success,
    accuracy: reward,
    resolved: success,
    elapsed_sec: elapsed(trial),
    command: repeatCommand(place, trial.id),
    job_dir: posix.dirname(trial.dir),
    results_json: posix.join(trial.dir, RESULT),
    trajectory_json: trial.hasTrajectory ? posix.join(trial.dir, "agent", "trajectory.json") : null,
  };
}

export function unfinishedEntry(plan: PlannedTrial, now: Unfinished, place: ExperimentPlace): IndexEntry {
  const { outcome, reason } = unfinishedOutcome(plan.refused, now);
  return {
    task_id: plan.task,
    agent_key: plan.profile,
    attempt: plan.attempt,
    outcome,
    reason,
    trial_name: plan.trialName,
    exit_code: null,
    success: null,
    accuracy: null,
    resolved: null,
    elapsed_sec: null,
    command: repeatCommand(place, plan),
    job_dir: null,
    results_json: null,
    trajectory_json: null,
  };
}

/** A trial that was under way when its run died counts as cancelled: it may be run again, and it is no 0. */
function unfinishedOutcome(
  refused: Failure | null,
  { live, open }: Unfinished,
): Pick<IndexEntry, "outcome" | "reason"> {
  if (refused !== null) return { outcome: "not-started", reason: refused.code };
  if (live) return { outcome: open === null ? "planned" : "running", reason: null };
  return open === null ? { outcome: "not-started", reason: null } : { outcome: "cancelled", reason: "run-died" };
}

function reasonOf(outcome: Outcome): string | null {
  switch (outcome.kind) {
    case "scored":
      return outcome.endedBy.kind === "done" ? null : endedByWord(outcome.endedBy);
    case "not-scored":
      return `${outcome.reason}(${outcome.failure.code})`;
    case "cancelled":
    case "not-started":
      return outcome.failure.code;
  }
}

function elapsed({ record }: DiskTrial): number | null {
  const milliseconds = Date.parse(record.finishedAt) - Date.parse(record.startedAt);
  return Number.isFinite(milliseconds) ? milliseconds / 1000 : null;
}
