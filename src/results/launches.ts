/** The launches of a batch: `.regatta/launches/<k>/{experiment.toml,plan.lock.json}`, k from 0, written once and never again. */
import { inert } from "../base/inert.ts";
import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { isRecord } from "../base/is-record.ts";
import type { Failure } from "../contract/failure.ts";
import { cellKey, type TrialId } from "../contract/plan.ts";
import type { PlanLock } from "../contract/plan-lock.ts";
import { isErrno, makeDirs, readJsonTolerant, syncDir, writeSynced } from "../host/files.ts";
import { asNumber, launchesDir } from "./layout.ts";

export interface Launch {
  readonly launch: number;
  readonly lock: PlanLock;
}

/** A trial that some launch planned; the latest launch that has it defines it. */
export interface PlannedTrial extends TrialId {
  readonly trialName: string;
  readonly refused: Failure | null;
  readonly launch: number;
}

export type OnProblem = (path: string, message: string) => void;

/** Appears complete or not at all. @returns its number. */
export async function writeLaunch(batchDir: string, source: string, lock: PlanLock): Promise<number> {
  const dir = launchesDir(batchDir);
  await makeDirs(dir);
  const launch = Math.max(-1, ...(await launchNumbers(dir))) + 1;
  const temporary = join(dir, `.launch.${randomUUID().slice(0, 8)}.tmp`);
  await mkdir(temporary);
  await writeSynced(join(temporary, "experiment.toml"), source);
  await writeSynced(join(temporary, "plan.lock.json"), `${inert(JSON.stringify(lock, null, 1))}\n`);
  await syncDir(temporary);
  await rename(temporary, join(dir, String(launch)));
  await syncDir(dir);
  return launch;
}

export async function readLaunches(batchDir: string, onProblem: OnProblem): Promise<readonly Launch[]> {
  const dir = launchesDir(batchDir);
  const launches: Launch[] = [];
  for (const launch of (await launchNumbers(dir)).sort((a, b) => a - b)) {
    const file = join(dir, String(launch), "plan.lock.json");
    const read = await readJsonTolerant(file);
    const lock = read.state === "ok" ? asPlanLock(read.value) : null;
    if (lock !== null) launches.push({ launch, lock });
    else onProblem(file, read.state === "ok" ? "it is not a plan" : whyNot(read));
  }
  return launches;
}

export function whyNot(
  read: { readonly state: "missing" } | { readonly state: "unreadable"; readonly message: string },
): string {
  return read.state === "missing" ? "it is missing" : read.message;
}

async function launchNumbers(dir: string): Promise<number[]> {
  try {
    return (await readdir(dir)).map(asNumber).filter((number) => number !== null);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}

/** In the order in which they were first planned. */
export function plannedTrials(launches: readonly Launch[]): readonly PlannedTrial[] {
  const planned = new Map<string, PlannedTrial>();
  for (const { launch, lock } of launches) {
    for (const { task, profile, attempt, trial_name, refused } of lock.trials) {
      const trial = { task, profile, attempt, trialName: trial_name, refused, launch };
      planned.set(cellKey(trial), trial);
    }
  }
  return [...planned.values()];
}

/** Checks what is read here; a newer program's additions pass. */
function asPlanLock(value: unknown): PlanLock | null {
  if (!isRecord(value) || !Array.isArray(value["trials"])) return null;
  if (typeof value["slug"] !== "string" || typeof value["created_at"] !== "string") return null;
  if (typeof value["experiment_file"] !== "string" || typeof value["root"] !== "string") return null;
  if (!isRecord(value["run"]) || !isRecord(value["run"]["cell"]) || !isRecord(value["run"]["launch"])) return null;
  if (!isRecord(value["tasks"]) || !isRecord(value["profiles"])) return null;
  const sound = value["trials"].every(
    (trial) =>
      isRecord(trial) &&
      typeof trial["task"] === "string" &&
      typeof trial["profile"] === "string" &&
      typeof trial["attempt"] === "number" &&
      typeof trial["trial_name"] === "string",
  );
  return sound ? (value as unknown as PlanLock) : null;
}
