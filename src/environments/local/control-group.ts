/**
 * Control groups (version 2): the exact way to name all processes of an exec, whatever they did to get away,
 * because nobody inside can leave one. Used where the hierarchy may be written and has `cgroup.kill`.
 */
import { accessSync, constants, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isErrno } from "../../host/files.ts";
import { EnvironmentFailure } from "../environment.ts";
import { readMounts } from "./host-facts.ts";

export interface ControlGroup {
  readonly path: string;
  /** Write `0` into it to move oneself. */
  readonly procs: string;
}

export interface ControlRoot {
  readonly path: string;
  /** Resources that can be limited in its groups, such as `memory`. */
  readonly controllers: readonly string[];
}

/** Our directory in the hierarchy, or null where we may not have one. Nothing is left behind by asking. */
export function findControlRoot(): ControlRoot | null {
  const mount = readMounts().find((entry) => entry.type === "cgroup2")?.target;
  if (mount === undefined) return null;
  const own = join(mount, /^0::(.*)$/m.exec(readFileSync("/proc/self/cgroup", "utf8"))?.[1] ?? "/");
  for (const parent of new Set([mount, own])) {
    const controllers = tryRoot(join(parent, "regatta"), own);
    if (controllers !== null) return { path: join(parent, "regatta"), controllers };
  }
  return null;
}

/** @returns the controllers that its groups may use; null when it cannot be used at all. */
function tryRoot(path: string, own: string): readonly string[] | null {
  const probe = join(path, `probe-${process.pid}`);
  try {
    mkdirSync(probe, { recursive: true });
    // Moving a process needs write access at the nearest common ancestor of both groups.
    let common = dirname(path);
    while (common !== "/" && own !== common && !own.startsWith(`${common}/`)) common = dirname(common);
    accessSync(join(common, "cgroup.procs"), constants.W_OK);
    accessSync(join(probe, "cgroup.kill"), constants.W_OK);
    return enableControllers(path);
  } catch (error) {
    if (isErrno(error, "EACCES", "EPERM", "EROFS", "ENOENT", "ENOTDIR", "EBUSY")) return null;
    throw error;
  } finally {
    removeIfEmpty(probe);
    removeIfEmpty(path);
  }
}

/** Lets the groups below `root` have limits. Harmless to repeat. */
function enableControllers(root: string): readonly string[] {
  const offered = readFileSync(join(root, "cgroup.controllers"), "utf8").trim().split(" ");
  return ["cpu", "memory", "pids"].filter((name) => {
    if (!offered.includes(name)) return false;
    try {
      writeFileSync(join(root, "cgroup.subtree_control"), `+${name}`);
      return true;
    } catch (error) {
      if (isErrno(error, "EACCES", "EPERM", "EBUSY", "ENOENT", "EINVAL", "EOPNOTSUPP")) return false;
      throw error;
    }
  });
}

export interface Limits {
  readonly cpus: number | null;
  readonly memoryMb: number | null;
}

/** The environment's group with its limits; what the host cannot limit was declared so in the abilities. */
export function makeLimitedGroup(root: ControlRoot, name: string, limits: Limits): ControlGroup {
  const group = makeOwnGroup(join(root.path, name));
  if (root.controllers.length > 0) enableControllers(root.path);
  for (const [file, value] of limitFiles(root.controllers, limits)) writeFileSync(join(group.path, file), value);
  return group;
}

/** @throws EnvironmentFailure when processes of another environment are in it; an empty one was left by a crash. */
function makeOwnGroup(path: string): ControlGroup {
  try {
    mkdirSync(dirname(path), { recursive: true });
    mkdirSync(path);
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
    if (!isEmpty({ path, procs: "" })) {
      throw new EnvironmentFailure("name-taken", `an environment of this name runs already in ${path}`, {
        cause: error,
      });
    }
  }
  return { path, procs: join(path, "cgroup.procs") };
}

const CPU_PERIOD_US = 100_000;
/** No task needs more, and a host has at least 32,768: one sandbox may not take them all. */
export const MOST_PROCESSES = 8192;

/** Formats: Linux, Documentation/admin-guide/cgroup-v2.rst. */
function limitFiles(controllers: readonly string[], limits: Limits): readonly (readonly [string, string])[] {
  const files: (readonly [string, string])[] = [];
  if (limits.cpus !== null && controllers.includes("cpu")) {
    files.push(["cpu.max", `${Math.max(1000, Math.round(limits.cpus * CPU_PERIOD_US))} ${CPU_PERIOD_US}`]);
  }
  if (limits.memoryMb !== null && controllers.includes("memory")) {
    files.push(["memory.max", String(Math.round(limits.memoryMb * 1024 * 1024))]);
  }
  if (controllers.includes("pids")) files.push(["pids.max", String(MOST_PROCESSES)]);
  return files;
}

/** How often something happened, from a group's `memory.events` or `pids.events`. */
export function countOf(events: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(events)?.[1] ?? 0);
}

export function readEvents(group: ControlGroup, file: "memory.events" | "pids.events"): string {
  try {
    return readFileSync(join(group.path, file), "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENODEV")) return "";
    throw error;
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
