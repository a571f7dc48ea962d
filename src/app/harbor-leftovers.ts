/** What a killed Harbor left in Docker. Its containers have no labels of ours, but their compose projects are named after its trials. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Leftover } from "../environments/environment.ts";
import { scanJob } from "../harbor/scan-job.ts";
import { isErrno } from "../host/files.ts";
import { harborRoot, runsDir } from "../results/layout.ts";

export async function removeHarborProjects(trialNames: Iterable<string>): Promise<void> {
  for (const leftover of await projectsOf(trialNames)) await leftover.remove();
}

/** Of every trial of the batch's Harbor jobs: also one with a result may have been killed before its teardown. Only when nobody runs it. */
export async function harborLeftovers(batchDir: string): Promise<readonly Leftover[]> {
  const jobs = new Set<string>();
  for (const launch of await namesIn(harborRoot(batchDir)))
    for (const file of await namesIn(join(harborRoot(batchDir), launch)))
      if (file.endsWith(".json")) jobs.add(file.slice(0, -".json".length));
  const names: string[] = [];
  for (const job of jobs)
    for (const trial of await scanJob(join(runsDir(batchDir), job), new Set())) names.push(trial.name);
  return projectsOf(names);
}

async function projectsOf(trialNames: Iterable<string>): Promise<readonly Leftover[]> {
  const ours = [...trialNames].map((name) => name.toLowerCase().replaceAll(/[^a-z0-9_-]/g, "-"));
  if (ours.length === 0) return [];
  const { composeLeftovers } = await import("../environments/docker/compose-projects.ts");
  return composeLeftovers((project) => ours.some((name) => project === name || project.startsWith(`${name}__`)));
}

async function namesIn(dir: string): Promise<readonly string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}
