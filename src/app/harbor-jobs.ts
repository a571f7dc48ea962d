/** The jobs that the real Harbor would be given: one per profile, or more where a batch is continued and tasks lack different numbers of attempts. */
import { basename, dirname, join } from "node:path";
import type { TaskRef } from "../contract/experiment.ts";
import type { TrialPlan } from "../contract/plan.ts";
import type { Task } from "../contract/task.ts";
import type { HarborDialect } from "../planning/harbor-dialect.ts";
import { harborJob, type HarborJobConfig } from "../planning/harbor-job.ts";
import { jobStamp } from "../results/harbor/times.ts";
import { demandExpressible } from "./harbor-limits.ts";
import type { PreparedPlan } from "./prepare-plan.ts";

export interface HarborJob {
  readonly profile: string;
  readonly jobName: string;
  readonly config: HarborJobConfig;
  readonly trials: readonly TrialPlan[];
}

export interface HarborJobsInput {
  readonly prepared: Pick<PreparedPlan, "experiment" | "plan">;
  readonly toDo: readonly TrialPlan[];
  /** Absolute: `runs/` of the batch. */
  readonly jobsDir: string;
  readonly now: Date;
}

/** How many Harbor processes run at once, and how many trials each. */
export function harborShares(
  slots: number,
  profilesParallel: number,
  jobs: number,
): { readonly processes: number; readonly each: number } {
  const processes = Math.max(1, profilesParallel === 0 ? jobs : Math.min(profilesParallel, jobs));
  return { processes, each: Math.max(1, Math.floor(slots / processes)) };
}

/** @throws UserError for what Harbor cannot express */
export function harborJobs(input: HarborJobsInput, dialect: HarborDialect): readonly HarborJob[] {
  demandExpressible(input.prepared.experiment, dialect);
  return describeJobs(input, dialect);
}

/** The same as a description: also of experiments that Harbor could not run. */
export function describeJobs(input: HarborJobsInput, dialect: HarborDialect): readonly HarborJob[] {
  const { experiment, plan } = input.prepared;
  const tasks = new Map(plan.tasks.map(({ task }) => [task.id, task]));
  const { refs, folders } = placesOf(experiment.tasks, tasks);
  const chosen = input.toDo.filter((trial) => trial.refused === null);
  const groups = new Map<string, TrialPlan[]>();
  for (const profile of plan.profiles) {
    const mine = chosen.filter((trial) => trial.profile === profile.profile.key);
    for (const trial of mine) {
      const attempts = mine.filter((other) => other.task === trial.task).length;
      const key = JSON.stringify([profile.profile.key, attempts]);
      groups.set(key, [...(groups.get(key) ?? []), trial]);
    }
  }
  const { each } = harborShares(plan.slots, plan.run.profilesParallel, groups.size);
  const used = new Set<string>();
  return [...groups].map(([key, trials]) => {
    const [profileKey, attempts] = JSON.parse(key) as [string, number];
    const profile = plan.profiles.find((entry) => entry.profile.key === profileKey)?.profile;
    if (profile === undefined) throw new RangeError(`no profile ${profileKey}`);
    const wanted = new Set(trials.map(({ task }) => task));
    const jobName = freeName(profileKey, input.now, used);
    const config = harborJob(
      {
        run: plan.run,
        profile,
        tasks: refs.filter(({ id }) => wanted.has(id)),
        attempts,
        jobName,
        jobsDir: input.jobsDir,
        concurrent: each,
        folders,
      },
      dialect,
    );
    return { profile: profileKey, jobName, config, trials };
  });
}

/** Two jobs of one profile differ by a second in their names. */
function freeName(profile: string, now: Date, used: Set<string>): string {
  for (let seconds = 0; ; seconds++) {
    const name = `${jobStamp(new Date(now.getTime() + seconds * 1000))}__${profile}`;
    if (used.has(name)) continue;
    used.add(name);
    return name;
  }
}

/**
 * Tasks whose files are on this machine are given by folder, so that Harbor need not find them anew from wherever it stands; those
 * of a repository by their dataset.
 */
function placesOf(
  refs: readonly TaskRef[],
  tasks: ReadonlyMap<string, Task>,
): { readonly refs: readonly TaskRef[]; readonly folders: ReadonlyMap<string, string> } {
  const parents = new Map<string, Set<string>>();
  for (const { id, dataset } of refs) {
    const task = tasks.get(id);
    if (dataset === null || task === undefined) continue;
    const inFolder = task.git === null && basename(task.dir) === id;
    parents.set(dataset, (parents.get(dataset) ?? new Set()).add(inFolder ? dirname(task.dir) : ""));
  }
  const folders = new Map<string, string>();
  for (const [dataset, found] of parents) {
    const [only = ""] = found;
    if (found.size === 1 && only !== "") folders.set(dataset, only);
  }
  const placed = refs.flatMap((ref): TaskRef[] => {
    const task = tasks.get(ref.id);
    if (task === undefined) return [];
    const byPath = task.git === null && (ref.dataset === null || !folders.has(ref.dataset));
    return [byPath ? { ...ref, dataset: null, path: task.dir } : ref];
  });
  return { refs: placed, folders };
}

/** Where a batch's jobs are. */
export function jobsDirOf(resultsRoot: string, slug: string, batch: number): string {
  return join(resultsRoot, slug, String(batch), "runs");
}
