/**
 * Puts a batch in order whose run was killed: half-written files go, tries that were finished become trials, the others are recorded as
 * what they are and kept. Needs no plan and no experiment file: everything it says is on the disk. The caller holds the lease.
 */
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { TrialRecord } from "../contract/trial-record.ts";
import { syncDir } from "../host/files.ts";
import { EXTRAS, EXTRAS_FILE } from "../records/trial-directory.ts";
import { type TrialExtras } from "../records/trial-extras.ts";
import { moveIntoJob, writeRecord, writeTrialFiles } from "./commit.ts";
import { exists } from "./disk-trial.ts";
import { numbersIn, runDied } from "./earlier-tries.ts";
import type { PlannedTrial } from "./launches.ts";
import { runsDir, triesDir } from "./layout.ts";
import { type BatchOnDisk, type OpenTrial, readBatch } from "./read-batch.ts";
import { rewriteJobs } from "./rewrite-jobs.ts";
import { readCheckpoint, readVerdict } from "./unfinished-try.ts";
import { removeUnfinishedWrites } from "./unfinished-writes.ts";
import { writeIndex } from "./write-index.ts";

export interface Recovered {
  /** Names of trials whose tests had given their verdict. */
  readonly finished: readonly string[];
  /** Names of trials with a try that had not come so far: it is kept, and another one will be run. */
  readonly unfinished: readonly string[];
  /** Files that were half written. */
  readonly temporaries: number;
}

export async function recoverTries(batchDir: string, now: () => Date): Promise<Recovered> {
  const temporaries = await removeUnfinishedWrites(batchDir);
  const found = await readBatch(batchDir);
  const finished: string[] = [];
  const unfinished: string[] = [];
  for (const trial of found.trials) {
    if (!trial.dir.startsWith(".regatta/")) continue;
    if (await adopt(found, trial.dir, trial.id.profile, trial.trialName)) finished.push(trial.trialName);
  }
  const planned = new Map(found.planned.map((trial) => [`${trial.profile}\0${trial.trialName}`, trial]));
  for (const open of found.open) {
    if (await finishTry(found, open, now)) finished.push(open.trialName);
    else {
      unfinished.push(open.trialName);
      const plan = planned.get(`${open.profile}\0${open.trialName}`);
      if (plan !== undefined) await recordDeadTries(found, open, plan, now);
    }
  }
  const { batch } = await writeIndex(batchDir);
  await rewriteJobs(batch, now);
  return { finished, unfinished, temporaries };
}

/** @returns false when there is no job to move it into. */
async function adopt(found: BatchOnDisk, dir: string, profile: string, name: string): Promise<boolean> {
  const job = found.jobs.findLast((each) => each.profile === profile)?.name;
  if (job === undefined) return false;
  await moveIntoJob(found.dir, join(found.dir, dir), join(runsDir(found.dir), job, name));
  return true;
}

/** @returns whether its tests had given a verdict, and it is a trial now. */
async function finishTry(found: BatchOnDisk, open: OpenTrial, now: () => Date): Promise<boolean> {
  const dir = join(found.dir, open.dir);
  const job = found.jobs.findLast((each) => each.profile === open.profile)?.name;
  const [checkpoint, rewards] = [await readCheckpoint(dir), await readVerdict(dir)];
  if (job === undefined || checkpoint === null || rewards === null) return false;
  const { extras, endedBy, task, config, lock } = checkpoint;
  const record: TrialRecord = {
    ...extras.record,
    outcome: { kind: "scored", rewards, endedBy },
    finishedAt: now().toISOString(),
    remarks: [...extras.record.remarks, "its run died after the tests' verdict; the rest was done later"],
  };
  const finalDir = join(runsDir(found.dir), job, open.trialName);
  await writeTrialFiles(dir, { config, lock, extras: { ...extras, record }, task, finalDir });
  await moveIntoJob(found.dir, dir, finalDir);
  return true;
}

/** So that what a killed try cost is known to whatever is run after it. */
async function recordDeadTries(
  found: BatchOnDisk,
  open: OpenTrial,
  plan: PlannedTrial,
  now: () => Date,
): Promise<void> {
  const parent = join(triesDir(found.dir), open.profile, open.trialName);
  for (const number of await numbersIn(parent)) {
    const dir = join(parent, String(number));
    if (!(await exists(join(dir, EXTRAS, EXTRAS_FILE)))) await writeDeadTry(found, plan, dir, {}, now);
  }
}

/** @param known what could still be found out of it */
export async function writeDeadTry(
  found: BatchOnDisk,
  plan: PlannedTrial,
  dir: string,
  known: Partial<Pick<TrialRecord, "agent" | "usage" | "remarks">>,
  now: () => Date,
): Promise<void> {
  await mkdir(join(dir, EXTRAS), { recursive: true });
  const checkpoint = await readCheckpoint(dir);
  const extras = checkpoint?.extras ?? nothingKnown(found, plan, Number(basename(dir)), now);
  await writeRecord(dir, { ...extras, record: { ...extras.record, ...known } });
  await syncDir(join(dir, EXTRAS));
  await syncDir(dir);
}

function nothingKnown(found: BatchOnDisk, plan: PlannedTrial, number: number, now: () => Date): TrialExtras {
  const { task, profile, attempt, trialName, launch } = plan;
  const agent = found.launches.findLast((each) => each.launch === launch)?.lock.profiles[profile]?.agent;
  const at = now().toISOString();
  return {
    schema_version: 1,
    launch,
    definition_digest: "",
    record: {
      id: { task, profile, attempt },
      uuid: "",
      trialName,
      try: number,
      outcome: { kind: "cancelled", failure: runDied() },
      agent: { name: agent ?? "unknown", version: "unknown", model: null },
      agentExitCode: null,
      usage: null,
      startedAt: at,
      finishedAt: at,
      phases: {},
      remarks: [],
      earlierTries: [],
    },
  };
}
