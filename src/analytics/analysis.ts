/**
 * An analysis as a value: the trials that were read, under their profiles, after the filters. Tables, CSV and JSON are made
 * from it, and so will comparisons be: `observationsOf` is what they take.
 */
import { nearest } from "../base/nearest.ts";
import { UserError } from "../contract/failure.ts";
import { numberOf } from "./known.ts";
import { METRICS } from "./metrics/registry.ts";
import type { Metric } from "./metrics/metric.ts";
import { type AnalyzedTrial, assignProfiles, type By } from "./profiles.ts";
import { type Lost, lostTrials, type PlannedCell } from "./lost-trials.ts";
import type { LeftOut, ReadJob, RunsRead } from "./reading/read-runs.ts";

export interface Filters {
  /** Null = all. */
  readonly tasks: readonly string[] | null;
  readonly profiles: readonly string[] | null;
  /** At most so many trials, in order. */
  readonly limit: number | null;
  /** Only trials that succeeded, or only scored ones that did not. */
  readonly only: "succeeded" | "failed" | null;
}

export interface Analysis {
  readonly root: string;
  readonly profiles: readonly string[];
  readonly tasks: readonly string[];
  readonly trials: readonly AnalyzedTrial[];
  readonly leftOut: readonly LeftOut[];
  /** Those of them that are trials, and what was planned and is not there; after the filters. */
  readonly lost: Lost;
  readonly notes: readonly string[];
  readonly jobs: readonly ReadJob[];
  /** Trials that could be read, before the filters. */
  readonly read: number;
  readonly cached: number;
  /** Without those of a tool that left nothing in any trial. */
  readonly metrics: readonly Metric[];
}

/** One trial as comparisons take it. */
export interface Observation {
  readonly profile: string;
  readonly task: string;
  readonly attempt: number;
  readonly reward: number | null;
  readonly success: boolean | null;
  readonly costUsd: number | null;
  /** Input and output. */
  readonly tokens: number | null;
  /** Of the agent's run. */
  readonly seconds: number | null;
  /** Null = scored; else why not. */
  readonly notScored: string | null;
  /** What its tests said although its treatment was missing. */
  readonly assigned: { readonly reward: number; readonly success: boolean } | null;
  /** Two files of it say different things of its verdict, or one of them is damaged. */
  readonly doubtful?: true;
  /** There is no result of it to read: nothing is known but which cell it is of. */
  readonly lost?: "unstarted" | "unfinished" | "unreadable";
}

/** What an experiment says of its trials; nothing of anyone else's. */
export interface Planned {
  /** Profiles that come first, in this order. */
  readonly order: readonly string[];
  readonly cells: readonly PlannedCell[];
  /** Known from elsewhere: a trial that left no result may be of one of these. */
  readonly tasks?: readonly string[];
}

const UNPLANNED: Planned = { order: [], cells: [] };

/**
 * @throws {UserError} for a task or profile that no trial is of.
 */
export function analysisOf(read: RunsRead, by: By | null, filters: Filters, planned: Planned = UNPLANNED): Analysis {
  const { trials: assigned, profiles: found, notes } = assignProfiles(read.trials, by);
  const { order, cells } = planned;
  const profiles = [...order.filter((key) => found.includes(key)), ...found.filter((key) => !order.includes(key))];
  const places = new Map(profiles.map((key, at) => [key, at]));
  const all = assigned.toSorted((a, b) => (places.get(a.id.profile) ?? 0) - (places.get(b.id.profile) ?? 0));
  checkNames("task", filters.tasks, [...new Set(all.map(({ id }) => id.task))]);
  checkNames("profile", filters.profiles, profiles);
  const matching = all.filter(
    (trial) =>
      (filters.tasks === null || filters.tasks.includes(trial.id.task)) &&
      (filters.profiles === null || filters.profiles.includes(trial.id.profile)) &&
      passes(trial, filters.only),
  );
  const trials = matching.slice(0, filters.limit ?? undefined);
  const shown = new Set(trials.map(({ id }) => id.profile));
  return {
    root: read.root,
    profiles: profiles.filter((profile) => shown.has(profile)),
    tasks: [...new Set(trials.map(({ id }) => id.task))].sort(),
    trials,
    leftOut: read.leftOut,
    // Of trials that were chosen, none is missing.
    lost:
      filters.only === null && filters.limit === null
        ? lostTrials(read.leftOut, all, cells, filters, planned.tasks)
        : NOTHING_LOST,
    notes,
    jobs: read.jobs,
    read: all.length,
    cached: read.cached,
    metrics: METRICS.filter(
      ({ onlyWithFile }, at) => onlyWithFile !== true || all.some(({ values }) => typeof values[at] === "number"),
    ),
  };
}

const NOTHING_LOST: Lost = { observations: [], unplaced: [] };

function passes(trial: AnalyzedTrial, only: Filters["only"]): boolean {
  if (only === null) return true;
  return valueOf(trial, "success") === (only === "succeeded" ? 1 : 0);
}

function checkNames(what: string, wanted: readonly string[] | null, known: readonly string[]): void {
  const unknown = wanted?.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const near = nearest(unknown, known);
  const shown = known.length > 20 ? `${known.slice(0, 20).join(", ")}, … ${known.length - 20} more` : known.join(", ");
  throw new UserError(
    `There is no trial of a ${what} "${unknown}".${near === null ? "" : ` Did you mean "${near}"?`}`,
    [known.length === 0 ? "There is no trial at all that could be read." : `There are: ${shown}.`],
  );
}

const PLACES = new Map(METRICS.map(({ name }, at) => [name, at]));

/** Of a metric among a trial's values; -1 when there is no such metric. */
export function placeOf(metric: string): number {
  return PLACES.get(metric) ?? -1;
}

/** Of a metric by name; null when it was not computed. */
export function valueOf({ values }: Pick<AnalyzedTrial, "values">, metric: string): number | null {
  return numberOf(values[placeOf(metric)] ?? { notComputed: "" });
}

/** Why there is no number; null when there is one. */
export function reasonOf({ values }: Pick<AnalyzedTrial, "values">, metric: string): string | null {
  const value = values[placeOf(metric)];
  return value === undefined || typeof value === "number" ? null : value.notComputed;
}

/** `infrastructure(oom-kill)`, `cancelled(run-died)`, …; null when it was scored. */
export function whyNotScored({ facts }: Pick<AnalyzedTrial, "facts">): string | null {
  const { outcome } = facts;
  if (outcome.kind === "scored") return null;
  const word = outcome.kind === "not-scored" ? outcome.reason : outcome.kind;
  return `${word}(${outcome.failure.code})`;
}

const observed = new WeakMap<Analysis["trials"], readonly Observation[]>();

/** Made once: comparisons and the report take the same. */
export function observationsOf({ trials }: Pick<Analysis, "trials">): readonly Observation[] {
  const known = observed.get(trials);
  if (known !== undefined) return known;
  const made = madeOf(trials);
  observed.set(trials, made);
  return made;
}

/** With trials that left no result, which bounds count. */
export function allObservationsOf(analysis: Pick<Analysis, "trials" | "lost">): readonly Observation[] {
  return [...observationsOf(analysis), ...analysis.lost.observations];
}

function madeOf(trials: Analysis["trials"]): readonly Observation[] {
  return trials.map((trial) => {
    const success = valueOf(trial, "success");
    return {
      ...trial.id,
      reward: valueOf(trial, "reward"),
      success: success === null ? null : success === 1,
      costUsd: valueOf(trial, "cost_usd"),
      tokens: valueOf(trial, "tokens_total"),
      seconds: valueOf(trial, "agent_sec"),
      notScored: whyNotScored(trial),
      assigned: trial.facts.assigned ?? null,
      ...(trial.facts.resultFault === null ? {} : { doubtful: true as const }),
    };
  });
}
