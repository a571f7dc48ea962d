/**
 * Which process is meant, so that a reused pid is never taken for it: host, boot, pid and start time.
 *
 * On Linux the start time is field 22 of /proc/<pid>/stat (clock ticks since boot); elsewhere it is what `ps -o lstart` prints.
 */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { promisify } from "node:util";
import { isRecord } from "../base/is-record.ts";

const run = promisify(execFile);

export interface ProcessIdentity {
  readonly host: string;
  readonly boot_id: string;
  readonly pid: number;
  /** Opaque; only equality means something. */
  readonly start_time: string;
}

/** `unknown`: it belongs to another host, so nothing can be said from here. */
export type Liveness = "live" | "dead" | "unknown";

interface ProcessFacts {
  readonly startTime: string;
  readonly parent: number;
}

let bootIdOnce: Promise<string> | undefined;

/** The same until the machine restarts; "unknown" where the system has none. */
function bootId(): Promise<string> {
  bootIdOnce ??= readBootId();
  return bootIdOnce;
}

async function readBootId(): Promise<string> {
  try {
    if (process.platform === "linux") return (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
    return (await run("sysctl", ["-n", "kern.bootsessionuuid"])).stdout.trim();
  } catch {
    // No /proc or no such sysctl: liveness then rests on pid and start time alone.
    return "unknown";
  }
}

/** @returns null when there is no such process, or only its zombie. */
async function processFacts(pid: number): Promise<ProcessFacts | null> {
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  return process.platform === "linux" ? factsFromProc(pid) : factsFromPs(pid);
}

async function factsFromProc(pid: number): Promise<ProcessFacts | null> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return null;
    throw error;
  }
  return parseProcStat(stat);
}

/** The second field is the command name in brackets and may itself hold spaces and brackets: count from the last one. */
export function parseProcStat(stat: string): ProcessFacts | null {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, parent] = fields;
  const startTime = fields[19];
  if (state === undefined || parent === undefined || startTime === undefined) return null;
  if (state === "Z" || state === "X") return null;
  return { startTime, parent: Number(parent) };
}

async function factsFromPs(pid: number): Promise<ProcessFacts | null> {
  try {
    const { stdout } = await run("ps", ["-o", "ppid=,stat=,lstart=", "-p", String(pid)], {
      env: { ...process.env, LC_ALL: "C" },
    });
    const match = /^\s*(\d+)\s+(\S+)\s+(.*\S)\s*$/.exec(stdout);
    if (match === null || match[2]?.startsWith("Z") === true) return null;
    return { parent: Number(match[1]), startTime: match[3] ?? "" };
  } catch (error) {
    // ps exits 1 when no process matches; anything else (no ps at all) must not pass for "dead".
    if ((error as { code?: unknown }).code === 1) return null;
    throw error;
  }
}

/** @returns null when that process does not exist. */
export async function identityOf(pid: number): Promise<ProcessIdentity | null> {
  const facts = await processFacts(pid);
  if (facts === null) return null;
  return { host: hostname(), boot_id: await bootId(), pid, start_time: facts.startTime };
}

export async function ownIdentity(): Promise<ProcessIdentity> {
  const own = await identityOf(process.pid);
  if (own === null) throw new Error("cannot read this process's own start time");
  return own;
}

export async function liveness(identity: ProcessIdentity): Promise<Liveness> {
  const sameBoot = identity.boot_id === (await bootId());
  const sameHost = identity.host === hostname();
  if (!sameHost && !sameBoot) return "unknown";
  if (sameHost && !sameBoot) return "dead";
  const facts = await processFacts(identity.pid);
  if (facts !== null && facts.startTime === identity.start_time) return "live";
  // Same boot under another host name: a container, whose processes may be invisible from here.
  return sameHost ? "dead" : "unknown";
}

export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await liveness(identity)) === "live";
}

/** This process and its parents up to the first: what a kill must never hit. */
export async function ownLineage(): Promise<readonly number[]> {
  const lineage: number[] = [];
  let pid = process.pid;
  while (pid > 0 && !lineage.includes(pid)) {
    lineage.push(pid);
    const facts = await processFacts(pid);
    if (facts === null) break;
    pid = facts.parent;
  }
  return lineage;
}

/** For data read from disk. */
export function asIdentity(value: unknown): ProcessIdentity | null {
  if (!isRecord(value)) return null;
  const { host, boot_id, pid, start_time } = value;
  if (typeof host !== "string" || typeof boot_id !== "string") return null;
  if (typeof pid !== "number" || typeof start_time !== "string") return null;
  return { host, boot_id, pid, start_time };
}
