/** Whether there is room for what a run writes. Pure. */
import type { Finding } from "../../contract/finding.ts";

export interface DiskFacts {
  /** Where, and what goes there. */
  readonly at: string;
  readonly holds: string;
  /** Null = it cannot be looked at. */
  readonly freeBytes: number | null;
}

const NAME = "disk";
const GB = 1e9;

/** @param minFreeGb 0 = whatever there is will do */
export function diskFinding({ at, holds, freeBytes }: DiskFacts, minFreeGb: number): Finding {
  if (freeBytes === null) {
    const detail = `how much is free at ${at}, for ${holds}, cannot be found out`;
    return { name: NAME, verdict: "warn", detail, todo: `see that there are ${gb(minFreeGb * GB)}` };
  }
  const detail = `${gb(freeBytes)} free at ${at}, for ${holds}`;
  if (freeBytes >= minFreeGb * GB) return { name: NAME, verdict: "ok", detail, todo: null };
  return {
    name: NAME,
    verdict: "stop",
    detail: `${detail}, and min_free_gb asks for ${gb(minFreeGb * GB)}`,
    todo: "make room (regatta cache prune, docker system prune), take another disk (results_root in [run], XDG_CACHE_HOME), or lower min_free_gb in [run]",
  };
}

/**
 * @param storageMb what the task of each trial that is to start declares; null = nothing
 * @returns null where what the largest of them may take at a time is there, or none declares any
 */
export function storageFinding(disk: DiskFacts, storageMb: readonly (number | null)[], slots: number): Finding | null {
  const declared = storageMb.filter((each) => each !== null).toSorted((a, b) => b - a);
  const bytes = declared.slice(0, slots).reduce((sum, each) => sum + each * 2 ** 20, 0);
  if (disk.freeBytes === null || bytes <= disk.freeBytes) return null;
  return {
    name: NAME,
    verdict: "warn",
    detail: `${slots === 1 ? "1 trial" : `${slots} trials`} at a time may take ${gb(bytes)} by the storage that their tasks declare, and ${gb(disk.freeBytes)} are free at ${disk.at}`,
    todo: "trials wait once less than min_free_gb is left; fewer at a time (-n) need less",
  };
}

function gb(bytes: number): string {
  return bytes >= GB / 10 || bytes === 0 ? `${(bytes / GB).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
