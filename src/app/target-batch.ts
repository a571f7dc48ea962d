/**
 * Which batch a run goes into: a new one, the latest one when an identical run left it unfinished, or the one asked for.
 */
import { join } from "node:path";
import { UserError } from "../contract/failure.ts";
import { isFinished, type NotScoredReason, type Outcome } from "../contract/outcome.ts";
import { cellKey, type Plan, type TrialPlan } from "../contract/plan.ts";
import type { PlanLock } from "../contract/plan-lock.ts";
import { type Conflict, continuation, type RecordedTrial, samePlan } from "../planning/continuation.ts";
import { createBatch, listBatches } from "../results/batch.ts";
import { type BatchOnDisk, readBatch } from "../results/read-batch.ts";

export interface BatchRequest {
  readonly batch: number | null;
  readonly forceNew: boolean;
  /** Only finished trials that were not scored for one of these reasons, and those again; absent = what is not finished. */
  readonly retry?: readonly NotScoredReason[];
}

/** Decided, and nothing made yet. */
export interface ChosenBatch {
  /** Null = a new one. */
  readonly at: { readonly batch: number; readonly dir: string } | null;
  readonly plan: Plan;
  readonly lock: PlanLock;
  readonly toDo: readonly TrialPlan[];
  readonly kept: number;
  readonly how: "new" | "continued" | "asked-for";
  /** Also of trials that this launch does not touch. */
  readonly problems: BatchOnDisk["problems"];
}

export interface TargetBatch extends Omit<ChosenBatch, "at"> {
  readonly batch: number;
  readonly dir: string;
}

export interface Planning {
  readonly plan: Plan;
  /** The same plan with the trial names that a batch already gave. */
  replanned(trialNames: ReadonlyMap<string, string>): Plan;
  lockOf(plan: Plan): PlanLock;
}

/** @param recover puts a batch in order whose run died. @returns whether it did */
export async function chooseBatch(
  request: BatchRequest,
  planning: Planning,
  recover: (batchDir: string) => Promise<boolean>,
): Promise<ChosenBatch> {
  const { slug, run } = planning.plan;
  const batches = await listBatches(run.resultsRoot, slug);
  if (request.batch !== null) {
    if (!batches.includes(request.batch)) {
      throw new UserError(`there is no batch ${request.batch} of ${slug}`, [
        batches.length === 0
          ? `${join(run.resultsRoot, slug)} has no batches; run without --batch to make the first`
          : `batches there: ${batches.join(", ")}; without --batch a new one is made`,
      ]);
    }
    const dir = join(run.resultsRoot, slug, String(request.batch));
    await recover(dir);
    const found = await readBatch(dir);
    return continued(found, planning, "asked-for", request.retry ?? null);
  }
  const { plan } = planning;
  const lock = planning.lockOf(plan);
  const fresh = { at: null, plan, lock, toDo: plan.trials, kept: 0, how: "new" } as const;
  const latest = batches.at(-1);
  if (latest !== undefined && !request.forceNew) {
    const dir = join(run.resultsRoot, slug, String(latest));
    const died = await recover(dir);
    const found = await readBatch(dir);
    if (isUnfinishedTwin(found, died, plan, lock)) return continued(found, planning, "continued", null);
    return { ...fresh, problems: runningTwin(found, lock) };
  }
  return { ...fresh, problems: [] };
}

/** Two of a kind at a time may be meant, or paid twice by mistake. */
function runningTwin(found: BatchOnDisk, lock: PlanLock): ChosenBatch["problems"] {
  const { owner } = found;
  const last = found.launches.at(-1);
  if (owner.state !== "live" || last === undefined || !samePlan(last.lock, lock)) return [];
  const message = `an identical run goes on there, by process ${owner.lease.process.pid}; this one makes another batch (regatta watch ${found.slug}/${found.batch} shows that one)`;
  return [{ path: found.dir, message }];
}

/** Makes the batch where it is new. */
export async function takeBatch({ at, ...chosen }: ChosenBatch): Promise<TargetBatch> {
  return { ...chosen, ...(at ?? (await createBatch(chosen.plan.run.resultsRoot, chosen.plan.slug))) };
}

/** One whose run died is unfinished even where every trial is there: whoever started it has not seen it end. */
function isUnfinishedTwin(found: BatchOnDisk, died: boolean, plan: Plan, lock: PlanLock): boolean {
  if (found.owner.state === "live" || found.owner.state === "unknown") return false;
  const last = found.launches.at(-1);
  if (last === undefined || !samePlan(last.lock, lock)) return false;
  if (died) return true;
  const done = new Set(
    found.trials.filter((trial) => isFinished(trial.record.outcome)).map((trial) => cellKey(trial.id)),
  );
  return plan.trials.some((trial) => trial.refused === null && !done.has(cellKey(trial)));
}

function continued(
  found: BatchOnDisk,
  planning: Planning,
  how: ChosenBatch["how"],
  retry: readonly NotScoredReason[] | null,
): ChosenBatch {
  const names = new Map(found.planned.map((trial) => [cellKey(trial), trial.trialName]));
  const plan = planning.replanned(names);
  const lock = planning.lockOf(plan);
  const recorded = found.trials.flatMap((trial): RecordedTrial[] => {
    const ran = lockOf(trial.launch, found);
    return ran === null ? [] : [{ id: trial.id, outcome: trial.record.outcome, lock: ran }];
  });
  const { toDo, kept, conflicts } = continuation(lock, plan.trials, recorded);
  const at = { batch: found.batch, dir: found.dir };
  if (conflicts.length > 0) throw changedDefinition(found, conflicts);
  if (retry !== null) {
    const again = new Set(recorded.filter(({ outcome }) => isOneOf(outcome, retry)).map(({ id }) => cellKey(id)));
    const chosen = plan.trials.filter((trial) => again.has(cellKey(trial)));
    const stay = plan.trials.length - chosen.length;
    return { at, plan, lock, toDo: chosen, kept: stay, how, problems: found.problems };
  }
  return { at, plan, lock, toDo, kept, how, problems: found.problems };
}

function isOneOf(outcome: Outcome, reasons: readonly NotScoredReason[]): boolean {
  return outcome.kind === "not-scored" && reasons.includes(outcome.reason);
}

function lockOf(launch: number | null, found: BatchOnDisk): PlanLock | null {
  return (found.launches.find((each) => each.launch === launch) ?? found.launches.at(-1))?.lock ?? null;
}

function changedDefinition(found: BatchOnDisk, conflicts: readonly Conflict[]): UserError {
  const lines = conflicts
    .slice(0, 10)
    .flatMap(({ task, profile, differences }) => [
      `${task} × ${profile}:`,
      ...differences.slice(0, 10).map((difference) => `  ${difference}`),
    ]);
  const more = conflicts.length > 10 ? [`… and ${conflicts.length - 10} more cells`] : [];
  return new UserError(
    `batch ${found.batch} has finished trials whose definition has changed since; they cannot be mixed`,
    [...lines, ...more, "run with --new for a new batch, or undo the change"],
  );
}
