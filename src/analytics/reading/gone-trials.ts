/**
 * Trials that a Harbor job's own result.json counts and that have no directory: deleted, not copied, or never started. Of a job of
 * ours the batch's index tells the same. Pure.
 */
import { isRecord } from "../../base/is-record.ts";
import type { LeftOut, ReadJob } from "./read-runs.ts";

/** @param folders names of the job's sub-directories @param single paths are relative to the job itself */
export function onlyInJob(
  { name: job, result, onDisk }: ReadJob,
  folders: readonly string[],
  single: boolean,
  leftOut: readonly LeftOut[],
): readonly LeftOut[] {
  if (result === null || onDisk.some(({ facts }) => facts.own !== null)) return [];
  const there = new Set(folders);
  const nothing = { task: null, job, own: null, configuration: null };
  const gone = namesIn(result["stats"]).flatMap((name): LeftOut[] =>
    there.has(name)
      ? []
      : [
          {
            path: single ? name : `${job}/${name}`,
            reason: "the job's result.json has a verdict of it, but its directory is not there",
            kind: "unreadable",
            ...nothing,
          },
        ],
  );
  const noTrials = leftOut.filter((each) => each.job === job && each.kind === "none").length;
  const total = result["n_total_trials"];
  const missing = typeof total === "number" ? total - (folders.length - noTrials) - gone.length : 0;
  const never = Array.from({ length: Math.max(0, Math.min(missing, MOST)) }, (_, at): LeftOut => ({
    path: `${job}, ${at + 1} of ${missing}`,
    reason: `the job's result.json counts ${String(total)} trials, and there is no directory of this one`,
    kind: "unstarted",
    ...nothing,
  }));
  return [...gone, ...never];
}

/** A number in a damaged file is no reason to fill the memory. */
const MOST = 10_000;

/** Every trial that the job's statistics name, by reward or by exception; sorted. */
function namesIn(stats: unknown): readonly string[] {
  const evals = isRecord(stats) && isRecord(stats["evals"]) ? Object.values(stats["evals"]) : [];
  const names = new Set<string>();
  const add = (value: unknown): void => {
    if (Array.isArray(value)) for (const name of value) if (typeof name === "string") names.add(name);
  };
  for (const group of evals.filter(isRecord)) {
    for (const byValue of Object.values(isRecord(group["reward_stats"]) ? group["reward_stats"] : {}))
      if (isRecord(byValue)) for (const list of Object.values(byValue)) add(list);
    for (const list of Object.values(isRecord(group["exception_stats"]) ? group["exception_stats"] : {})) add(list);
  }
  return [...names].sort();
}
