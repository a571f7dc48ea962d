/**
 * Where the trials are: a batch (or its `runs/`), one job directory, or a folder of job directories, whoever wrote them.
 *
 * Links to directories are followed: people put jobs together that way. What is a trial twice then is found by its identity.
 */
import { basename, join } from "node:path";
import { isRecord } from "../../base/is-record.ts";
import { UserError } from "../../contract/failure.ts";
import { entriesIn, namesIn, statOf, TrialInputs } from "./trial-inputs.ts";

export interface FoundJob {
  readonly name: string;
  /** Absolute. */
  readonly dir: string;
  /** Names of its sub-directories, which may be trials. */
  readonly folders: readonly string[];
}

export interface FoundRuns {
  /** Absolute; paths in an analysis are relative to it. */
  readonly root: string;
  readonly jobs: readonly FoundJob[];
  /** Names in the root that are no jobs. */
  readonly others: readonly string[];
}

/** @throws {UserError} where there is no job at all. */
export function findJobs(dir: string): FoundRuns {
  if (!isDirectory(dir)) throw new UserError(`There is no directory ${dir}.`, EXPECTED);
  if (kindOf(dir) === "trial") {
    throw new UserError(`${dir} is the directory of one trial.`, [
      "Give its job, the directory around it.",
      ...EXPECTED,
    ]);
  }
  const folders = foldersIn(dir);
  if (folders.some((name) => kindOf(join(dir, name)) === "trial")) {
    return { root: dir, jobs: [{ name: basename(dir), dir, folders }], others: [] };
  }
  const jobs = folders.filter((name) => isJob(join(dir, name)));
  if (jobs.length > 0) {
    return {
      root: dir,
      jobs: jobs.map((name) => ({ name, dir: join(dir, name), folders: foldersIn(join(dir, name)) })),
      others: folders.filter((name) => !jobs.includes(name)),
    };
  }
  if (folders.includes("runs")) return findJobs(join(dir, "runs"));
  if (isJob(dir)) return { root: dir, jobs: [{ name: basename(dir), dir, folders }], others: [] };
  throw new UserError(`There is no Harbor job in ${dir}.`, EXPECTED);
}

const EXPECTED = [
  "Expected a batch's runs/, one job directory (with config.json and a directory for each trial), or a folder of job directories.",
];

const TRIAL_NAMES = new Set(["agent", "verifier", "trial.log", "exception.txt", "steps"]);

/** A job's files are called like a trial's: what is in them tells. */
export function kindOf(dir: string): "trial" | "job" | "unknown" {
  const names = namesIn(dir);
  const inputs = new TrialInputs(dir);
  for (const name of ["result.json", "config.json"]) {
    if (!names.includes(name)) continue;
    const file = inputs.json(name);
    if (file.state !== "ok" || !isRecord(file.value)) continue;
    if ("task_name" in file.value || "trial_name" in file.value || "task" in file.value) return "trial";
    if ("stats" in file.value || "job_name" in file.value || "agents" in file.value) return "job";
  }
  if (names.some((name) => TRIAL_NAMES.has(name))) return "trial";
  return names.includes("job.log") ? "job" : "unknown";
}

function isJob(dir: string): boolean {
  return kindOf(dir) === "job" || foldersIn(dir).some((name) => kindOf(join(dir, name)) === "trial");
}

/** Sorted; hidden ones are somebody's own. */
function foldersIn(dir: string): string[] {
  return entriesIn(dir)
    .filter((entry) => !entry.name.startsWith("."))
    .filter((entry) => entry.isDirectory() || (entry.isSymbolicLink() && isDirectory(join(dir, entry.name))))
    .map(({ name }) => name)
    .sort();
}

function isDirectory(path: string): boolean {
  return statOf(path)?.isDirectory() === true;
}
