/** What a control group of version 2 has used. Format: Linux, Documentation/admin-guide/cgroup-v2.rst. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ResourceUse } from "../contract/noise.ts";
import { isErrno } from "../host/files.ts";
import { waited } from "../host/pressure.ts";

export type GroupUse = Omit<ResourceUse, "diskMb">;

/** @param path of the group's directory; what is not in it is not known */
export function groupUse(path: string): GroupUse {
  const cpu = textOf(join(path, "cpu.stat"));
  const peak = textOf(join(path, "memory.peak"));
  const events = textOf(join(path, "memory.events"));
  const waitedSec = {
    cpu: waited(join(path, "cpu.pressure")),
    memory: waited(join(path, "memory.pressure")),
    io: waited(join(path, "io.pressure")),
  };
  const usec = (name: string): number | null => {
    const value = valueOf(cpu, name);
    return value === null ? null : value / 1e6;
  };
  return {
    cpuSec: usec("usage_usec"),
    throttledSec: usec("throttled_usec"),
    peakMemoryMb: peak === null || !/^\d+\s*$/.test(peak) ? null : Number(peak) / 1e6,
    oomKills: valueOf(events, "oom_kill"),
    waitedSec: Object.values(waitedSec).every((each) => each === null) ? null : waitedSec,
  };
}

function valueOf(text: string | null, name: string): number | null {
  const value = text === null ? undefined : new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1];
  return value === undefined ? null : Number(value);
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    // A controller that the group does not have has no files in it.
    if (isErrno(error, "ENOENT", "ENOTDIR", "ENODEV", "EOPNOTSUPP", "EACCES")) return null;
    throw error;
  }
}
