/**
 * Opens a batch for one launch: takes the lease, records the launch, ends what a killed run left half done, and returns the store.
 *
 * Everything the store keeps in memory was read from the directories; nothing is remembered only there.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Plan } from "../contract/plan.ts";
import type { PlanLock } from "../contract/plan-lock.ts";
import { openAppendFile } from "../host/append-file.ts";
import { syncDir, writeFileAtomic } from "../host/files.ts";
import { createStore } from "./launch-store.ts";
import { moveIntoJob } from "./commit.ts";
import { jobStamp } from "./harbor/times.ts";
import { type JobWriter, openJob } from "./job-writer.ts";
import { plannedTrials, writeLaunch } from "./launches.ts";
import { analyticsDir, artifactsDir, experimentFile, journalFile, runsDir } from "./layout.ts";
import { takeLease } from "./lease.ts";
import { type BatchOnDisk, readBatch } from "./read-batch.ts";
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
    for (const made of [runsDir(dir), artifactsDir(dir), analyticsDir(dir)]) await mkdir(made, { recursive: true });
    const launch = await writeLaunch(dir, input.experimentSource, lock);
    if (launch === 0) await writeFileAtomic(experimentFile(dir), input.experimentSource);
    const found = await readBatch(dir);
    const jobs = await openJobs({ ...input, now, redact, onError }, found);
    const moved = await adoptFinishedTries(dir, found, jobs);
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

/** Ends the move of tries that were complete when their run was killed. Returns the batch as it is then. */
async function adoptFinishedTries(
  dir: string,
  found: BatchOnDisk,
  jobs: ReadonlyMap<string, JobWriter>,
): Promise<BatchOnDisk> {
  let adopted = 0;
  for (const trial of found.trials) {
    if (!trial.dir.startsWith(".regatta/")) continue;
    const name =
      jobs.get(trial.id.profile)?.name ?? found.jobs.findLast((job) => job.profile === trial.id.profile)?.name;
    if (name === undefined) continue;
    await moveIntoJob(dir, join(dir, trial.dir), join(runsDir(dir), name, trial.trialName));
    adopted += 1;
  }
  return adopted === 0 ? found : readBatch(dir);
}
