/**
 * What a try has on the disk before it is a trial: from collection on the record without a verdict, then the verdict. With both, whoever
 * comes after a killed run makes the trial of it; with less, the try is kept and another one is run.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isRecord } from "../base/is-record.ts";
import type { EndedBy, Rewards } from "../contract/outcome.ts";
import type { Task } from "../contract/task.ts";
import { isErrno, readJsonTolerant, syncDir, syncTree, writeJsonAtomic } from "../host/files.ts";
import { EXTRAS } from "../records/trial-directory.ts";
import { packed, unpacked } from "./harbor/json.ts";
import { asTrialExtras, type TrialExtras } from "../records/trial-extras.ts";

const CHECKPOINT = "checkpoint.json";
const VERDICT = "verdict.json";

export interface Checkpoint {
  readonly extras: TrialExtras;
  readonly endedBy: EndedBy;
  readonly task: Pick<Task, "name" | "dir" | "source" | "digest">;
  readonly config: Readonly<Record<string, unknown>>;
  readonly lock: Readonly<Record<string, unknown>>;
}

export async function writeCheckpoint(
  tryDir: string,
  { extras, endedBy, task, config, lock }: Checkpoint,
): Promise<void> {
  const { name, dir, source, digest } = task;
  // With the verdict alone to come, what it is about has to be safe.
  await syncTree(tryDir);
  await writeJsonAtomic(join(tryDir, EXTRAS, CHECKPOINT), {
    schema_version: 1,
    extras,
    ended_by: endedBy,
    task: { name, dir, source, digest },
    config: packed(config),
    lock: packed(lock),
  });
}

export async function writeVerdict(tryDir: string, rewards: Rewards): Promise<void> {
  await syncTree(join(tryDir, "verifier"));
  await writeJsonAtomic(join(tryDir, EXTRAS, VERDICT), { schema_version: 1, rewards });
}

/** @returns null where there is none, or none that is whole. */
export async function readCheckpoint(tryDir: string): Promise<Checkpoint | null> {
  const read = await readJsonTolerant(join(tryDir, EXTRAS, CHECKPOINT));
  if (read.state !== "ok" || !isRecord(read.value)) return null;
  const { ended_by, task, config, lock } = read.value;
  const extras = asTrialExtras(read.value["extras"]);
  if (extras === null || !isRecord(ended_by) || !isRecord(task) || !isRecord(config) || !isRecord(lock)) return null;
  const { name, dir, source, digest } = task;
  if (typeof name !== "string" || typeof dir !== "string" || typeof digest !== "string") return null;
  if (typeof ended_by["kind"] !== "string") return null;
  return {
    extras,
    endedBy: ended_by as unknown as EndedBy,
    task: { name, dir, source: typeof source === "string" ? source : null, digest },
    config: unpacked(config) as Checkpoint["config"],
    lock: unpacked(lock) as Checkpoint["lock"],
  };
}

/** @returns null where there is none, or none that is whole. */
export async function readVerdict(tryDir: string): Promise<Rewards | null> {
  const read = await readJsonTolerant(join(tryDir, EXTRAS, VERDICT));
  const rewards = read.state === "ok" && isRecord(read.value) ? read.value["rewards"] : null;
  if (!isRecord(rewards) || !Object.values(rewards).every(Number.isFinite)) return null;
  return rewards as Rewards;
}

/** Once result.json is there these say nothing more. */
export async function forgetCheckpoint(tryDir: string): Promise<void> {
  for (const name of [CHECKPOINT, VERDICT]) await rm(join(tryDir, EXTRAS, name), { force: true });
  try {
    await syncDir(join(tryDir, EXTRAS));
  } catch (error) {
    // A trial of the real Harbor's has none.
    if (!isErrno(error, "ENOENT")) throw error;
  }
}
