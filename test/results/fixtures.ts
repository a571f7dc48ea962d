/** Temporary batches for these tests, and what is in them. */
import { accessSync, constants, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { onTestFinished } from "vitest";
import type { Plan, TrialPlan } from "../../src/contract/plan.ts";
import type { TrialRecord } from "../../src/contract/trial-record.ts";
import { createBatch } from "../../src/results/batch.ts";
import { openBatchStore, type OpenBatchInput } from "../../src/results/batch-store.ts";
import type { BatchStore } from "../../src/results/store.ts";
import { lockOf, NOW, plan, record } from "./plans.ts";

const MEMORY = "/dev/shm";

/** Where memory is a file system, for what is about the processor and would wait for a disk. */
export function memoryDir(): string {
  try {
    accessSync(MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(MEMORY);
    return temporaryDir(bavail * bsize > 1 << 28 ? MEMORY : tmpdir());
  } catch (error) {
    if (["ENOENT", "EACCES", "EROFS"].includes((error as NodeJS.ErrnoException).code ?? "")) return temporaryDir();
    throw error;
  }
}

export function temporaryDir(parent = tmpdir()): string {
  const dir = mkdtempSync(join(parent, "regatta-results-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export interface OpenedBatch {
  readonly dir: string;
  readonly store: BatchStore;
  readonly plan: Plan;
}

/** A new batch, or another launch of `dir`. */
export async function openBatch(
  options: { readonly dir?: string; readonly plan?: Plan } & Partial<Omit<OpenBatchInput, "dir" | "plan">> = {},
): Promise<OpenedBatch> {
  const { dir: existing, plan: given, ...rest } = options;
  const used = given ?? plan();
  const dir = existing ?? (await createBatch(join(temporaryDir(), "results"), "demo")).dir;
  const store = await openBatchStore({
    dir,
    slug: "demo",
    batch: 1,
    lock: lockOf(used),
    experimentSource: "schema_version = 2\n",
    plan: used,
    now: () => NOW,
    ...rest,
  });
  onTestFinished(() => store.close());
  return { dir, store, plan: used };
}

/** Runs one trial of the plan through the store. @returns its directory relative to the batch. */
export async function commit(batch: OpenedBatch, at: number, fields: Partial<TrialRecord> = {}): Promise<string> {
  const trial = trialAt(batch, at);
  const folder = await batch.store.openTry(trial);
  return batch.store.commitTrial(trial, folder, record(trial, { try: folder.try, ...fields }));
}

export function trialAt({ plan: used }: OpenedBatch, at: number): TrialPlan {
  const trial = used.trials[at];
  if (trial === undefined) throw new Error(`the plan has no trial ${at}`);
  return trial;
}

/** Every file and empty folder under `dir`, sorted; folders end with a slash. */
export async function tree(dir: string, base = dir): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (!entry.isDirectory()) found.push(relative(base, path));
    else {
      const inside = await tree(path, base);
      found.push(...(inside.length > 0 ? inside : [`${relative(base, path)}/`]));
    }
  }
  return found.sort();
}

export async function json(...path: string[]): Promise<unknown> {
  return JSON.parse(await readFile(join(...path), "utf8")) as unknown;
}
