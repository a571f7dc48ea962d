/** What this process and its user may have open and running, as the system limits it. */
import { readdirSync, readFileSync } from "node:fs";
import { isErrno } from "./files.ts";
import { isMachineRoot } from "./machine-root.ts";

/** Null = no limit. */
export interface ProcessLimits {
  readonly openFiles: number | null;
  /** Of the user, all threads counted. Root of the machine is not bound by one. */
  readonly processes: number | null;
}

/** @returns null where the system does not tell (it has no /proc) */
export function processLimits(): ProcessLimits | null {
  const text = readOrNull("/proc/self/limits");
  if (text === null) return null;
  // The soft limits: the runtime has raised that of files to the hard one.
  return {
    openFiles: softLimit(text, "Max open files"),
    processes: isMachineRoot() ? null : softLimit(text, "Max processes"),
  };
}

/** Threads of this user's, which is what a limit on processes counts. A look at every process there is: some 20 ms. */
export function threadsOfUser(): number {
  const uid = String(process.getuid?.() ?? 0);
  let count = 0;
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const status = readOrNull(`/proc/${name}/status`);
    if (status === null || /^Uid:\s+(\d+)/m.exec(status)?.[1] !== uid) continue;
    count += Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 1);
  }
  return count;
}

function softLimit(limits: string, name: string): number | null {
  const [, soft = ""] = new RegExp(`^${name}\\s+(\\S+)`, "m").exec(limits) ?? [];
  return soft === "unlimited" || soft === "" ? null : Number(soft);
}

/** Processes end while they are looked at, and some systems hide those of others. */
function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ESRCH", "EACCES", "EPERM", "ENOTDIR")) return null;
    throw error;
  }
}
