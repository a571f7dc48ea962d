/**
 * `regatta kill`: stops runs by their recorded owner, then removes what they left by label. Gracefully, then firmly.
 *
 * Never by name: a process is signalled only when host, boot, pid and start time are those of a recorded owner, and never when it is
 * this process or one of its ancestors.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, liveness, ownLineage, type ProcessIdentity } from "../host/process-identity.ts";
import { forgetRun, listRuns } from "../host/run-registry.ts";
import type { RunningContainers } from "../environments/docker/running-containers.ts";
import type { Leftover } from "../environments/environment.ts";
import { harborLeftovers } from "./harbor-leftovers.ts";
import { batchDirOf, ownedBy, ownerOf } from "./labels.ts";
import { allSandboxes, unaskedWords } from "./environments.ts";

/** How long a run gets to end in good order, and then to die. */
const GRACE_MS = 40_000;
const FIRM_MS = 5_000;
const LOOK_EVERY_MS = 50;

export interface KillTarget {
  readonly id: string;
  readonly process: ProcessIdentity;
  readonly batchDir: string;
  readonly projectRoot: string;
  /** That its sandboxes are in; null = not known. */
  readonly environment: string | null;
  /** The run is alive; otherwise only its sandboxes are left. */
  readonly alive: boolean;
  readonly sandboxes: readonly Leftover[];
}

export interface KillScope {
  /** Absolute; null = every batch of the project. */
  readonly batchDir: string | null;
  /** Absolute; null = every project of this user. */
  readonly projectRoot: string | null;
}

export type KillEnding = "ended" | "killed" | "swept" | "still-there" | "refused";

export interface KillTargets {
  readonly targets: readonly KillTarget[];
  /** What may be left where nobody could be asked, in words. */
  readonly problems: readonly string[];
}

/** What there is to stop in this scope; nothing is touched. */
export async function findKillTargets(scope: KillScope): Promise<KillTargets> {
  const { found: sandboxes, unasked } = await allSandboxes();
  const problems: string[] = [];
  const targets: KillTarget[] = [];
  for (const run of await listRuns()) {
    if (!inScope(scope, run.batch_dir, run.project_root)) continue;
    const alive = run.state === "live";
    const own = sandboxes.filter((each) => ownedBy(each, run.process));
    const left = alive ? own : [...own, ...(await harborLeftovers(run.batch_dir))];
    const silent = unasked.filter(({ environment }) => environment === run.environment);
    problems.push(...silent.map((each) => unaskedWords(each, [run.batch_dir])));
    if (!alive && left.length === 0) {
      if (run.state === "dead" && silent.length === 0) await forgetRun(run.id);
      continue;
    }
    targets.push({
      id: run.id,
      process: run.process,
      batchDir: run.batch_dir,
      projectRoot: run.project_root,
      environment: run.environment,
      alive,
      sandboxes: left,
    });
  }
  targets.push(...(await orphans(scope, sandboxes, targets)));
  return { targets, problems };
}

/** `--all` goes further: whatever runs on the Docker host, ours or not. */
export async function allContainers(): Promise<RunningContainers> {
  return (await import("../environments/docker/running-containers.ts")).runningContainers();
}

/** Sandboxes in scope whose run is not recorded any more and whose owner is gone. */
async function orphans(
  scope: KillScope,
  sandboxes: readonly Leftover[],
  targets: readonly KillTarget[],
): Promise<KillTarget[]> {
  const taken = new Set(targets.flatMap((target) => target.sandboxes));
  const found = new Map<string, KillTarget>();
  for (const sandbox of sandboxes) {
    const { labels } = sandbox;
    const batchDir = batchDirOf(sandbox);
    const projectRoot = labels["regatta.project"] ?? "";
    const process = ownerOf(sandbox);
    if (taken.has(sandbox) || process === null || !inScope(scope, batchDir, projectRoot)) continue;
    if ((await liveness(process)) !== "dead") continue;
    const key = `${batchDir}\0${process.pid}\0${process.start_time}`;
    const known = found.get(key);
    found.set(key, {
      id: key,
      process,
      batchDir,
      projectRoot,
      environment: null,
      alive: false,
      sandboxes: [...(known?.sandboxes ?? []), sandbox],
    });
  }
  return [...found.values()];
}

export async function killTarget(target: KillTarget): Promise<KillEnding> {
  if ((await ownLineage()).includes(target.process.pid)) return "refused";
  let ending: KillEnding = "swept";
  if (target.alive && (await isAlive(target.process))) {
    ending = "ended";
    signal(target.process.pid, "SIGTERM");
    if (!(await isGone(target.process, GRACE_MS))) {
      ending = "killed";
      signal(target.process.pid, "SIGKILL");
      if (!(await isGone(target.process, FIRM_MS))) return "still-there";
    }
  }
  const { found, unasked } = await allSandboxes();
  for (const sandbox of found) if (ownedBy(sandbox, target.process)) await sandbox.remove();
  for (const leftover of await harborLeftovers(target.batchDir)) await leftover.remove();
  if (!unasked.some(({ environment }) => environment === target.environment)) await forgetRun(target.id);
  return ending;
}

function inScope(scope: KillScope, batchDir: string, projectRoot: string): boolean {
  if (scope.batchDir !== null) return batchDir === scope.batchDir;
  return scope.projectRoot === null || projectRoot === scope.projectRoot;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // Gone in the meantime is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function isGone(identity: ProcessIdentity, withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs;
  while (await isAlive(identity)) {
    if (performance.now() > until) return false;
    await sleep(LOOK_EVERY_MS);
  }
  return true;
}
