/**
 * A new plan against a batch on disk: what is kept, what is to do, what must not be mixed. Pure.
 *
 * A finished trial is never run again. A cell whose definition changed after one of its trials finished is a conflict:
 * the batch would hold two different things under one name.
 */
import { stableJson } from "../base/stable-json.ts";
import { cellDefinition } from "../contract/cell-definition.ts";
import { isFinished, type Outcome } from "../contract/outcome.ts";
import { cellKey, type TrialId, type TrialPlan } from "../contract/plan.ts";
import type { PlanLock } from "../contract/plan-lock.ts";
import { differences } from "./differences.ts";

/** A recorded trial, with the lock it ran under. */
export interface RecordedTrial {
  readonly id: TrialId;
  readonly outcome: Outcome;
  readonly lock: PlanLock;
}

export interface Conflict {
  readonly task: string;
  readonly profile: string;
  /** `tasks.hello.digest: "sha256:a…" → "sha256:b…"`. */
  readonly differences: readonly string[];
}

export interface Continuation {
  /** In the plan's order. */
  readonly toDo: readonly TrialPlan[];
  readonly kept: number;
  readonly conflicts: readonly Conflict[];
}

/** Infrastructure is worth another try when a person asks for one; every other finished trial stays. */
function staysAsItIs(outcome: Outcome): boolean {
  return isFinished(outcome) && !(outcome.kind === "not-scored" && outcome.reason === "infrastructure");
}

export function continuation(
  lock: PlanLock,
  trials: readonly TrialPlan[],
  recorded: readonly RecordedTrial[],
): Continuation {
  const done = new Map(recorded.map((trial) => [cellKey(trial.id), trial]));
  const planned = new Set(trials.map((trial) => `${trial.task}\0${trial.profile}`));
  const conflicts = new Map<string, Conflict>();
  const compared = new Map<string, readonly string[]>();
  for (const { id, outcome, lock: old } of recorded) {
    const cell = `${id.task}\0${id.profile}`;
    if (!isFinished(outcome) || !planned.has(cell) || conflicts.has(cell)) continue;
    const pair = `${old.created_at}\0${cell}`;
    let differences = compared.get(pair);
    if (differences === undefined) {
      differences = cellDifferences(old, lock, id.task, id.profile);
      compared.set(pair, differences);
    }
    if (differences.length > 0) conflicts.set(cell, { task: id.task, profile: id.profile, differences });
  }
  const toDo = trials.filter((trial) => {
    const found = done.get(cellKey(trial));
    return found === undefined || !staysAsItIs(found.outcome);
  });
  return { toDo, kept: trials.length - toDo.length, conflicts: [...conflicts.values()] };
}

/** The same cells under the same definitions, whatever the slots and retries: then an unfinished batch is simply gone on with. */
export function samePlan(a: PlanLock, b: PlanLock): boolean {
  const essence = (lock: PlanLock): string =>
    stableJson({
      cell: lock.run.cell,
      tasks: lock.tasks,
      profiles: lock.profiles,
      targets: lock.artifact_targets,
      trials: lock.trials.map(({ task, profile, attempt }) => [task, profile, attempt]),
    });
  return essence(a) === essence(b);
}

function cellDifferences(old: PlanLock, now: PlanLock, task: string, profile: string): string[] {
  const [before, after] = [cellDefinition(old, { task, profile }), cellDefinition(now, { task, profile })];
  return [
    ...differences(`tasks.${task}`, before.task, after.task),
    ...differences(`profiles.${profile}`, before.profile, after.profile),
    ...differences("run", before.cell, after.cell),
  ].map(({ path, before, after }) => `${path}: ${before} → ${after}`);
}
