/**
 * Trials that left no result which could be read, put into the cell they are of as far as that is known: there they count as not
 * scored, so that no bound is narrower for it. The others are counted by nobody, which is said. Pure.
 */
import { posix } from "node:path";
import { cellKey, type TrialId } from "../contract/plan.ts";
import { profileOfJob } from "../records/trial-directory.ts";
import { plural } from "../terminal/figures.ts";
import type { Observation } from "./analysis.ts";
import type { AnalyzedTrial } from "./profiles.ts";
import type { LeftOut } from "./reading/read-runs.ts";

/** A trial that an experiment planned. */
export interface PlannedCell extends TrialId {
  readonly trialName: string;
}

export interface Lost {
  readonly observations: readonly LostObservation[];
  /** Its task or its profile is not known, or no trial of its profile could be read. */
  readonly unplaced: readonly LeftOut[];
}

export interface LostObservation extends Observation {
  readonly lost: NonNullable<Observation["lost"]>;
  /** Null = planned, and there is no directory of it. */
  readonly leftOut: LeftOut | null;
}

/** What became of them, in sentences; none where nothing is lost. */
export function lostSentences({ observations, unplaced }: Lost): readonly string[] {
  const count = observations.length;
  return [
    ...(count === 0
      ? []
      : [
          `${plural(count, "trial")} left no result that could be read, and ${count === 1 ? "counts" : "count"} as not scored in the worst and best cases of ${count === 1 ? "its" : "their"} profile.`,
        ]),
    ...(unplaced.length === 0
      ? []
      : [
          `${plural(unplaced.length, count === 0 ? "trial" : "more trial", count === 0 ? "trials" : "more trials")} left no result, and of which task or profile is not known, or nothing else of the profile could be read: ` +
            `${unplaced.length === 1 ? "it is" : "they are"} in no figure and in no worst or best case.`,
        ]),
  ];
}

interface Chosen {
  readonly tasks: readonly string[] | null;
  readonly profiles: readonly string[] | null;
}

export function lostTrials(
  leftOut: readonly LeftOut[],
  trials: readonly AnalyzedTrial[],
  planned: readonly PlannedCell[],
  chosen: Chosen,
  alsoKnown: readonly string[] = [],
): Lost {
  const profileOf = profileNaming(trials);
  const tasks = new Set([...trials.map(({ id }) => id.task), ...alsoKnown]);
  const taken = new Set(trials.map(({ id }) => cellKey(id)));
  const isOpen = (wanted: readonly string[] | null, name: string | null): boolean =>
    wanted === null || name === null || wanted.includes(name);
  const observations: LostObservation[] = [];
  const unplaced: LeftOut[] = [];
  const place = (id: TrialId, kind: LostObservation["lost"], reason: string, from: LeftOut | null): void => {
    taken.add(cellKey(id));
    if (isOpen(chosen.tasks, id.task) && isOpen(chosen.profiles, id.profile))
      observations.push({ ...id, ...NOTHING_KNOWN, notScored: reason, lost: kind, leftOut: from });
  };

  for (const each of leftOut) {
    if (each.kind === "same" || each.kind === "none") continue;
    const own = each.own ?? plannedAs(each, planned);
    const profile = own === null ? profileOf.directory(each) : profileOf.planned(own.profile);
    const task = own?.task ?? knownTask(each.task, tasks) ?? taskByName(posix.basename(each.path), tasks);
    if (profile === null || task === null) {
      if (isOpen(chosen.tasks, task) && isOpen(chosen.profiles, profile)) unplaced.push(each);
      continue;
    }
    const attempt = own?.attempt ?? nextAttempt({ profile, task }, taken);
    // A cell that has a result is not lost: this was another try of it.
    if (!taken.has(cellKey({ profile, task, attempt })))
      place({ profile, task, attempt }, each.kind, each.reason, each);
  }
  for (const { task, profile: key, attempt } of planned) {
    const profile = profileOf.planned(key);
    if (profile === null || taken.has(cellKey({ profile, task, attempt }))) continue;
    place({ profile, task, attempt }, "unstarted", "not-started", null);
  }
  return { observations, unplaced };
}

const NOTHING_KNOWN = { reward: null, success: null, costUsd: null, tokens: null, seconds: null, assigned: null };

function plannedAs({ path, job }: LeftOut, planned: readonly PlannedCell[]): PlannedCell | null {
  const name = posix.basename(path);
  const profile = job === null ? null : (profileOfJob(job) ?? job);
  const found = planned.filter((each) => each.trialName === name && (profile === null || each.profile === profile));
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** What trials beside it, or a planned profile's, are called here; null where that is not one name. */
function profileNaming(trials: readonly AnalyzedTrial[]): {
  readonly directory: (leftOut: LeftOut) => string | null;
  readonly planned: (profile: string) => string | null;
} {
  const [jobs, profiles] = [new Map<string, Set<string>>(), new Map<string, Set<string>>()];
  const add = (map: Map<string, Set<string>>, key: string | null, name: string): void => {
    if (key !== null) map.set(key, (map.get(key) ?? new Set()).add(name));
  };
  for (const { id, job, facts } of trials) {
    add(jobs, job, id.profile);
    if (facts.configuration !== null) add(jobs, JSON.stringify([job, facts.configuration]), id.profile);
    add(profiles, facts.own?.profile ?? profileOfJob(job), id.profile);
  }
  const only = (names: ReadonlySet<string> | undefined): string | null => {
    const [first = null] = names?.size === 1 ? names : [];
    return first;
  };
  return {
    directory: ({ job, configuration }) =>
      job === null ? null : (only(jobs.get(job)) ?? only(jobs.get(JSON.stringify([job, configuration])))),
    planned: (profile) => only(profiles.get(profile)),
  };
}

/** A config says `name` where results say `org/name`. */
function knownTask(task: string | null, known: ReadonlySet<string>): string | null {
  if (task === null || known.has(task)) return task;
  const longer = [...known].filter((each) => each.endsWith(`/${task}`));
  return longer.length === 1 ? (longer[0] ?? task) : task;
}

/** Harbor calls a trial `<task[:32]>__<7 letters>`, without the task's organisation: enough where one known task fits. */
function taskByName(trialName: string, known: ReadonlySet<string>): string | null {
  const start = /^(.+)__[A-Za-z0-9]+$/.exec(trialName)?.[1];
  const fitting = [...known].filter((task) => posix.basename(task).slice(0, 32) === start);
  return fitting.length === 1 ? (fitting[0] ?? null) : null;
}

function nextAttempt({ profile, task }: Omit<TrialId, "attempt">, taken: ReadonlySet<string>): number {
  for (let attempt = 1; ; attempt++) if (!taken.has(cellKey({ profile, task, attempt }))) return attempt;
}
