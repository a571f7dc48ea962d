/** All processes that one exec started, as something that can be killed. */
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
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
  /** True when the command is to run in a UTS namespace of its own. */
  readonly marks: boolean;
  /** The runner's own child has this pid. */
  started(pid: number): void;
  /** `first`, `graceMs`, then SIGKILL to a fixpoint. Settles when none is left and `ended` (the runner's own child) has settled. */
  kill(ended: Promise<void>, graceMs: number, first: NodeJS.Signals): Promise<void>;
  /** The exec is over; what it left running stays. */
  release(): void;
}

const STEP_MS = 5;
const GIVE_UP_MS = 20_000;
const AFTER_END_MS = 300;

export function groupTree(path: string): ProcessTree {
  const group: ControlGroup = makeControlGroup(path);
  let entering: number | null = null;
  return {
    procs: group.procs,
    marks: false,
    started: (pid) => void (entering = pid),
    async kill(ended, graceMs, first) {
      let over = false;
      void ended.then(() => (over = true));
      signalGroup(group, first);
      await grace(
        graceMs,
        () => over,
        () => isEmpty(group),
      );
      // A child that has not entered its group yet is caught by a later round.
      const gone = await settle(GIVE_UP_MS, () => {
        killGroup(group);
        if (!over) wake(entering);
        return over && isEmpty(group);
      });
      if (!gone) throw new Error(`processes in ${path} do not die`);
    },
    release: () => void removeIfEmpty(path),
  };
}

/** Once the command itself has ended, whoever is left of it did not listen and gets little more time. */
async function grace(limitMs: number, ended: () => boolean, empty: () => boolean): Promise<void> {
  const began = performance.now();
  if (!(await settle(limitMs, ended))) return;
  const left = limitMs - (performance.now() - began);
  await settle(Math.min(left, AFTER_END_MS), empty);
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
 * Without a control group: every exec runs in a UTS namespace of its own, which its processes inherit and cannot leave without
 * CAP_SYS_ADMIN. So the namespace is the mark by which they are found, whatever parents, sessions or variables they gave up.
 *
 * The kernel gives a namespace's number to the next one made as soon as it is free: the namespace is held open for as long as
 * its number is looked for, else the end of these processes would be the end of somebody else's.
 * @param ownUts the sandbox's own namespace, as /proc shows it: what still has that has not been marked yet
 */
export function markTree(ownUts: string): ProcessTree {
  let entering: number | null = null;
  let held: HeldUts | null = null;
  const look = (): readonly number[] => {
    const [first] = entering === null ? [] : childrenOf(entering);
    if (held === null && first !== undefined) {
      const seen = holdUts(first);
      if (seen !== null && seen.uts !== ownUts && seen.uts !== HOST_UTS) held = seen;
      else seen?.release();
    }
    const mark = held?.uts;
    const marked = mark === undefined ? [] : allPids().filter((pid) => utsOf(pid) === mark);
    return marked.length > 0 || first === undefined ? marked : [first];
  };
  return {
    procs: null,
    marks: true,
    started: (pid) => void (entering = pid),
    async kill(ended, graceMs, first) {
      let over = false;
      void ended.then(() => (over = true));
      signalAll(look(), first);
      await grace(
        graceMs,
        () => over,
        () => look().length === 0,
      );
      const gone = await settle(GIVE_UP_MS, () => {
        const found = killAll(look);
        if (!over) wake(entering);
        return found === 0 && over;
      });
      if (!gone) throw new Error("processes of a stopped command do not die");
    },
    release() {
      held?.release();
      held = null;
    },
  };
}

/**
 * Every process of a sandbox but its first, found by its pid namespace: for when nobody can be started inside any more.
 * @param namespace as /proc shows it; held open by the caller, so that its number is nobody else's
 * @returns false when some do not die
 */
export function killNamespace(namespace: string, initPid: number): Promise<boolean> {
  const look = (): readonly number[] =>
    allPids().filter((pid) => pid !== initPid && namespaceOf(pid, "pid") === namespace);
  return settle(GIVE_UP_MS, () => killAll(look) === 0);
}

/** Stopped first, until no new one appears: killed one by one, a fork bomb would outrun the kills. @returns how many there were */
function killAll(look: () => readonly number[]): number {
  const stopped = new Set<number>();
  for (let before = -1; before !== stopped.size;) {
    before = stopped.size;
    const fresh = look().filter((pid) => !stopped.has(pid));
    signalAll(fresh, "SIGSTOP");
    for (const pid of fresh) stopped.add(pid);
  }
  signalAll([...stopped], "SIGKILL");
  return stopped.size;
}

/** nsenter stops itself whenever its child is stopped, by us or by the tenant, and would never see the child's end. */
function wake(entering: number | null): void {
  if (entering !== null) signalAll([entering], "SIGCONT");
}

const HOST_UTS = process.platform === "linux" ? utsOf(process.pid) : null;

export function utsOf(pid: number): string | null {
  return namespaceOf(pid, "uts");
}

/** @returns null when the process is gone or not ours to look at. */
function namespaceOf(pid: number, kind: "uts" | "pid"): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ESRCH", "EACCES", "EPERM")) return null;
    throw error;
  }
}

interface HeldUts {
  readonly uts: string;
  release(): void;
}

/** @returns null when the process is gone or not ours to look at. */
function holdUts(pid: number): HeldUts | null {
  let fd: number;
  try {
    fd = openSync(`/proc/${pid}/ns/uts`, "r");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ESRCH", "EACCES", "EPERM")) return null;
    throw error;
  }
  return { uts: readlinkSync(`/proc/self/fd/${fd}`), release: () => closeSync(fd) };
}

/**
 * nsenter stops itself when its child is stopped, and as long as it is stopped it sees no end of that child: one that was killed,
 * or let go on by somebody inside, would never have ended. Waking it while the child is stopped would let the child go on.
 * @param entering a child of this process that has not been waited for
 */
export function reviveEntrance(entering: number): void {
  if (stateOf(entering) !== "T") return;
  const [child] = childrenOf(entering);
  if (child === undefined || stateOf(child) !== "T") wake(entering);
}

/** The letter of /proc/<pid>/stat; null when the process is gone. */
function stateOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name before it is in brackets, and may hold some of its own.
    return stat.slice(stat.lastIndexOf(")") + 2)[0] ?? null;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ESRCH")) return null;
    throw error;
  }
}

function allPids(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function childrenOf(pid: number): readonly number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return text
      .split(" ")
      .filter((part) => part !== "")
      .map(Number);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ESRCH")) return [];
    throw error;
  }
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!isErrno(error, "ESRCH", "EPERM")) throw error;
    }
  }
}
