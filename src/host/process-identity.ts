/**
 * Which process is meant, so that a reused pid is never taken for it: host, boot, pid and start time.
 *
 * On Linux the start time is field 22 of /proc/<pid>/stat (clock ticks since boot); elsewhere it is what `ps -o lstart` prints.
 */
import { execFile } from "node:child_process";
import { readFile, readlink } from "node:fs/promises";
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
  /** Two machines may have the same name; absent where the system has none. */
  readonly machine_id?: string;
  /** Where the pid means anything: containers of one machine share its boot, and count from 1 each. */
  readonly pid_namespace?: string;
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

let placeOnce: Promise<Pick<ProcessIdentity, "machine_id" | "pid_namespace">> | undefined;

async function readPlace(): Promise<Pick<ProcessIdentity, "machine_id" | "pid_namespace">> {
  const quietly = async (read: () => Promise<string>): Promise<string> => {
    try {
      return (await read()).trim();
    } catch (error) {
      // Not every system has these; what is not known is left out.
      if (!(error instanceof Error)) throw error;
      return "";
    }
  };
  const machine = await quietly(() => readFile("/etc/machine-id", "utf8"));
  const namespace = await quietly(() => readlink("/proc/self/ns/pid"));
  return {
    ...(machine === "" ? {} : { machine_id: machine }),
    ...(namespace === "" ? {} : { pid_namespace: namespace }),
  };
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
  const place = await (placeOnce ??= readPlace());
  return { host: hostname(), boot_id: await bootId(), pid, start_time: facts.startTime, ...place };
}

export async function ownIdentity(): Promise<ProcessIdentity> {
  const own = await identityOf(process.pid);
  if (own === null) throw new Error("cannot read this process's own start time");
  return own;
}

export async function liveness(identity: ProcessIdentity): Promise<Liveness> {
  const here = await (placeOnce ??= readPlace());
  const sameBoot = identity.boot_id === (await bootId());
  const sameHost = identity.host === hostname() && !differ(identity.machine_id, here.machine_id);
  if (!sameHost && !sameBoot) return "unknown";
  if (sameHost && !sameBoot) return "dead";
  // The same boot, seen from another container: its pids are not ours.
  if (differ(identity.pid_namespace, here.pid_namespace)) return "unknown";
  const facts = await processFacts(identity.pid);
  if (facts !== null && facts.startTime === identity.start_time) return "live";
  // Same boot under another host name: a container, whose processes may be invisible from here.
  return sameHost || identity.pid_namespace !== undefined ? "dead" : "unknown";
}

/** What one of them does not tell is no difference. */
function differ(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
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
  const { host, boot_id, pid, start_time, machine_id, pid_namespace } = value;
  if (typeof host !== "string" || typeof boot_id !== "string") return null;
  if (typeof pid !== "number" || !Number.isSafeInteger(pid) || typeof start_time !== "string") return null;
  return {
    host,
    boot_id,
    pid,
    start_time,
    ...(typeof machine_id === "string" ? { machine_id } : {}),
    ...(typeof pid_namespace === "string" ? { pid_namespace } : {}),
  };
}

/** A process as labels, and back. */
export function identityLabels(identity: ProcessIdentity): Readonly<Record<string, string>> {
  const { host, boot_id, pid, start_time, machine_id, pid_namespace } = identity;
  return {
    "regatta.host": host,
    "regatta.boot-id": boot_id,
    "regatta.pid": String(pid),
    "regatta.start-time": start_time,
    ...(machine_id === undefined ? {} : { "regatta.machine-id": machine_id }),
    ...(pid_namespace === undefined ? {} : { "regatta.pid-namespace": pid_namespace }),
  };
}

export function identityOfLabels(labels: Readonly<Record<string, string>>): ProcessIdentity | null {
  const pid = labels["regatta.pid"];
  return asIdentity({
    host: labels["regatta.host"],
    boot_id: labels["regatta.boot-id"],
    pid: pid === undefined ? null : Number(pid),
    start_time: labels["regatta.start-time"],
    machine_id: labels["regatta.machine-id"],
    pid_namespace: labels["regatta.pid-namespace"],
  });
}
