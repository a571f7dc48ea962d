/**
 * One profile's Harbor job directory: config.json and lock.json once per launch, result.json kept up to date, job.log appended.
 * A continued batch goes on in the directory it has; id and start stay, tasks and attempts of earlier launches too.
 */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { isRecord } from "../base/is-record.ts";
import type { Profile } from "../contract/experiment.ts";
import type { Plan } from "../contract/plan.ts";
import { type AppendFile, openAppendFile } from "../host/append-file.ts";
import { makeDirs, readJsonTolerant, syncDir, writeFileAtomic, writeJsonAtomic } from "../host/files.ts";
import { jobConfig } from "./harbor/configs.ts";
import { type JobTrial, jobResult } from "./harbor/job-result.ts";
import { harborJson } from "./harbor/json.ts";
import { jobLock, trialLock } from "./harbor/locks.ts";
import { localNaive, utcMicroseconds } from "./harbor/times.ts";
import type { PlannedTrial } from "./launches.ts";
import { RESULT } from "../records/trial-directory.ts";
import { jobExtrasFile, runsDir } from "./layout.ts";

export interface JobWriter {
  readonly profile: Profile;
  readonly id: string;
  /** Absolute. */
  readonly dir: string;
  readonly name: string;
  log(level: "info" | "warn" | "error", message: string): void;
  writeResult(trials: readonly JobTrial[], running: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface JobInput {
  readonly batchDir: string;
  readonly plan: Plan;
  readonly profile: Profile;
  /** This profile's trials of all launches. */
  readonly planned: readonly PlannedTrial[];
  /** The job's directory name under `runs/` when an earlier launch made it. */
  readonly existing: string | null;
  /** Of the launch: jobs that it makes have it in common, however long making them takes. */
  readonly stamp: string;
  readonly version: string;
  readonly now: () => Date;
  readonly redact: (text: string) => string;
  readonly onError: (error: Error) => void;
}

export async function openJob(input: JobInput): Promise<JobWriter> {
  const { batchDir, profile, planned, now, stamp } = input;
  const jobsDir = runsDir(batchDir);
  const name = input.existing ?? `${stamp}__${profile.key}`;
  const dir = join(jobsDir, name);
  await makeDirs(dir);
  const { id, startedAt } = await identity(input, name);
  await writeConfig(input, dir, { jobName: name, jobsDir });
  await writeLock(input, dir);
  await syncDir(jobsDir);
  const log: AppendFile = await openAppendFile(join(dir, "job.log"), input.onError);
  let finishedAt = await finishedBefore(dir);
  const toEnd = new Set(planned.filter((trial) => trial.refused === null).map((trial) => trial.trialName));

  return {
    profile,
    id,
    dir,
    name,
    log(level, message) {
      log.line(logLine(now(), level, input.redact(message)));
    },
    async writeResult(trials, running) {
      const at = now();
      finishedAt = isComplete(toEnd, trials) ? (finishedAt ?? localNaive(at)) : null;
      const facts = {
        id,
        startedAt,
        updatedAt: utcMicroseconds(at.toISOString()),
        finishedAt,
        planned: planned.length,
        running,
      };
      await writeFileAtomic(join(dir, RESULT), harborJson(jobResult(facts, trials)));
    },
    sync: () => log.sync(),
    close: () => log.close(),
  };
}

/** UTC time, level, message; further lines of a message are indented, so that a line is always one entry or part of it. */
export function logLine(at: Date, level: string, message: string): string {
  return `${at.toISOString()} ${level.toUpperCase().padEnd(5)} ${message.trimEnd().replaceAll("\n", "\n    ")}`;
}

/** Harbor sets finished_at at a normal end only: a cancelled trial leaves it open. */
function isComplete(planned: ReadonlySet<string>, trials: readonly JobTrial[]): boolean {
  const ended = trials.filter(({ record }) => record.outcome.kind === "scored" || record.outcome.kind === "not-scored");
  const names = new Set(ended.map(({ trialName }) => trialName));
  return planned.size > 0 && [...planned].every((name) => names.has(name));
}

async function identity(input: JobInput, name: string): Promise<{ readonly id: string; readonly startedAt: string }> {
  const file = jobExtrasFile(input.batchDir, input.profile.key);
  const read = await readJsonTolerant(file);
  if (read.state === "ok" && isRecord(read.value)) {
    const { id, started_at } = read.value;
    if (typeof id === "string" && typeof started_at === "string") return { id, startedAt: started_at };
  }
  const made = { id: randomUUID(), startedAt: localNaive(input.now()) };
  await makeDirs(join(file, ".."));
  await writeJsonAtomic(file, { schema_version: 1, id: made.id, started_at: made.startedAt, job_name: name });
  return made;
}

async function finishedBefore(dir: string): Promise<string | null> {
  const read = await readJsonTolerant(join(dir, RESULT));
  if (read.state !== "ok" || !isRecord(read.value)) return null;
  const { finished_at } = read.value;
  return typeof finished_at === "string" ? finished_at : null;
}

/** A launch with fewer tasks or attempts must not make the job look smaller than it is. */
async function writeConfig(
  input: JobInput,
  dir: string,
  place: { readonly jobName: string; readonly jobsDir: string },
): Promise<void> {
  const file = join(dir, "config.json");
  const config = jobConfig(input.plan, input.profile, place);
  const before = await readJsonTolerant(file);
  const merged = before.state === "ok" && isRecord(before.value) ? withEarlier(config, before.value) : config;
  await writeFileAtomic(file, harborJson(merged));
}

function withEarlier(
  config: Readonly<Record<string, unknown>>,
  before: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const tasks = Array.isArray(config["tasks"]) ? (config["tasks"] as unknown[]) : [];
  const earlier = Array.isArray(before["tasks"]) ? (before["tasks"] as unknown[]) : [];
  const paths = new Set(tasks.map(pathOf));
  const attempts = Math.max(
    ...[config["n_attempts"], before["n_attempts"]].map((n) => (typeof n === "number" ? n : 1)),
  );
  return {
    ...config,
    ...(attempts > 1 && { n_attempts: attempts }),
    tasks: [...tasks, ...earlier.filter((task) => !paths.has(pathOf(task)))],
  };
}

function pathOf(task: unknown): unknown {
  return isRecord(task) ? task["path"] : undefined;
}

/** Depends on the plan alone, so it is written once per launch. Trials of tasks that this plan leaves out keep their locks. */
async function writeLock(input: JobInput, dir: string): Promise<void> {
  const { plan, profile, planned } = input;
  const file = join(dir, "lock.json");
  const before = await readJsonTolerant(file);
  const tasks = new Map(plan.tasks.map(({ task }) => [task.id, task]));
  const locks = new Map<string, unknown>();
  const trials: unknown[] = [];
  for (const { task: id } of planned) {
    const task = tasks.get(id);
    if (task === undefined) continue;
    const lock = locks.get(id) ?? trialLock(plan, profile, task);
    locks.set(id, lock);
    trials.push(lock);
  }
  const names = new Set(plan.tasks.map(({ task }) => task.name));
  const createdAt = earlierText(before, "created_at") ?? utcMicroseconds(input.now().toISOString());
  const kept = earlierTrials(before).filter((lock) => !names.has(lockedName(lock)));
  await writeFileAtomic(file, harborJson(jobLock(plan, input.version, createdAt, [...trials, ...kept])));
}

type Earlier = Awaited<ReturnType<typeof readJsonTolerant>>;

function earlierText(read: Earlier, key: string): string | null {
  const value = read.state === "ok" && isRecord(read.value) ? read.value[key] : null;
  return typeof value === "string" ? value : null;
}

function earlierTrials(read: Earlier): readonly unknown[] {
  const trials = read.state === "ok" && isRecord(read.value) ? read.value["trials"] : null;
  return Array.isArray(trials) ? trials : [];
}

function lockedName(lock: unknown): string {
  const task = isRecord(lock) ? lock["task"] : null;
  return isRecord(task) && typeof task["name"] === "string" ? task["name"] : "";
}
