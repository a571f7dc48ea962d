/**
 * Where things are in a batch. All functions take the batch directory and return a path under it.
 *
 * Nothing of ours lies directly in a job directory: Harbor's resume removes every folder there that has no result.json.
 */
import { join } from "node:path";

export function runsDir(batch: string): string {
  return join(batch, "runs");
}
export function indexFile(batch: string): string {
  return join(batch, "runs", "index.json");
}
export function journalFile(batch: string): string {
  return join(batch, "events.jsonl");
}
export function artifactsDir(batch: string): string {
  return join(batch, "artifacts");
}
export function analyticsDir(batch: string): string {
  return join(batch, "analytics");
}
export function experimentFile(batch: string): string {
  return join(batch, "experiment.toml");
}
export function leasesDir(batch: string): string {
  return join(batch, ".regatta", "leases");
}
export function launchesDir(batch: string): string {
  return join(batch, ".regatta", "launches");
}
export function triesDir(batch: string): string {
  return join(batch, ".regatta", "tries");
}
export function imageLogFile(batch: string, task: string): string {
  return join(batch, ".regatta", "images", `${task}.log`);
}
/** Configurations and logs of real Harbor runs, in a folder for each launch. */
export function harborRoot(batch: string): string {
  return join(batch, ".regatta", "harbor");
}
export function harborDir(batch: string, launch: number): string {
  return join(harborRoot(batch), String(launch));
}
export function setAsideDir(batch: string): string {
  return join(batch, ".regatta", "set-aside");
}
export function jobsExtrasDir(batch: string): string {
  return join(batch, ".regatta", "jobs");
}
export function jobExtrasFile(batch: string, profile: string): string {
  return join(jobsExtrasDir(batch), profile, "job.json");
}

/** Launches, batches, tries and leases are numbered folders or files; anything else beside them is not ours. */
export function asNumber(name: string): number | null {
  return /^(0|[1-9]\d{0,8})$/.test(name) ? Number(name) : null;
}
