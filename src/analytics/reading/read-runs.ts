/** All trials of a directory, each counted once, and everything that was left out with its reason. Nothing is dropped silently. */
import { join } from "node:path";
import { isRecord } from "../../base/is-record.ts";
import { cellKey, type TrialId } from "../../contract/plan.ts";
import type { RewardRule } from "../../contract/reward-rule.ts";
import { EXTRAS, EXTRAS_FILE } from "../../records/trial-directory.ts";
import { asTrialExtras } from "../../records/trial-extras.ts";
import { ANALYTICS_VERSION } from "../version.ts";
import { findJobs, type FoundJob, kindOf } from "./find-jobs.ts";
import {
  asCached,
  type CachedReading,
  isFresh,
  loadCache,
  type LoadedCache,
  saveCache,
  type TrialValues,
} from "./reading-cache.ts";
import { configurationOf } from "./agent-of.ts";
import { onlyInJob } from "./gone-trials.ts";
import { taskIn } from "./read-trial.ts";
import type { Computed } from "./compute-trial.ts";
import { computeTrials } from "./compute-trials.ts";
import { timeOf } from "./seconds.ts";
import { statOf, TrialInputs } from "./trial-inputs.ts";

export interface ReadTrial extends TrialValues {
  /** Relative to the root that was read. */
  readonly path: string;
  readonly job: string;
}

export interface LeftOut {
  readonly path: string;
  readonly reason: string;
  /**
   * `same`: counted as another; `none`: no trial; `unstarted`: planned, and not there; `unfinished`: a trial without a result;
   * `unreadable`: one whose result cannot be read, or has gone.
   */
  readonly kind: "same" | "none" | "unstarted" | "unfinished" | "unreadable";
  /** Null when not even that is known. */
  readonly task: string | null;
  readonly job: string | null;
  /** Which of ours it is, where its record or the index says so. */
  readonly own: TrialId | null;
  /** As a trial's facts have it; null = not known. */
  readonly configuration: string | null;
  /** The path of the trial that is counted instead, where this one is the same. */
  readonly sameAs?: string;
}

export interface ReadJob {
  readonly name: string;
  /** The job's own result.json, for what Harbor says of it; null when there is none that can be read. */
  readonly result: Readonly<Record<string, unknown>> | null;
  /** Every trial that could be read in it, those counted elsewhere included. */
  readonly onDisk: readonly ReadTrial[];
}

export interface RunsRead {
  readonly root: string;
  readonly jobs: readonly ReadJob[];
  readonly trials: readonly ReadTrial[];
  readonly leftOut: readonly LeftOut[];
  /** Trials that did not have to be read again. */
  readonly cached: number;
  /** The same digest is the same trials; null where the readings could not be kept. */
  readonly digest: string | null;
}

export interface ReadOptions {
  /** Null = no cache. */
  readonly cacheFile: string | null;
  /** Compare contents too, instead of trusting what the file system says of a file. */
  readonly verifyCache: boolean;
  readonly rule: RewardRule;
}

export async function readRuns(dir: string, { cacheFile, verifyCache, rule }: ReadOptions): Promise<RunsRead> {
  const found = findJobs(dir);
  // Rewards are judged while they are read: readings by another rule are of no use.
  const version = JSON.stringify([ANALYTICS_VERSION, rule.key, rule.successAt]);
  const { readings: before, digest }: LoadedCache =
    cacheFile === null ? { readings: new Map(), digest: "" } : await loadCache(cacheFile, version);
  const after = new Map<string, CachedReading>();
  const leftOut: LeftOut[] = found.others.map((name) => ({
    path: name,
    reason: "no job directory: neither its files nor those of a trial are in it",
    ...NO_TRIAL,
    job: null,
  }));
  const single = found.jobs.length === 1 && found.jobs[0]?.dir === found.root;
  const folders = found.jobs.flatMap((job) =>
    job.folders.map((folder) => ({ job, dir: join(job.dir, folder), path: single ? folder : `${job.name}/${folder}` })),
  );
  const stale: string[] = [];
  for (const { dir: folder, path } of folders) {
    const known = before.get(path);
    if (known !== undefined && isFresh(folder, known, verifyCache)) after.set(path, known);
    else stale.push(folder);
  }
  const cached = after.size;
  const computed = await computeTrials(stale, { checksums: verifyCache, rule });
  const byJob = new Map<FoundJob, ReadTrial[]>(found.jobs.map((job) => [job, []]));
  for (const { job, dir: folder, path } of folders) {
    const fresh = computed.get(folder);
    const reading = fresh === undefined ? after.get(path)?.reading : fresh.reading;
    if (fresh !== undefined && "leftOut" in fresh.reading) {
      leftOut.push({ path, job: job.name, ...explained(folder, fresh.reading) });
    } else if (reading !== undefined && !("leftOut" in reading)) {
      if (fresh !== undefined) after.set(path, asCached(fresh.inputs, reading));
      byJob.get(job)?.push({ path, job: job.name, ...reading });
    }
  }
  const jobs = found.jobs.map((job): ReadJob => ({
    name: job.name,
    result: jobResult(job),
    onDisk: byJob.get(job) ?? [],
  }));
  const unchanged = cached === after.size && after.size === before.size;
  const kept = cacheFile === null ? null : unchanged ? digest : await saveCache(cacheFile, version, after);
  const trials = eachOnce(found.root, jobs, leftOut);
  leftOut.push(...onlyInIndex(found.root, trials, leftOut));
  for (const [at, job] of jobs.entries())
    leftOut.push(...onlyInJob(job, found.jobs[at]?.folders ?? [], single, leftOut));
  return {
    root: found.root,
    jobs,
    trials,
    leftOut,
    cached,
    digest: kept,
  };
}

function explained(
  dir: string,
  { leftOut, unfinished }: Extract<Computed["reading"], { readonly leftOut: string }>,
): Omit<LeftOut, "path" | "job"> {
  if (unfinished && kindOf(dir) === "job") return { reason: "a job inside a job: analyze it by itself", ...NO_TRIAL };
  if (unfinished && kindOf(dir) === "unknown")
    return { reason: "no trial directory: none of a trial's files is in it", ...NO_TRIAL };
  const inputs = new TrialInputs(dir);
  const config = inputs.json("config.json");
  const value = config.state === "ok" && isRecord(config.value) ? config.value : {};
  const extras = inputs.jsonIfThere(`${EXTRAS}/${EXTRAS_FILE}`);
  const own = extras.state === "ok" ? (asTrialExtras(extras.value)?.record.id ?? null) : null;
  return {
    reason: leftOut,
    kind: unfinished ? "unfinished" : "unreadable",
    task: own?.task ?? taskIn(value["task"]),
    own,
    configuration: configurationOf(value),
  };
}

const NO_TRIAL = { kind: "none", task: null, own: null, configuration: null } as const;

function jobResult({ dir }: FoundJob): ReadJob["result"] {
  const file = new TrialInputs(dir).json("result.json", {
    members: { trial_results: "skip" },
    others: "keep",
  });
  return file.state === "ok" && isRecord(file.value) ? file.value : null;
}

/** The same trial seen twice (a link, a copied job, a cell of ours run again) counts once; the one that ended later stands. */
function eachOnce(root: string, jobs: readonly ReadJob[], leftOut: LeftOut[]): ReadTrial[] {
  const kept = new Map<string, ReadTrial>();
  const keys = new Map<ReadTrial, string[]>();
  for (const trial of jobs.flatMap(({ onDisk }) => onDisk)) {
    const own = identities(root, trial);
    const other = own.map((key) => kept.get(key)).find((each) => each !== undefined);
    if (other !== undefined) {
      const later = timeOf(trial.facts.finishedAt) > timeOf(other.facts.finishedAt);
      const [out, stays] = later ? [other, trial] : [trial, other];
      leftOut.push({
        path: out.path,
        reason: "the same trial as another: counted once",
        kind: "same",
        sameAs: stays.path,
        task: out.facts.task,
        own: out.facts.own,
        configuration: out.facts.configuration,
        job: out.job,
      });
      if (!later) continue;
      for (const key of keys.get(other) ?? []) kept.delete(key);
      keys.delete(other);
    }
    keys.set(trial, own);
    for (const key of own) kept.set(key, trial);
  }
  return [...keys.keys()];
}

/** A result.json without an id is told by where it is. */
function identities(root: string, { path, job, facts }: ReadTrial): string[] {
  const cell = facts.own === null ? [] : [`cell ${job} ${cellKey(facts.own)}`];
  if (facts.uuid !== "") return [`id ${facts.uuid}`, ...cell];
  const stat = statOf(join(root, path));
  return stat === undefined ? cell : [`at ${stat.dev}:${stat.ino}`, ...cell];
}

/** Trials that a batch's index names and that are nowhere to be read: never started, cut off, or gone. */
function onlyInIndex(root: string, trials: readonly ReadTrial[], leftOut: readonly LeftOut[]): LeftOut[] {
  const file = new TrialInputs(root).json("index.json");
  const runs = file.state === "ok" && isRecord(file.value) ? file.value["runs"] : null;
  if (!Array.isArray(runs)) return [];
  const cells = new Set(trials.flatMap(({ facts }) => (facts.own === null ? [] : [cellKey(facts.own)])));
  const paths = new Set([...trials, ...leftOut].map(({ path }) => path));
  return runs.filter(isRecord).flatMap((run): LeftOut[] => {
    const { task_id: task, agent_key: profile, attempt, outcome, results_json: results } = run;
    if (typeof task !== "string" || typeof profile !== "string") return [];
    const number = typeof attempt === "number" ? attempt : 1;
    const path = typeof results === "string" ? results.replace(/^runs\//, "").replace(/\/result\.json$/, "") : null;
    if (cells.has(cellKey({ task, profile, attempt: number })) || (path !== null && paths.has(path))) return [];
    const reason =
      path === null
        ? `${typeof outcome === "string" ? outcome : "no result"}: index.json has no result of it`
        : "index.json names it, but its directory is not there";
    const own = { task, profile, attempt: number };
    const kind = path === null ? "unstarted" : "unreadable";
    return [
      {
        path: path ?? `${profile} × ${task}, attempt ${number}`,
        reason,
        kind,
        task,
        job: null,
        own,
        configuration: null,
      },
    ];
  });
}
