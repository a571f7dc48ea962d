/**
 * A batch as it is on disk, from its directories alone: works while it runs, cut off anywhere, and without any index.
 *
 * A trial counts once its result.json is there, wherever its folder is by then: a run killed between writing it and moving
 * the folder into its job has lost nothing. Whatever cannot be read becomes a problem, never an exception.
 */
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { mapBounded } from "../base/bounded.ts";
import { cellKey } from "../contract/plan.ts";
import { isErrno } from "../host/files.ts";
import { type DiskTrial, identifyUnknown, readTrialDir, type UnidentifiedTrial } from "./disk-trial.ts";
import { type Launch, type OnProblem, plannedTrials, type PlannedTrial, readLaunches } from "./launches.ts";
import { profileOfJob } from "../records/trial-directory.ts";
import { asNumber, runsDir, triesDir } from "./layout.ts";
import { type OwnerState, readOwner } from "./lease.ts";

export interface DiskJob {
  readonly profile: string;
  /** The directory's name under `runs/`. */
  readonly name: string;
}

/** Tries of a trial that are not part of a recorded one: it is being run, will be tried again, or its run was killed. */
export interface OpenTrial {
  readonly profile: string;
  readonly trialName: string;
  /** Highest number. */
  readonly try: number;
  /** Of that try, relative to the batch. */
  readonly dir: string;
}

export interface BatchProblem {
  /** Relative to the batch. */
  readonly path: string;
  readonly message: string;
}

export interface BatchOnDisk {
  /** Absolute. */
  readonly dir: string;
  readonly slug: string;
  readonly batch: number;
  readonly launches: readonly Launch[];
  readonly planned: readonly PlannedTrial[];
  readonly trials: readonly DiskTrial[];
  readonly jobs: readonly DiskJob[];
  readonly open: readonly OpenTrial[];
  readonly owner: OwnerState;
  readonly problems: readonly BatchProblem[];
}

const READS_AT_ONCE = 32;

export async function readBatch(dir: string): Promise<BatchOnDisk> {
  const problems: BatchProblem[] = [];
  const onProblem: OnProblem = (path, message) => {
    problems.push({ path: path.startsWith(`${dir}/`) ? path.slice(dir.length + 1) : path, message });
  };
  const owner = await readOwner(dir);
  const launches = await readLaunches(dir, onProblem);
  const planned = plannedTrials(launches);
  const jobs = await readJobs(dir, onProblem);
  const inJobs = await trialFolders(dir, jobs);
  const inTries = await tryFolders(dir);
  const read = await mapBounded(inJobs, READS_AT_ONCE, (folder) => readTrialDir(dir, folder.path, folder.profile));
  const readTries = await mapBounded(inTries, READS_AT_ONCE, (folder) => readTrialDir(dir, folder.dir, folder.profile));

  const found: (DiskTrial | UnidentifiedTrial)[] = [];
  for (const each of read) {
    if (each.problem !== null) onProblem(each.path, each.problem);
    if (each.trial !== null) found.push(each.trial);
  }
  for (const each of readTries) if (each.trial !== null) found.push(each.trial);
  const trials = oneForEachCell(identifyUnknown(found, planned, idsByName(launches)), onProblem);
  // Tries up to the recorded one belong to the trial that is recorded.
  const recorded = new Map(trials.map((trial) => [trial.trialName, trial.record.try]));
  const last = launches.at(-1);
  return {
    dir,
    slug: last?.lock.slug ?? basename(dirname(dir)),
    batch: asNumber(basename(dir)) ?? 0,
    launches,
    planned,
    trials,
    jobs,
    open: highestTries(inTries).filter((open) => open.try > (recorded.get(open.trialName) ?? 0)),
    owner,
    problems,
  };
}

function idsByName(launches: readonly Launch[]): ReadonlyMap<string, string> {
  const ids = new Map<string, string>();
  for (const { lock } of launches) {
    for (const [id, { name }] of Object.entries(lock.tasks)) if (typeof name === "string") ids.set(name, id);
  }
  return ids;
}

async function readJobs(dir: string, onProblem: OnProblem): Promise<DiskJob[]> {
  const jobs: DiskJob[] = [];
  for (const name of await folders(runsDir(dir))) {
    const profile = profileOfJob(name);
    if (profile !== null) jobs.push({ profile, name });
    else onProblem(`runs/${name}`, "not a job directory of this batch: left alone");
  }
  return jobs;
}

async function trialFolders(dir: string, jobs: readonly DiskJob[]): Promise<{ path: string; profile: string }[]> {
  const found: { path: string; profile: string }[] = [];
  for (const { name, profile } of jobs) {
    for (const trial of await folders(join(runsDir(dir), name))) {
      found.push({ path: `runs/${name}/${trial}`, profile });
    }
  }
  return found;
}

/** Every try folder, the highest of a trial last. */
async function tryFolders(dir: string): Promise<OpenTrial[]> {
  const root = triesDir(dir);
  const found: OpenTrial[] = [];
  for (const profile of await folders(root)) {
    for (const trialName of await folders(join(root, profile))) {
      const numbers = (await folders(join(root, profile, trialName))).map(asNumber).filter((each) => each !== null);
      for (const number of numbers.sort((a, b) => a - b)) {
        found.push({ profile, trialName, try: number, dir: `.regatta/tries/${profile}/${trialName}/${number}` });
      }
    }
  }
  return found;
}

function highestTries(tries: readonly OpenTrial[]): readonly OpenTrial[] {
  return [...new Map(tries.map((open) => [`${open.profile}\0${open.trialName}`, open])).values()];
}

/** A later run of a cell stands for it; an earlier one is set aside when the run itself replaces it, else reported. */
function oneForEachCell(trials: readonly DiskTrial[], onProblem: OnProblem): readonly DiskTrial[] {
  const kept = new Map<string, DiskTrial>();
  for (const trial of trials) {
    const key = cellKey(trial.id);
    const other = kept.get(key);
    const later = other === undefined || trial.record.finishedAt >= other.record.finishedAt;
    if (later) kept.set(key, trial);
    if (other === undefined || trial.dir.startsWith(".regatta/") || other.dir.startsWith(".regatta/")) continue;
    const [out, stays] = later ? [other, trial] : [trial, other];
    if (out.record.outcome.kind === "cancelled") continue;
    onProblem(out.dir, `the same trial as ${stays.dir}, which ended later: not counted`);
  }
  return [...kept.values()];
}

/** Names of sub-directories in order; none where there is no such directory. Links are not followed. */
async function folders(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}
