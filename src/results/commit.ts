/**
 * How a try becomes a trial: its files written and synced, result.json last, then one rename into the job directory.
 *
 * Killed before result.json: an unfinished try, which stays where it is. Killed after it: `adoptFinishedTries` ends the move.
 */
import { jsonText } from "../base/inert.ts";
import { mkdir, readdir, rename, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Task } from "../contract/task.ts";
import type { TrialRecord } from "../contract/trial-record.ts";
import { isErrno, makeDirs, syncDir, syncTree, writeFileAtomic, writeSynced } from "../host/files.ts";
import { exceptionInfo } from "./harbor/exception.ts";
import { harborJson } from "./harbor/json.ts";
import { trialResult } from "./harbor/trial-result.ts";
import { EXTRAS, EXTRAS_FILE, RESULT } from "../records/trial-directory.ts";
import { asNumber, setAsideDir } from "./layout.ts";
import { forgetCheckpoint } from "./unfinished-try.ts";
import type { TrialExtras } from "../records/trial-extras.ts";

export interface TrialFiles {
  readonly config: Readonly<Record<string, unknown>>;
  readonly lock: Readonly<Record<string, unknown>>;
  readonly extras: TrialExtras;
  readonly task: Pick<Task, "name" | "dir" | "source" | "digest">;
  /** Absolute, where the trial will be. */
  readonly finalDir: string;
}

export async function writeTrialFiles(tryDir: string, files: TrialFiles): Promise<void> {
  const { record } = files.extras;
  await Promise.all([
    writeSynced(join(tryDir, "config.json"), harborJson(files.config)),
    writeSynced(join(tryDir, "lock.json"), harborJson(files.lock)),
    writeRecord(tryDir, files.extras),
  ]);
  // Once there is a result, a power cut may not take what it rests on.
  await syncTree(tryDir);
  // The commit mark: from here on the trial has happened.
  await writeFileAtomic(
    join(tryDir, RESULT),
    harborJson(trialResult(record, files.task, files.config, files.finalDir)),
  );
}

/** What a try leaves that is followed by another: everything but Harbor's files. */
export async function writeRecord(tryDir: string, extras: TrialExtras): Promise<void> {
  await mkdir(join(tryDir, EXTRAS), { recursive: true });
  await writeSynced(join(tryDir, EXTRAS, EXTRAS_FILE), jsonText(extras));
  const { treatment } = extras.record;
  if (treatment !== undefined) await writeSynced(join(tryDir, EXTRAS, "treatment.json"), jsonText(treatment));
  await writeException(tryDir, extras.record);
}

async function writeException(tryDir: string, record: TrialRecord): Promise<void> {
  const exception = exceptionInfo(record);
  if (exception !== null) await writeSynced(join(tryDir, "exception.txt"), `${exception.exception_traceback}\n`);
}

/** Moves a try that has its result.json into its job; an older trial of that name is set aside first, never deleted. */
export async function moveIntoJob(batchDir: string, tryDir: string, finalDir: string): Promise<void> {
  await setAside(batchDir, finalDir);
  await forgetCheckpoint(tryDir);
  await rename(tryDir, finalDir);
  await syncDir(dirname(finalDir));
  await removeIfEmpty(dirname(tryDir));
}

/** Moves a trial directory to `.regatta/set-aside/<job>/<trial>__<n>`; nothing happens when there is none. */
export async function setAside(batchDir: string, trialDir: string): Promise<void> {
  const target = await setAsidePlace(batchDir, trialDir);
  const dir = dirname(target);
  try {
    await rename(trialDir, target);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
    if (!(await isThere(trialDir))) return;
    await makeDirs(dir);
    await rename(trialDir, target);
  }
  await syncDir(dir);
}

/** Where `setAside` will move it. */
export async function setAsidePlace(batchDir: string, trialDir: string): Promise<string> {
  const job = basename(dirname(trialDir));
  const dir = join(setAsideDir(batchDir), job);
  const prefix = `${basename(trialDir)}__`;
  let names: string[] = [];
  try {
    names = await readdir(dir);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
  const numbers = names
    .filter((name) => name.startsWith(prefix))
    .map((name) => asNumber(name.slice(prefix.length)) ?? 0);
  return join(dir, `${prefix}${Math.max(0, ...numbers) + 1}`);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await readdir(path);
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return false;
    throw error;
  }
}

async function removeIfEmpty(dir: string): Promise<void> {
  try {
    await rmdir(dir);
  } catch (error) {
    // Earlier tries are still in it, or it is gone already.
    if (!isErrno(error, "ENOTEMPTY", "EEXIST", "ENOENT")) throw error;
  }
}
