/**
 * Which profile a trial belongs to, and which attempt of its cell it is. Pure.
 *
 * Our own trials say both. Of any other job a profile is what the user says (`--by`), else the job, else, in a single job with
 * several configurations, the configuration. Whatever is merged under one name is said.
 */
import { createHash } from "node:crypto";
import type { TrialId } from "../contract/plan.ts";
import type { TrialFacts } from "./reading/read-trial.ts";
import type { ReadTrial } from "./reading/read-runs.ts";
import { timeOf } from "./reading/seconds.ts";

export const BY = ["job", "agent", "model", "config"] as const;
export type By = (typeof BY)[number];

export interface AnalyzedTrial extends ReadTrial {
  readonly id: TrialId;
}

export interface Assignment {
  /** By profile, task and attempt. */
  readonly trials: readonly AnalyzedTrial[];
  /** In the order of their first trial. */
  readonly profiles: readonly string[];
  /** Sentences: different things under one name. */
  readonly notes: readonly string[];
}

export function assignProfiles(trials: readonly ReadTrial[], by: By | null): Assignment {
  const nameOf = naming(trials, by);
  const profiles = new Map<string, ReadTrial[]>();
  for (const trial of trials) push(profiles, nameOf(trial), trial);
  const notes = [...[...profiles].flatMap(([name, own]) => mergeNotes(name, own)), ...taskNotes(trials)];
  return {
    trials: [...profiles].flatMap(([profile, own]) => cellsOf(profile, own)),
    profiles: [...profiles.keys()],
    notes,
  };
}

/** By task and attempt. */
function cellsOf(profile: string, trials: readonly ReadTrial[]): AnalyzedTrial[] {
  const tasks = new Map<string, ReadTrial[]>();
  for (const trial of trials) push(tasks, trial.facts.task, trial);
  return [...tasks]
    .sort(([a], [b]) => compare(a, b))
    .flatMap(([task, cell]) =>
      numbered(cell)
        .map(({ trial, attempt }): AnalyzedTrial => ({ ...trial, id: { profile, task, attempt } }))
        .sort((a, b) => a.id.attempt - b.id.attempt),
    );
}

function naming(trials: readonly ReadTrial[], by: By | null): (trial: ReadTrial) => string {
  const labels = configurationLabels(trials);
  const label = (trial: ReadTrial): string => labels.get(configurationKey(trial)) ?? trial.facts.agent.name;
  switch (by) {
    case "job":
      return ({ job }) => job;
    case "agent":
      return ({ facts }) => facts.agent.name;
    case "model":
      return ({ facts }) => facts.agent.model ?? "no model";
    case "config":
      return label;
    case null: {
      const foreign = trials.filter(({ facts }) => facts.own === null);
      const jobs = new Set(foreign.map(({ job }) => job));
      const configurations = new Set(foreign.map(configurationKey));
      const several = jobs.size <= 1 && configurations.size > 1;
      return (trial) => trial.facts.own?.profile ?? (several ? label(trial) : trial.job);
    }
  }
}

const configurationKeys = new WeakMap<TrialFacts, string>();

/** What makes one configuration differ from another: what the job asked for, not which version happened to be installed. */
function configurationKey({ facts }: ReadTrial): string {
  const known = configurationKeys.get(facts);
  if (known !== undefined) return known;
  const key = JSON.stringify([facts.agent.name, facts.agent.model, facts.configuration]);
  configurationKeys.set(facts, key);
  return key;
}

/** `agent (model)`, with a few letters of the configuration's hash where that alone is not enough. */
function configurationLabels(trials: readonly ReadTrial[]): ReadonlyMap<string, string> {
  const plain = new Map<string, string>();
  for (const trial of trials) {
    const { name, model } = trial.facts.agent;
    plain.set(configurationKey(trial), model === null ? name : `${name} (${model})`);
  }
  const uses = new Map<string, number>();
  for (const label of plain.values()) uses.set(label, (uses.get(label) ?? 0) + 1);
  return new Map(
    [...plain].map(([key, label]) => [
      key,
      (uses.get(label) ?? 0) > 1 ? `${label} #${createHash("sha256").update(key).digest("hex").slice(0, 6)}` : label,
    ]),
  );
}

/** Our own attempts keep their number; the others take the free ones in order of starting. */
function numbered(cell: readonly ReadTrial[]): { readonly trial: ReadTrial; readonly attempt: number }[] {
  const taken = new Set<number>();
  const inOrder = cell
    .map((trial) => ({ trial, at: timeOf(trial.facts.startedAt) || 0 }))
    .sort((a, b) => a.at - b.at || compare(a.trial.path, b.trial.path))
    .map(({ trial }) => trial);
  const own = new Map<ReadTrial, number>();
  for (const trial of inOrder) {
    const number = trial.facts.own?.attempt;
    if (number === undefined || taken.has(number)) continue;
    taken.add(number);
    own.set(trial, number);
  }
  let next = 1;
  return inOrder.map((trial) => {
    let attempt = own.get(trial);
    if (attempt === undefined) {
      while (taken.has(next)) next += 1;
      attempt = next;
      taken.add(attempt);
    }
    return { trial, attempt };
  });
}

function mergeNotes(profile: string, trials: readonly ReadTrial[]): string[] {
  const notes: string[] = [];
  const labels = configurationLabels(trials);
  // What a damaged file does not tell is no configuration of its own.
  const told = trials.filter(({ facts }) => facts.resultFault === null);
  const configurations = countBy(told, (trial) => labels.get(configurationKey(trial)) ?? "");
  if (configurations.length > 1) {
    notes.push(`Profile ${profile} holds ${configurations.length} different configurations: ${list(configurations)}.`);
  }
  const versions = countBy(trials, ({ facts }) => facts.agent.version.replace(/^v(?=\d)/, ""));
  const known = versions.filter(([version]) => version !== "unknown");
  if (known.length > 1) notes.push(`Profile ${profile} ran with different versions of its agent: ${list(versions)}.`);
  return notes;
}

function taskNotes(trials: readonly ReadTrial[]): string[] {
  const versions = new Map<string, Set<string>>();
  for (const { facts } of trials) {
    if (facts.taskChecksum === null) continue;
    const known = versions.get(facts.task) ?? new Set();
    versions.set(facts.task, known.add(facts.taskChecksum));
  }
  const differing = [...versions].filter(([, known]) => known.size > 1).map(([task]) => task);
  if (differing.length === 0) return [];
  const shown = differing.slice(0, 5).join(", ");
  const more = differing.length > 5 ? `, … ${differing.length - 5} more` : "";
  const what = differing.length === 1 ? "1 task was" : `${differing.length} tasks were`;
  return [`${what} not the same for every trial (different checksums under one name): ${shown}${more}.`];
}

function countBy(trials: readonly ReadTrial[], key: (trial: ReadTrial) => string): [string, number][] {
  const counts = new Map<string, number>();
  for (const trial of trials) counts.set(key(trial), (counts.get(key(trial)) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || compare(a[0], b[0]));
}

function list(counts: readonly [string, number][]): string {
  return counts.map(([name, number]) => `${name} (${number} ${number === 1 ? "trial" : "trials"})`).join(", ");
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

/** By code points: the same on every machine, whatever its language. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
