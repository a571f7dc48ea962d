/**
 * What has become of the inputs of a batch since it was run: tasks, and what profiles are made of, each by content. Reads what a plan
 * would read and starts nothing; what is gone is drift like everything else, so that all of it is told at once.
 */
import { readFile } from "node:fs/promises";
import type { AgentDescription } from "../agents/agent.ts";
import { agentDescriptions, agentNamed, harborAgent } from "../agents/registry.ts";
import { entryForTasks } from "../contract/cell-definition.ts";
import type { Drift } from "../contract/drift.ts";
import type { Experiment, Profile } from "../contract/experiment.ts";
import { UserError } from "../contract/failure.ts";
import type { PlanLock } from "../contract/plan-lock.ts";
import type { Task } from "../contract/task.ts";
import { createDatasetSource } from "../datasets/source.ts";
import { loadExperiment } from "../experiment/load.ts";
import { ExperimentErrors } from "../experiment/problems.ts";
import { isErrno } from "../host/files.ts";
import { trialLimits } from "../planning/limits.ts";
import { profileEntry, taskEntry } from "../planning/lock.ts";
import { profileDrift, taskDrift } from "../planning/lock-drift.ts";
import type { Launch } from "../results/launches.ts";
import { storedExperiment } from "../results/stored-experiment.ts";
import { findTasks } from "../tasks/dataset.ts";
import { environmentNamed } from "./environments.ts";
import { profileInputs } from "./profile-inputs.ts";

export interface InputDrift {
  readonly drift: readonly Drift[];
  /** What could not be compared, and what is not recorded, in sentences. */
  readonly notes: readonly string[];
}

const THEN = "as it was run";

/** @param launches of the batch; of a task or profile that several planned the latest counts */
export async function inputDrift(
  batchDir: string,
  launches: readonly Launch[],
  say: (line: string) => void,
): Promise<InputDrift> {
  const parts: InputDrift[] = [];
  for (const [at, launch] of launches.entries()) {
    const later = launches.slice(at + 1);
    const own = (table: "tasks" | "profiles"): readonly string[] =>
      Object.keys(launch.lock[table]).filter((key) => !later.some(({ lock }) => Object.hasOwn(lock[table], key)));
    const [tasks, profiles] = [own("tasks"), own("profiles")];
    if (tasks.length + profiles.length > 0) parts.push(await launchDrift(batchDir, launch, tasks, profiles, say));
  }
  return {
    drift: parts.flatMap(({ drift }) => drift),
    notes: [...new Set(parts.flatMap(({ notes }) => notes))],
  };
}

async function launchDrift(
  batchDir: string,
  { launch, lock }: Launch,
  tasks: readonly string[],
  profiles: readonly string[],
  say: (line: string) => void,
): Promise<InputDrift> {
  const file = storedExperiment(batchDir, launch);
  let experiment: Experiment;
  try {
    experiment = await loadExperiment(file, { agents: agentDescriptions, copyOf: lock.experiment_file });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { drift: notLoaded(error), notes: ["As long as this is so, nothing else of the inputs can be compared."] };
  }
  const notes = await fileNotes(file, lock);
  const chosen: Experiment = {
    ...experiment,
    tasks: experiment.tasks.filter(({ id }) => Object.hasOwn(lock.tasks, id)),
    profiles: experiment.profiles.filter(({ key }) => Object.hasOwn(lock.profiles, key)),
  };
  const found = await findTasks(chosen, createDatasetSource(say));
  const drift: Drift[] = tasks.flatMap((id) => {
    const task = found.tasks.find((each) => each.id === id);
    const problem = found.problems.find((each) => each.id === id);
    if (task === undefined) return [gone("task", `tasks.${id}`, problem?.message ?? "it is not in the experiment")];
    return taskDrift(id, lock.tasks[id], taskEntry({ task, limits: trialLimits(task, experiment.run) }));
  });
  for (const key of profiles) {
    const profile = chosen.profiles.find((each) => each.key === key);
    if (profile === undefined) drift.push(gone("profile", `profiles.${key}`, "it is not in the experiment"));
    else drift.push(...(await profileNow(profile, chosen, found.tasks, lock, say)));
  }
  return { drift, notes };
}

async function profileNow(
  profile: Profile,
  experiment: Experiment,
  tasks: readonly Task[],
  lock: PlanLock,
  say: (line: string) => void,
): Promise<readonly Drift[]> {
  const { key } = profile;
  try {
    const inputs = await profileInputs(profile);
    const treatment = await treatmentNow(profile, experiment, tasks, say);
    const now = profileEntry({ profile, inputs, treatment, treatmentLines: [], envFrom: {} });
    const ids = tasks.map(({ id }) => id);
    return profileDrift(key, entryForTasks(lock.profiles[key], ids), entryForTasks(now, ids));
  } catch (error) {
    if (error instanceof UserError)
      return [gone("profile", `profiles.${key}`, [error.message, ...error.lines].join(" "))];
    if (!isErrno(error, "ENOENT", "ENOTDIR", "EACCES")) throw error;
    return [gone("profile", `profiles.${key}`, (error as Error).message)];
  }
}

async function treatmentNow(
  profile: Profile,
  experiment: Experiment,
  tasks: readonly Task[],
  say: (line: string) => void,
): Promise<Readonly<Record<string, unknown>> | null> {
  const byHarbor = experiment.run.engine === "harbor";
  const agentOf = (each: Profile): AgentDescription => (byHarbor ? harborAgent : agentNamed)(each.agent).describe();
  if (agentOf(profile).toolchain === null) return null;
  const { planTreatments } = await import("./plan-treatments.ts");
  const abilities = await (await environmentNamed(experiment.run.containerEnv)).abilities();
  if (!abilities.available)
    throw new UserError(
      `the "${experiment.run.containerEnv}" environment does not work on this machine`,
      abilities.problems,
    );
  const planned = await planTreatments({ ...experiment, profiles: [profile] }, tasks, abilities, agentOf, say);
  return planned.lockOf(profile);
}

function notLoaded(error: UserError): readonly Drift[] {
  if (!(error instanceof ExperimentErrors)) return [gone("experiment", "experiment.toml", error.message)];
  return error.problems.map(({ key, found }) => gone("experiment", key === "" ? "experiment.toml" : key, found));
}

/** The copy counts: that the file itself has changed since is worth a line, and changes no trial. */
async function fileNotes(stored: string, { experiment_file }: PlanLock): Promise<readonly string[]> {
  try {
    const same = (await readFile(experiment_file, "utf8")) === (await readFile(stored, "utf8"));
    return same ? [] : [`${experiment_file} has changed since; the batch's own copy of it is what counts here.`];
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ENOTDIR", "EACCES")) throw error;
    return [`${experiment_file} is not there any more; the batch's own copy of it is what counts here.`];
  }
}

function gone(about: Drift["about"], what: string, now: string): Drift {
  return { about, what, a: THEN, b: now };
}
