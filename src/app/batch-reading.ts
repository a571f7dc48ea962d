/** A batch on disk → what is shown of it: the results view, and its status. */
import { isFinished } from "../contract/outcome.ts";
import { cellKey, type TrialId } from "../contract/plan.ts";
import { rewardRuleOf } from "../contract/plan-lock.ts";
import type { BatchStatus } from "../views/batch-status.ts";
import { batchView, type BatchView, oomKillsOf } from "../views/batch-view.ts";
import type { BatchOnDisk } from "../results/read-batch.ts";
import { readJournalState } from "../results/running-trials.ts";

export function viewOf(batch: BatchOnDisk): BatchView {
  const order = (pick: (lock: BatchOnDisk["launches"][number]["lock"]) => readonly string[]): readonly string[] => [
    ...new Set(batch.launches.flatMap(({ lock }) => pick(lock))),
  ];
  return batchView({
    slug: batch.slug,
    batch: batch.batch,
    dir: batch.dir,
    planned: batch.planned,
    trials: batch.trials,
    // From the trials, whose order is a list's: keys of a JSON object that look like numbers come back sorted.
    profiles: order((lock) => firstSeen(lock.trials.map((trial) => trial.profile))),
    tasks: order((lock) => firstSeen(lock.trials.map((trial) => trial.task))),
    rule: rewardRuleOf(batch.launches.at(-1)?.lock),
    running: batch.owner.state === "live" ? openTrials(batch) : [],
  });
}

function firstSeen(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}

function openTrials(batch: BatchOnDisk): readonly TrialId[] {
  const byName = new Map(batch.planned.map((trial) => [`${trial.profile}\0${trial.trialName}`, trial]));
  return batch.open.flatMap(({ profile, trialName }) => byName.get(`${profile}\0${trialName}`) ?? []);
}

export async function statusOf(batch: BatchOnDisk): Promise<BatchStatus> {
  const live = batch.owner.state === "live";
  const count = (kind: string): number => batch.trials.filter((trial) => trial.record.outcome.kind === kind).length;
  const recorded = new Set(batch.trials.map((trial) => cellKey(trial.id)));
  const journal = await readJournalState(batch.dir);
  const running = live ? journal.running : [];
  const missing = batch.planned.filter((trial) => !recorded.has(cellKey(trial))).length;
  return {
    slug: batch.slug,
    batch: batch.batch,
    state: stateOf(batch),
    counts: {
      planned: batch.launches.length === 0 ? null : batch.planned.length,
      scored: count("scored"),
      notScored: count("not-scored"),
      cancelled: count("cancelled"),
      notStarted: missing - running.length,
    },
    running,
    spent: journal.spent,
    ownerPid: batch.owner.state === "live" ? batch.owner.lease.process.pid : null,
    startedAt: batch.launches[0]?.lock.created_at ?? null,
    outOfMemory: batch.trials.filter(({ record }) => (oomKillsOf(record) ?? 0) > 0).length,
    batchDir: batch.dir,
  };
}

function stateOf(batch: BatchOnDisk): BatchStatus["state"] {
  if (batch.owner.state === "live") return "running";
  if (batch.owner.state === "unknown" || batch.launches.length === 0) return "unknown";
  const finished = new Set(
    batch.trials.filter((trial) => isFinished(trial.record.outcome)).map((trial) => cellKey(trial.id)),
  );
  const open = batch.planned.some((trial) => trial.refused === null && !finished.has(cellKey(trial)));
  return open ? "interrupted" : "finished";
}
