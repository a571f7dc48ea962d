/** What a container has used: by the engine, and from its control group where that is on this machine. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isRecord } from "../../base/is-record.ts";
import type { ResourceUse } from "../../contract/noise.ts";
import { isErrno } from "../../host/files.ts";
import { type GroupUse, groupUse } from "../group-use.ts";
import type { EngineClient } from "./engine-client.ts";

/** The engine walks what the container wrote. */
const SIZE_MS = 10_000;
const GROUPS = "/sys/fs/cgroup";

export async function containerUse(client: EngineClient, id: string): Promise<Omit<ResourceUse, "oomKills">> {
  const [stats, inspected] = await Promise.all([
    client.json({ method: "GET", path: `/containers/${id}/stats`, query: { stream: false, "one-shot": true } }),
    client.json({
      method: "GET",
      path: `/containers/${id}/json`,
      query: { size: true },
      signal: AbortSignal.timeout(SIZE_MS),
    }),
  ]);
  const group = client.address.kind === "socket" ? hostGroupUse(inspected, id) : null;
  const told = toldByEngine(stats);
  return {
    cpuSec: told.cpuSec,
    throttledSec: told.throttledSec,
    peakMemoryMb: told.peakMemoryMb ?? group?.peakMemoryMb ?? null,
    diskMb: megabytes(isRecord(inspected) ? inspected["SizeRw"] : null),
    waitedSec: group?.waitedSec ?? null,
  };
}

/** Times in nanoseconds; the peak is known to version 1 of control groups alone. */
function toldByEngine(stats: unknown): Pick<GroupUse, "cpuSec" | "throttledSec" | "peakMemoryMb"> {
  const cpu = at(stats, "cpu_stats");
  return {
    cpuSec: seconds(at(at(cpu, "cpu_usage"), "total_usage")),
    throttledSec: seconds(at(at(cpu, "throttling_data"), "throttled_time")),
    peakMemoryMb: megabytes(at(at(stats, "memory_stats"), "max_usage")),
  };
}

/** Null where the engine's processes are not this machine's (a virtual machine), or have no group of version 2. */
function hostGroupUse(inspected: unknown, id: string): GroupUse | null {
  const pid = at(at(inspected, "State"), "Pid");
  if (typeof pid !== "number" || pid <= 0) return null;
  try {
    const path = /^0::(\/.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, "utf8"))?.[1];
    return path === undefined || !path.includes(id) ? null : groupUse(join(GROUPS, path));
  } catch (error) {
    if (isErrno(error, "ENOENT", "ESRCH", "EACCES")) return null;
    throw error;
  }
}

function at(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined;
}

function seconds(nanoseconds: unknown): number | null {
  return typeof nanoseconds === "number" ? nanoseconds / 1e9 : null;
}

function megabytes(bytes: unknown): number | null {
  return typeof bytes === "number" ? bytes / 1e6 : null;
}
