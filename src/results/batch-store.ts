/**
 * Opens a batch for one launch: takes the lease, records the launch, ends what a killed run left half done, and returns the store.
 *
 * Everything the store keeps in memory was read from the directories; nothing is remembered only there.
 */
import type { Plan } from "../contract/plan.ts";
import type { PlanLock } from "../contract/plan-lock.ts";
import { openAppendFile } from "../host/append-file.ts";
import { makeDirs, syncDir, writeFileAtomic } from "../host/files.ts";
import { createStore } from "./launch-store.ts";
import { jobStamp } from "./harbor/times.ts";
import { type JobWriter, openJob } from "./job-writer.ts";
import { plannedTrials, writeLaunch } from "./launches.ts";
import { analyticsDir, artifactsDir, experimentFile, journalFile, runsDir } from "./layout.ts";
import { takeLease } from "./lease.ts";
import { type BatchOnDisk, readBatch } from "./read-batch.ts";
import { recoverTries } from "./recover.ts";
import type { BatchStore } from "./store.ts";

export interface OpenBatchInput {
  /** Absolute; made by `createBatch`, or an existing batch. */
  readonly dir: string;
  readonly slug: string;
  readonly batch: number;
  readonly lock: PlanLock;
  readonly experimentSource: string;
  readonly plan: Plan;
  /** Of this program; default: the lock's. */
  readonly version?: string;
  readonly now?: () => Date;
  /** Takes secrets out of messages and logs. */
  readonly redact?: (text: string) => string;
  /** A log, journal, index or job file that could not be written; said once for each. */
  readonly onError?: (message: string) => void;
}

/** @throws UserError when another process has the batch. */
export async function openBatchStore(input: OpenBatchInput): Promise<BatchStore> {
  const { dir, slug, batch, lock } = input;
  const now = input.now ?? (() => new Date());
  const redact = input.redact ?? ((text) => text);
  const onError = input.onError ?? (() => undefined);
  const about = {
    slug,
    batch,
    regatta_version: input.version ?? lock.regatta_version,
    started_at: now().toISOString(),
  };
  const lease = await takeLease(dir, about, now);
  try {
    for (const made of [runsDir(dir), artifactsDir(dir), analyticsDir(dir)]) await makeDirs(made);
    const launch = await writeLaunch(dir, input.experimentSource, lock);
    if (launch === 0) await writeFileAtomic(experimentFile(dir), input.experimentSource);
    const jobs = await openJobs({ ...input, now, redact, onError }, await readBatch(dir));
    await recoverTries(dir, now);
    const moved = await readBatch(dir);
    const journal = await openAppendFile(journalFile(dir), (error) =>
      onError(`The journal cannot be written: ${error.message}`),
    );
    await syncDir(dir);
    return createStore({
      dir,
      slug,
      batch,
      launch,
      plan: input.plan,
      lock,
      now,
      redact,
      onError,
      found: moved,
      jobs,
      journal,
      lease,
    });
  } catch (error) {
    await lease.release();
    throw error;
  }
}

async function openJobs(
  input: OpenBatchInput & Required<Pick<OpenBatchInput, "now" | "redact" | "onError">>,
  found: BatchOnDisk,
): Promise<ReadonlyMap<string, JobWriter>> {
  const { plan, lock, now, redact, onError } = input;
  const used = new Set(plan.trials.map((trial) => trial.profile));
  const planned = plannedTrials(found.launches);
  const jobs = new Map<string, JobWriter>();
  const stamp = jobStamp(now());
  for (const { profile } of plan.profiles) {
    if (!used.has(profile.key)) continue;
    const existing = found.jobs.findLast((job) => job.profile === profile.key)?.name ?? null;
    const job = await openJob({
      batchDir: input.dir,
      plan,
      profile,
      planned: planned.filter((trial) => trial.profile === profile.key),
      existing,
      stamp,
      version: input.version ?? lock.regatta_version,
      now,
      redact,
      onError: (error) => onError(`job.log of ${profile.key} cannot be written: ${error.message}`),
    });
    jobs.set(profile.key, job);
  }
  return jobs;
}
