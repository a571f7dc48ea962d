/**
 * What a container has used, from its control groups, where these are on this machine. The engine would tell it, too, but takes a
 * second for it: longer than many a trial.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isRecord } from "../../base/is-record.ts";
import type { ResourceUse } from "../../contract/noise.ts";
import { isErrno } from "../../host/files.ts";
import { type GroupUse, groupUse, oldGroupUse } from "../group-use.ts";
import type { EngineClient } from "./engine-client.ts";

/** The engine walks what the container wrote. */
const SIZE_MS = 10_000;
const GROUPS = "/sys/fs/cgroup";

export async function containerUse(client: EngineClient, id: string): Promise<Omit<ResourceUse, "oomKills">> {
  const inspected = await client.json({
    method: "GET",
    path: `/containers/${id}/json`,
    query: { size: true },
    signal: AbortSignal.timeout(SIZE_MS),
  });
  const size = at(inspected, "SizeRw");
  const use = client.address.kind === "socket" ? useOf(at(at(inspected, "State"), "Pid"), id) : null;
  return {
    cpuSec: use?.cpuSec ?? null,
    throttledSec: use?.throttledSec ?? null,
    peakMemoryMib: use?.peakMemoryMib ?? null,
    waitedSec: use?.waitedSec ?? null,
    diskMb: typeof size === "number" ? size / 1e6 : null,
  };
}

/** Null where the engine's processes are not this machine's: in a virtual machine. */
function useOf(pid: unknown, id: string): GroupUse | null {
  if (typeof pid !== "number" || pid <= 0) return null;
  const lines = linesOf(`/proc/${pid}/cgroup`).map((line) => line.split(":"));
  const pathOf = (controller: string): string | null => {
    const path = lines.find(([, names = ""]) => names.split(",").includes(controller))?.[2];
    return path === undefined || !path.includes(id) ? null : path;
  };
  const unified = pathOf("");
  // Both versions side by side: the controllers are then with the old one.
  if (unified !== null && existsSync(join(GROUPS, "cgroup.controllers"))) return groupUse(join(GROUPS, unified));
  const old = (controller: string): string | null => {
    const path = pathOf(controller);
    return path === null ? null : join(GROUPS, controller, path);
  };
  return oldGroupUse({ cpu: old("cpu"), cpuacct: old("cpuacct"), memory: old("memory") });
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, "utf8").trim().split("\n");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ESRCH", "EACCES")) return [];
    throw error;
  }
}

function at(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined;
}
