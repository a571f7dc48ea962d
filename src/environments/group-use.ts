/** What control groups have used. Formats: Linux, Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ResourceUse } from "../contract/noise.ts";
import { isErrno } from "../host/files.ts";
import { waited } from "../host/pressure.ts";

/** As limits on memory are given. */
const MIB = 1 << 20;

export type GroupUse = Omit<ResourceUse, "diskMb">;

/** Of version 2. @param path of the group's directory; what is not in it is not known */
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
    peakMemoryMib: peak === null || !/^\d+\s*$/.test(peak) ? null : Number(peak) / MIB,
    oomKills: valueOf(events, "oom_kill"),
    waitedSec: Object.values(waitedSec).every((each) => each === null) ? null : waitedSec,
  };
}

/** Of version 1, where each controller has a group of its own. Times in nanoseconds. @param paths null = there is none */
export function oldGroupUse(paths: Readonly<Record<"cpu" | "cpuacct" | "memory", string | null>>): GroupUse {
  const text = (path: string | null, name: string): string | null => (path === null ? null : textOf(join(path, name)));
  const number = (found: string | null): number | null =>
    found === null || !/^\d+\s*$/.test(found) ? null : Number(found);
  const throttled = valueOf(text(paths.cpu, "cpu.stat"), "throttled_time");
  const usage = number(text(paths.cpuacct, "cpuacct.usage"));
  const peak = number(text(paths.memory, "memory.max_usage_in_bytes"));
  return {
    cpuSec: usage === null ? null : usage / 1e9,
    throttledSec: throttled === null ? null : throttled / 1e9,
    peakMemoryMib: peak === null ? null : peak / MIB,
    oomKills: valueOf(text(paths.memory, "memory.oom_control"), "oom_kill"),
    waitedSec: null,
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
