/** `regatta compare` and what `gate` is made of: two batches, or directories of Harbor jobs, read and compared as `analyze` does. */
import { realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { allObservationsOf, analysisOf, type Analysis, type Observation } from "../analytics/analysis.ts";
import { compare as compareProfiles, type Comparison } from "../analytics/comparison/comparison.ts";
import { observedDrift, observedTaskChanges } from "../analytics/comparison/observed-drift.ts";
import { unmatchedTasks } from "../analytics/comparison/profile-figures.ts";
import { observedImageDrift } from "../analytics/comparison/observed-images.ts";
import { type By } from "../analytics/profiles.ts";
import { leftOutOf, type SideLeftOut } from "../analytics/comparison/left-out.ts";
import { readRuns, type RunsRead } from "../analytics/reading/read-runs.ts";
import { profilePairs, sideBySide, type SideName, sideProfile } from "../analytics/side-by-side.ts";
import type { Drift } from "../contract/drift.ts";
import type { AnalysisSettings } from "../contract/experiment.ts";
import { UserError } from "../contract/failure.ts";
import type { PlanLock } from "../contract/plan-lock.ts";
import { isErrno } from "../host/files.ts";
import { changedTasks, lockDrift, lockOver } from "../planning/lock-drift.ts";
import { profileOfJob } from "../records/trial-directory.ts";
import { type AnalyzeRequest, asBy, demandRule } from "./analyze.ts";
import { plannedIn, type RunsPlace, runsPlace } from "./runs-place.ts";

export interface CompareRequest {
  readonly cwd: string;
  /** As every command takes a batch, or a directory of Harbor jobs. */
  readonly a: string;
  readonly b: string;
  readonly by: string | undefined;
  readonly tasks: readonly string[] | null;
  /** `text`, or `text=codegraph`; null = those of the same name, else all with all. */
  readonly profiles: readonly string[] | null;
  readonly seed: number | undefined;
  /** In place of what the experiment of A says, else that of B. */
  readonly rule: AnalyzeRequest["rule"];
  /** Tasks that changed in between are left out, instead of being compared and said. */
  readonly withoutChangedTasks?: boolean;
}

export interface ComparedSide {
  readonly side: SideName;
  /** `demo/3`, or the directory as it was given. */
  readonly name: string;
  /** Absolute, of its runs. */
  readonly runs: string;
  /** When its first trial started; null = there is none that tells. */
  readonly startedAt: string | null;
  /** Trials that could be read. */
  readonly read: number;
}

export interface ComparedSides {
  readonly sides: readonly [ComparedSide, ComparedSide];
  readonly drift: readonly Drift[];
  /** Of those asked for: both digests are known, and differ. */
  readonly changedTasks: readonly string[];
  /** Tasks that A has a score for, and B no trial of. */
  readonly missingTasks: readonly string[];
  /** Everything that was found and is no trial of the comparison, with what it counts as. */
  readonly leftOut: readonly SideLeftOut[];
  /** Why the control is a historical one; null = both ran side by side. */
  readonly historical: string | null;
  readonly comparison: Comparison;
  /** Of the profiles compared, under their names in the comparison; with trials that left no result. */
  readonly observations: readonly Observation[];
  readonly settings: AnalysisSettings;
}

const SEED = 1;

export async function compareSides(request: CompareRequest): Promise<ComparedSides> {
  demandRule(request.rule);
  const by = asBy(request.by);
  const [placeA, placeB] = [await sidePlace(request.a, request.cwd), await sidePlace(request.b, request.cwd)];
  // The control says what counts: a change that is judged does not loosen the rule it is judged by.
  const base = placeA.launches.length > 0 || placeB.launches.length === 0 ? placeA : placeB;
  const settings = { ...base.settings, ...request.rule };
  const same = (await realPath(placeA.runs)) === (await realPath(placeB.runs));
  const readA = await readPlace(placeA, settings);
  const readB = same ? readA : await readPlace(placeB, settings);
  const known = [...new Set([...readA.trials, ...readB.trials].map(({ facts }) => facts.task))];
  const a = sideIn("A", placeA, readA, by, request.tasks, known);
  const b = same ? a : sideIn("B", placeB, readB, by, request.tasks, known);
  const pairs = profilePairs(a.profiles, b.profiles, request.profiles, same);
  const named = pairs.map(([ofA, ofB]) => [sideProfile("A", ofA), sideProfile("B", ofB)] as const);
  const both = sideBySide(a, b);
  const [lockA, lockB] = [lockOf(placeA), lockOf(placeB)];
  const drift = [
    ...(lockA === null || lockB === null ? [] : lockDrift(lockA, lockB, pairs)),
    ...observedDrift(both.trials, named),
    ...observedImageDrift(both.trials, named),
  ];
  const changed = (
    lockA === null || lockB === null ? observedTaskChanges(a.trials, b.trials) : changedTasks(lockA, lockB)
  ).filter((task) => request.tasks?.includes(task) !== false);
  const observations = allObservationsOf(both).filter(({ profile }) => named.some((pair) => pair.includes(profile)));
  const dropped = new Set(request.withoutChangedTasks === true ? changed : []);
  const used = observations.filter(({ task }) => !dropped.has(task));
  const compared = [...new Set([...named.map(([ofA]) => ofA), ...named.map(([, ofB]) => ofB)])];
  const sides = [sideOf("A", request.a, placeA, a), sideOf("B", request.b, placeB, b)] as const;
  return {
    sides,
    drift: [
      ...drift,
      // Locks have said it already.
      ...(lockA !== null && lockB !== null
        ? []
        : changed.map((task): Drift => ({ about: "task", what: task, a: "checksum", b: "another checksum" }))),
    ],
    changedTasks: changed,
    missingTasks: missing(used, named),
    leftOut: [...leftOutOf("A", a), ...leftOutOf("B", b)].filter(
      ({ task, cell, kind }) =>
        // How many are missing is known of a whole job alone.
        (task !== null || kind !== "unstarted" || request.tasks === null) &&
        (task === null || (!dropped.has(task) && request.tasks?.includes(task) !== false)) &&
        (cell === null || compared.includes(cell.profile)),
    ),
    historical: same || jobsOfOneBatch(placeA, placeB) ? null : historicalText(sides),
    comparison: compareProfiles(compared, used, {
      alpha: settings.alpha,
      margin: settings.margin,
      control: null,
      only: named,
      seed: request.seed ?? SEED,
    }),
    observations: used,
    settings,
  };
}

/** What is no directory here is a batch by its name; a batch's directory counts as one whatever it is called. */
async function sidePlace(argument: string, cwd: string): Promise<RunsPlace> {
  const asked = { cwd, batchArgument: undefined, batch: undefined, runs: undefined };
  const path = resolve(cwd, argument);
  const there = !argument.endsWith(".toml") && (await realPath(path)) !== null;
  if (!there) return runsPlace({ ...asked, batchArgument: argument });
  const ofBatch = (await realPath(join(path, "runs"))) !== null;
  if (ofBatch && /^\d+$/.test(basename(path))) return runsPlace({ ...asked, batchArgument: argument });
  return runsPlace({ ...asked, runs: ofBatch ? join(path, "runs") : path });
}

/** Two sides have two lists of tasks: an error says whose. */
function ofSide<T>(side: SideName, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${side}: ${error.message}`, error.lines);
    throw error;
  }
}

function readPlace(place: RunsPlace, { rewardKey, successAt }: AnalysisSettings): Promise<RunsRead> {
  return readRuns(place.runs, {
    cacheFile: place.cacheFile,
    verifyCache: false,
    rule: { key: rewardKey, successAt },
  });
}

/** @param known tasks of both sides: a trial that left no result may be of one that the other has */
function sideIn(
  side: SideName,
  place: RunsPlace,
  read: RunsRead,
  by: By | null,
  tasks: readonly string[] | null,
  known: readonly string[],
): Analysis {
  const filters = { tasks, profiles: null, limit: null, only: null };
  const found = ofSide(side, () => analysisOf(read, by, filters, { ...plannedIn(place), tasks: known }));
  if (found.trials.length > 0) return asPlanned(found, place);
  throw new UserError(
    `There is no trial in ${place.runs} that could be read.`,
    found.leftOut.slice(0, 5).map(({ path, reason }) => `${path}: ${reason}`),
  );
}

/** Trials that the real Harbor ran know their job alone, which is called after its profile and its start. */
function asPlanned(analysis: Analysis, place: RunsPlace): Analysis {
  const planned = lockOf(place)?.profiles ?? {};
  const of = (name: string): string => {
    const profile = Object.hasOwn(planned, name) ? null : profileOfJob(name);
    return profile !== null && Object.hasOwn(planned, profile) ? profile : name;
  };
  return {
    ...analysis,
    profiles: [...new Set(analysis.profiles.map(of))],
    trials: analysis.trials.map((trial) => ({ ...trial, id: { ...trial.id, profile: of(trial.id.profile) } })),
    lost: {
      ...analysis.lost,
      observations: analysis.lost.observations.map((each) => ({ ...each, profile: of(each.profile) })),
    },
  };
}

function lockOf({ launches }: RunsPlace): PlanLock | null {
  return lockOver(launches.map(({ lock }) => lock));
}

function missing(
  observations: readonly Observation[],
  pairs: readonly (readonly [string, string])[],
): readonly string[] {
  return [...new Set(pairs.flatMap(([ofA, ofB]) => unmatchedTasks(ofA, ofB, observations)))].sort();
}

function sideOf(side: SideName, argument: string, place: RunsPlace, { trials, read }: Analysis): ComparedSide {
  const dir = dirname(place.runs);
  const ours = place.launches.length > 0 && /^\d+$/.test(basename(dir));
  const name = ours ? `${basename(dirname(dir))}/${basename(dir)}` : argument;
  const starts = trials.map(({ facts }) => facts.startedAt).filter((at) => at !== "");
  return { side, name, runs: place.runs, startedAt: starts.sort()[0] ?? null, read };
}

/** Two job directories of the same `runs/`. */
function jobsOfOneBatch(a: RunsPlace, b: RunsPlace): boolean {
  return dirname(a.runs) === dirname(b.runs) && basename(dirname(a.runs)) === "runs";
}

function historicalText([a, b]: readonly [ComparedSide, ComparedSide]): string {
  const times = [a, b].map(({ startedAt }) => Date.parse(startedAt ?? ""));
  const hours = Math.abs((times[1] ?? NaN) - (times[0] ?? NaN)) / 3_600_000;
  const apart = !Number.isFinite(hours)
    ? ""
    : hours < 1
      ? ", started within an hour of each other"
      : hours < 48
        ? `, started ${Math.round(hours)} hours apart`
        : `, started ${Math.round(hours / 24)} days apart`;
  return (
    `A (${a.name}) is a historical control: it is not the same batch as B (${b.name})${apart}. What changed in between, ` +
    "such as load, the network or a model behind the same name, is in the difference too. Profiles of one batch run side by side."
  );
}

/** Null where there is nothing. */
async function realPath(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES", "ELOOP")) return null;
    throw error;
  }
}
