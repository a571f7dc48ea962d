/** Temporary files that a killed run left in its batch. Only for whoever holds the batch's lease, or while nobody does. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isErrno, removeTemporaries } from "../host/files.ts";
import { artifactsDir, jobsExtrasDir, launchesDir, leasesDir, runsDir, triesDir } from "./layout.ts";

/** @returns how many there were. */
export async function removeUnfinishedWrites(batchDir: string): Promise<number> {
  const runs = runsDir(batchDir);
  const places = [batchDir, leasesDir(batchDir), launchesDir(batchDir), runs];
  for (const job of await foldersIn(runs)) places.push(join(runs, job));
  for (const profile of await foldersIn(jobsExtrasDir(batchDir))) places.push(join(jobsExtrasDir(batchDir), profile));
  const tries = triesDir(batchDir);
  for (const profile of await foldersIn(tries))
    for (const trial of await foldersIn(join(tries, profile)))
      for (const number of await foldersIn(join(tries, profile, trial))) {
        const dir = join(tries, profile, trial, number);
        places.push(dir, join(dir, "artifacts"), join(dir, ".regatta"));
      }
  let removed = 0;
  for (const place of places) removed += await removeTemporaries(place);
  return removed + (await removeHalfCopies(artifactsDir(batchDir)));
}

/** A copy of a trial's artifacts that was not complete, or the one that it was to replace. */
async function removeHalfCopies(artifacts: string): Promise<number> {
  let removed = 0;
  for (const target of await foldersIn(artifacts))
    for (const name of await foldersIn(join(artifacts, target))) {
      if (!/^\..+\.[0-9a-f]{8}\.tmp(\.old)?$/.test(name)) continue;
      await rm(join(artifacts, target, name), { recursive: true, force: true });
      removed += 1;
    }
  return removed;
}

async function foldersIn(dir: string): Promise<string[]> {
  try {
    const entries = await readdir(dir, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}
