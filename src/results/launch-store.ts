/**
 * The store of one launch. Job results and the index are written from memory, at most once per two seconds, so what a trial
 * costs does not grow with their number; `flush` makes them exact.
 */
import { mkdir, readdir } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import type { StampedEvent } from "../contract/event.ts";
import { cellKey, type Plan, type TrialPlan } from "../contract/plan.ts";
import type { PlanLock } from "../contract/plan-lock.ts";
import type { Task } from "../contract/task.ts";
import type { TrialRecord } from "../contract/trial-record.ts";
import { type AppendFile, openAppendFile } from "../host/append-file.ts";
import { isErrno, makeDirs, syncDir, writeFileAtomic } from "../host/files.ts";
import { rewardRuleOf } from "../contract/plan-lock.ts";
import { finishedEntry, unfinishedEntry } from "./build-index.ts";
import { moveIntoJob, setAside, setAsidePlace, writeRecord, writeTrialFiles } from "./commit.ts";
import { type DiskTrial, exists } from "./disk-trial.ts";
import { earlierTries } from "./earlier-tries.ts";
import { trialConfig } from "./harbor/configs.ts";
import type { JobTrial } from "./harbor/job-result.ts";
import { trialLock } from "./harbor/locks.ts";
import { jobLogLine } from "./job-log.ts";
import { type JobWriter, logLine } from "./job-writer.ts";
import type { PlannedTrial } from "./launches.ts";
import { EXTRAS } from "../records/trial-directory.ts";
import { asNumber, indexFile, triesDir } from "./layout.ts";
import type { Lease } from "./lease.ts";
import { mirrorArtifacts } from "./mirror-artifacts.ts";
import type { BatchOnDisk } from "./read-batch.ts";
import { redactEvent, redactRecord } from "./redact-record.ts";
import type { BatchStore, TryFolder } from "./store.ts";
import { throttle } from "./throttle.ts";
import { definitionDigest, type TrialExtras } from "../records/trial-extras.ts";
import { writeCheckpoint } from "./unfinished-try.ts";
import { indexText } from "./write-index.ts";

/** The index may be two seconds behind, the writing included. */
const WRITE_EVERY_MS = 1800;

export interface StoreInput {
  readonly dir: string;
  readonly slug: string;
  readonly batch: number;
  readonly launch: number;
  readonly plan: Plan;
  readonly lock: PlanLock;
  readonly now: () => Date;
  readonly redact: (text: string) => string;
  readonly onError: (message: string) => void;
  /** The batch at opening, this launch included. */
  readonly found: BatchOnDisk;
  readonly jobs: ReadonlyMap<string, JobWriter>;
  readonly journal: AppendFile;
  readonly lease: Lease;
}

export function createStore(input: StoreInput): BatchStore {
  const { dir, plan, lock, now, redact, found, jobs, journal } = input;
  const tasks = new Map(plan.tasks.map(({ task }) => [task.id, task]));
  const trials = new Map(found.trials.map((trial) => [cellKey(trial.id), trial]));
  const running = new Map<string, { readonly trial: TrialPlan; readonly try: number }>();
  const logs = new Map<TryFolder, AppendFile>();
  const digests = new Map<string, string>();
  const place = { file: lock.experiment_file, root: lock.root, rule: rewardRuleOf(lock) };

  let live = true;
  // Index entries as text, in the plan's order: only those that changed are rendered again.
  const lines = new Map<string, string>();
  for (const planned of found.planned) renderLine(planned);
  for (const trial of found.trials.toSorted((a, b) => (a.trialName < b.trialName ? -1 : 1))) {
    lines.set(cellKey(trial.id), JSON.stringify(finishedEntry(trial, place)));
  }
  const dirtyJobs = new Set(jobs.keys());

  function renderLine(planned: PlannedTrial): void {
    const key = cellKey(planned);
    const trial = trials.get(key);
    const open = running.get(key);
    const entry =
      trial !== undefined && open === undefined
        ? finishedEntry(trial, place)
        : unfinishedEntry(planned, { live, open: open === undefined ? null : openTrial(open.trial, open.try) }, place);
    lines.set(key, JSON.stringify(entry));
  }

  function changed(trial: TrialPlan): void {
    renderLine({ ...trial, launch: input.launch });
    dirtyJobs.add(trial.profile);
    throttled.touch();
  }

  async function writeIndexAndJobs(): Promise<void> {
    const dirty = [...dirtyJobs];
    dirtyJobs.clear();
    try {
      for (const profile of dirty) await writeJob(profile);
      await writeFileAtomic(indexFile(dir), indexText([...lines.values()]));
    } catch (error) {
      for (const profile of dirty) dirtyJobs.add(profile);
      throw error;
    }
  }

  async function writeJob(profile: string): Promise<void> {
    const job = jobs.get(profile);
    if (job === undefined) return;
    const mine = [...trials.values()].filter(({ id }) => id.profile === profile && !running.has(cellKey(id)));
    const busy = [...running.values()].filter(({ trial }) => trial.profile === profile).length;
    await job.writeResult(mine.map(jobTrial), busy);
  }

  function jobTrial({ id, trialName, record }: DiskTrial): JobTrial {
    const task = tasks.get(id.task);
    const entry = found.launches.findLast(({ lock: each }) => each.tasks[id.task] !== undefined)?.lock.tasks[id.task];
    const name = task?.name ?? entry?.["name"];
    const source = task === undefined ? entry?.["source"] : task.source;
    return {
      trialName,
      taskName: typeof name === "string" ? name : id.task,
      source: typeof source === "string" ? source : null,
      record,
    };
  }

  let reported = false;
  const throttled = throttle(writeIndexAndJobs, WRITE_EVERY_MS, (error) => {
    if (reported) return;
    reported = true;
    input.onError(`The index and the job results cannot be written: ${(error as Error).message}`);
  });
  throttled.touch();

  function taskOf(trial: TrialPlan): Task {
    const task = tasks.get(trial.task);
    if (task === undefined) throw new Error(`the plan has no task "${trial.task}"`);
    return task;
  }

  function jobOf(trial: TrialPlan): JobWriter {
    const job = jobs.get(trial.profile);
    if (job === undefined) throw new Error(`the plan has no profile "${trial.profile}"`);
    return job;
  }

  function extrasOf(trial: TrialPlan, record: TrialRecord): TrialExtras {
    const cell = `${trial.task}\0${trial.profile}`;
    const digest = digests.get(cell) ?? definitionDigest(lock, trial);
    digests.set(cell, digest);
    return { schema_version: 1, launch: input.launch, definition_digest: digest, record };
  }

  function documentsOf(trial: TrialPlan, job: JobWriter, task: Task) {
    const place = { trialName: trial.trialName, jobDir: job.dir, jobId: job.id };
    return { config: trialConfig(plan, job.profile, task, place), lock: trialLock(plan, job.profile, task) };
  }

  /** The record with every try there was, those of killed and stopped runs included. */
  async function withEarlier(trial: TrialPlan, folder: TryFolder, record: TrialRecord): Promise<TrialRecord> {
    const older = trials.get(cellKey(trial));
    const replaced =
      older === undefined || older.record.try >= folder.try
        ? null
        : { record: older.record, dir: relative(dir, await setAsidePlace(dir, join(dir, older.dir))) };
    const parent = join(triesDir(dir), trial.profile, trial.trialName);
    return { ...record, earlierTries: await earlierTries(dir, parent, folder.try, replaced) };
  }

  async function closeLog(folder: TryFolder): Promise<void> {
    await logs.get(folder)?.close();
    logs.delete(folder);
  }

  return {
    slug: input.slug,
    batch: input.batch,
    dir,
    launch: input.launch,

    readTrials(onProblem) {
      for (const { path, message } of found.problems) onProblem?.(path, message);
      return Promise.resolve([...trials.values()]);
    },

    async openTry(trial) {
      const before = trials.get(cellKey(trial))?.record.try ?? 0;
      const { number, path } = await makeTryDir(join(triesDir(dir), trial.profile, trial.trialName), before);
      const log = await openAppendFile(join(path, "trial.log"), (error) => {
        input.onError(`trial.log of ${trial.trialName} cannot be written: ${error.message}`);
      });
      const folder: TryFolder = {
        try: number,
        dir: path,
        agentDir: join(path, "agent"),
        verifierDir: join(path, "verifier"),
        artifactsDir: join(path, "artifacts"),
        extrasDir: join(path, EXTRAS),
        log: (level, message) => log.line(logLine(now(), level, redact(message))),
      };
      for (const made of [folder.agentDir, folder.verifierDir, folder.artifactsDir, folder.extrasDir])
        await mkdir(made);
      logs.set(folder, log);
      running.set(cellKey(trial), { trial, try: number });
      changed(trial);
      return folder;
    },

    async checkpoint(trial, folder, unsafeRecord, endedBy) {
      const record = await withEarlier(trial, folder, redactRecord(unsafeRecord, redact));
      const profileJob = jobOf(trial);
      const task = taskOf(trial);
      const { config, lock: taskLock } = documentsOf(trial, profileJob, task);
      await writeCheckpoint(folder.dir, { extras: extrasOf(trial, record), endedBy, task, config, lock: taskLock });
    },

    async commitTrial(trial, folder, unsafeRecord) {
      const record = await withEarlier(trial, folder, redactRecord(unsafeRecord, redact));
      const profileJob = jobOf(trial);
      const task = taskOf(trial);
      const finalDir = join(profileJob.dir, trial.trialName);
      await closeLog(folder);
      const extras = extrasOf(trial, record);
      await writeTrialFiles(folder.dir, { ...documentsOf(trial, profileJob, task), extras, task, finalDir });
      const path = `runs/${profileJob.name}/${trial.trialName}`;
      const older = trials.get(cellKey(trial));
      if (older !== undefined && older.dir !== path) await setAside(dir, join(dir, older.dir));
      await moveIntoJob(dir, folder.dir, finalDir);
      running.delete(cellKey(trial));
      trials.set(cellKey(trial), {
        id: record.id,
        trialName: trial.trialName,
        dir: path,
        record,
        launch: input.launch,
        definitionDigest: extras.definition_digest,
        hasTrajectory: await exists(join(finalDir, "agent", "trajectory.json")),
      });
      changed(trial);
      return path;
    },

    async keepTry(trial, folder, unsafeRecord) {
      await closeLog(folder);
      await writeRecord(folder.dir, extrasOf(trial, redactRecord(unsafeRecord, redact)));
      await syncDir(folder.dir);
      return `.regatta/tries/${trial.profile}/${trial.trialName}/${basename(folder.dir)}`;
    },

    mirrorArtifacts: (trialDir, targets) => mirrorArtifacts(dir, trialDir, targets),

    appendEvent(event: StampedEvent) {
      journal.line(JSON.stringify(redactEvent(event, redact)));
      const line = jobLogLine(event);
      if (line === null) return;
      const only = "trial" in event ? jobs.get(event.trial.profile) : undefined;
      for (const job of only === undefined ? jobs.values() : [only]) job.log(line.level, line.message);
    },

    touch: () => throttled.touch(),

    async flush() {
      await throttled.flush();
      await journal.sync();
      await Promise.all([...jobs.values()].map((job) => job.sync()));
    },

    async close() {
      throttled.stop();
      live = false;
      for (const planned of found.planned) renderLine(planned);
      try {
        await throttled.flush();
      } finally {
        await Promise.all([...logs.values()].map((log) => log.close()));
        await Promise.all([...jobs.values()].map((job) => job.close()));
        await journal.close();
        await input.lease.release();
      }
    },
  };
}

function openTrial(trial: TrialPlan, number: number) {
  return { profile: trial.profile, trialName: trial.trialName, try: number, dir: "" };
}

/** The next free number; those of killed runs are kept and counted. */
async function makeTryDir(
  parent: string,
  atLeast: number,
): Promise<{ readonly number: number; readonly path: string }> {
  await makeDirs(parent);
  const taken = (await readdir(parent)).map((name) => asNumber(name) ?? 0);
  for (let number = Math.max(atLeast, ...taken) + 1; ; number++) {
    const path = join(parent, String(number));
    try {
      await mkdir(path);
      await syncDir(parent);
      return { number, path };
    } catch (error) {
      if (!isErrno(error, "EEXIST")) throw error;
    }
  }
}
