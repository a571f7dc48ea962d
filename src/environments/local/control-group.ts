/**
 * Control groups (version 2): the exact way to name all processes of an exec, whatever they did to get away,
 * because nobody inside can leave one. Used where the hierarchy may be written and has `cgroup.kill`.
 */
import { accessSync, constants, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isErrno } from "../../host/files.ts";
import { readMounts } from "./host-facts.ts";

export interface ControlGroup {
  readonly path: string;
  /** Write `0` into it to move oneself. */
  readonly procs: string;
}

/** Our directory in the hierarchy, or null where we may not have one. Nothing is left behind by asking. */
export function findControlRoot(): string | null {
  const mount = readMounts().find((entry) => entry.type === "cgroup2")?.target;
  if (mount === undefined) return null;
  const own = /^0::(.*)$/m.exec(readFileSync("/proc/self/cgroup", "utf8"))?.[1] ?? "/";
  const roots = [...new Set([mount, join(mount, own)])];
  return roots.map((root) => join(root, "regatta")).find((path) => usable(path, join(mount, own))) ?? null;
}

/** Moving a process needs write access at the nearest common ancestor of both groups. */
function usable(path: string, own: string): boolean {
  const name = join(path, `probe-${process.pid}`);
  try {
    mkdirSync(name, { recursive: true });
    let common = dirname(path);
    while (common !== "/" && own !== common && !own.startsWith(`${common}/`)) common = dirname(common);
    accessSync(join(common, "cgroup.procs"), constants.W_OK);
    accessSync(join(name, "cgroup.kill"), constants.W_OK);
    return true;
  } catch (error) {
    if (isErrno(error, "EACCES", "EPERM", "EROFS", "ENOENT", "ENOTDIR", "EBUSY")) return false;
    throw error;
  } finally {
    removeIfEmpty(name);
    removeIfEmpty(path);
  }
}

export function makeControlGroup(path: string): ControlGroup {
  mkdirSync(path, { recursive: true });
  return { path, procs: join(path, "cgroup.procs") };
}

/** SIGTERM and the like, to whoever is in it now. */
export function signalGroup(group: ControlGroup, signal: NodeJS.Signals): void {
  for (const pid of pidsOf(group.path)) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!isErrno(error, "ESRCH", "EPERM")) throw error;
    }
  }
}

/** SIGKILL to all at once, children being born included. */
export function killGroup(group: ControlGroup): void {
  try {
    writeFileSync(join(group.path, "cgroup.kill"), "1");
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ENODEV")) throw error;
  }
}

export function isEmpty(group: ControlGroup): boolean {
  try {
    return !readFileSync(join(group.path, "cgroup.events"), "utf8").includes("populated 1");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENODEV")) return true;
    throw error;
  }
}

function pidsOf(path: string): readonly number[] {
  try {
    return readFileSync(join(path, "cgroup.procs"), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map(Number)
      .filter((pid) => pid > 0);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENODEV")) return [];
    throw error;
  }
}

export function removeIfEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return true;
    if (isErrno(error, "EBUSY", "ENOTEMPTY", "EACCES", "EPERM")) return false;
    throw error;
  }
}

/** Kills what is in it and removes it with its sub-groups. The kernel lets go of a group shortly after its last process. */
export async function destroyGroup(group: ControlGroup): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    killGroup(group);
    if (removeTree(group.path)) break;
    if (attempt > 1000) throw new Error(`control group ${group.path} does not become empty`);
    await delay(attempt < 20 ? 2 : 10);
  }
  removeIfEmpty(dirname(group.path));
}

function removeTree(path: string): boolean {
  try {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory()) removeIfEmpty(join(path, entry.name));
    }
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ENODEV")) throw error;
  }
  return removeIfEmpty(path);
}
