/** How much of the time processes waited on this machine. Format: Linux, Documentation/accounting/psi.rst. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "./files.ts";

/** Seconds, since the machine (or a control group) began to count; null = it does not. */
export interface WaitedSeconds {
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly io: number | null;
}

/** Null where this kernel counts nothing of it. */
export function machineWaits(dir = "/proc/pressure"): WaitedSeconds | null {
  const waits = { cpu: waited(join(dir, "cpu")), memory: waited(join(dir, "memory")), io: waited(join(dir, "io")) };
  return Object.values(waits).every((each) => each === null) ? null : waits;
}

/** @param file with a line such as `some avg10=0.00 avg60=0.00 avg300=0.00 total=12345`, total in microseconds */
export function waited(file: string): number | null {
  try {
    const total = /^some .*\btotal=(\d+)/m.exec(readFileSync(file, "utf8"))?.[1];
    return total === undefined ? null : Number(total) / 1e6;
  } catch (error) {
    // Built without it, switched off, or not for us.
    if (isErrno(error, "ENOENT", "ENOTDIR", "EOPNOTSUPP", "ENODEV", "EACCES", "EPERM")) return null;
    throw error;
  }
}
