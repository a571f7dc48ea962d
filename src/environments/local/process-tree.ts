/** All processes that one exec started, as something that can be killed. */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { isErrno } from "../../host/files.ts";
import {
  type ControlGroup,
  isEmpty,
  killGroup,
  makeControlGroup,
  removeIfEmpty,
  signalGroup,
} from "./control-group.ts";

export interface ProcessTree {
  /** Where the command enters, or null. */
  readonly procs: string | null;
  /** The runner's own child has this pid. */
  started?(pid: number): void;
  /** SIGTERM, `graceMs`, then SIGKILL to a fixpoint. Settles when none is left and `ended` (the runner's own child) has settled. */
  kill(ended: Promise<void>, graceMs: number): Promise<void>;
  /** The exec is over; what it left running stays. */
  release(): void;
}

const STEP_MS = 5;
const GIVE_UP_MS = 20_000;

export function groupTree(path: string): ProcessTree {
  const group: ControlGroup = makeControlGroup(path);
  return {
    procs: group.procs,
    async kill(ended, graceMs) {
      let over = false;
      void ended.then(() => (over = true));
      signalGroup(group, "SIGTERM");
      await settle(graceMs, () => over && isEmpty(group));
      // A child that has not entered its group yet is caught by a later round.
      const gone = await settle(GIVE_UP_MS, () => {
        killGroup(group);
        return over && isEmpty(group);
      });
      if (!gone) throw new Error(`processes in ${path} do not die`);
    },
    release: () => void removeIfEmpty(path),
  };
}

async function settle(limitMs: number, done: () => boolean): Promise<boolean> {
  const end = performance.now() + limitMs;
  while (!done()) {
    if (performance.now() > end) return false;
    await delay(STEP_MS);
  }
  return true;
}

/**
 * Without a cgroup: nothing names an exec's processes exactly. Its own child and all descendants of that are found through /proc; one
 * that left its parents is not (killsWholeTree is false then). Whatever it is, it ends with killProcesses or the sandbox.
 */
export function traceTree(): ProcessTree {
  let root: number | null = null;
  return {
    procs: null,
    started: (pid) => void (root = pid),
    async kill(ended, graceMs) {
      let over = false;
      void ended.then(() => (over = true));
      const all = (): readonly number[] => (root === null ? [] : descendants(root));
      for (const pid of all()) signalOne(pid, "SIGTERM");
      await settle(graceMs, () => over && all().length === 0);
      const gone = await settle(GIVE_UP_MS, () => {
        for (const pid of all()) signalOne(pid, "SIGKILL");
        return over;
      });
      if (!gone) throw new Error("processes of a stopped command do not die");
    },
    release: () => undefined,
  };
}

function signalOne(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!isErrno(error, "ESRCH", "EPERM")) throw error;
  }
}

/** The process and everything below it, as far as parents are still there. */
function descendants(root: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const [state = "", parent = ""] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (state !== "Z") parents.set(Number(name), Number(parent));
    } catch (error) {
      if (!isErrno(error, "ENOENT", "ESRCH")) throw error;
    }
  }
  const found = new Set<number>(parents.has(root) ? [root] : []);
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const [pid, parent] of parents) if (found.has(parent) || pid === root) found.add(pid);
  }
  return [...found];
}
