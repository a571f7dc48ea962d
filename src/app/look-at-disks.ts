/** The file systems that a run fills, each once, and what is free there. */
import type { Finding } from "../contract/finding.ts";
import type { Plan, TrialPlan } from "../contract/plan.ts";
import { freeSpace } from "../host/free-space.ts";
import { diskFinding, type DiskFacts, storageFinding } from "../planning/readiness/disk.ts";

export interface FilledPath {
  /** Absolute. */
  readonly path: string;
  /** What goes there, in words. */
  readonly holds: string;
}

/** @param sandboxes directories that sandboxes take room in */
export async function lookAtDisks(
  plan: Plan,
  trials: readonly TrialPlan[],
  sandboxes: readonly string[],
): Promise<readonly Finding[]> {
  const filled = await diskFacts([
    { path: plan.run.resultsRoot, holds: "results" },
    ...sandboxes.map((path) => ({ path, holds: "sandboxes" })),
  ]);
  const storageOf = new Map(plan.tasks.map(({ task }) => [task.id, task.environment.storageMb]));
  const storage = trials.map(({ task }) => storageOf.get(task) ?? null);
  const slots = Math.min(plan.slots, trials.length);
  const findings = filled.map((disk) => diskFinding(disk, plan.run.minFreeGb));
  const room = filled.filter(({ holds }) => holds.includes("sandboxes"));
  return [...findings, ...room.flatMap((disk) => storageFinding(disk, storage, slots) ?? [])];
}

/** Two paths of one file system are one fact. */
export async function diskFacts(paths: readonly FilledPath[]): Promise<readonly DiskFacts[]> {
  const found = new Map<number | string, DiskFacts>();
  for (const { path, holds } of paths) {
    try {
      const { at, device, freeBytes } = await freeSpace(path);
      const other = found.get(device);
      const facts = other === undefined ? { at, holds } : { at: other.at, holds: `${other.holds} and ${holds}` };
      found.set(device, { ...facts, freeBytes });
    } catch (error) {
      // A directory that this user may not see into; the system has said which, and the run will say more.
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      found.set(path, { at: path, holds, freeBytes: null });
    }
  }
  return [...found.values()];
}
