/**
 * A batch whose run died, put in order: by `regatta recover`, by `regatta gc`, by the run's watchdog, or by whatever command comes first.
 * What is still in its sandboxes is taken out before they go: a verdict of tests that had ended, what the agent had logged.
 */
import type { Leftover } from "../environments/environment.ts";
import { liveness } from "../host/process-identity.ts";
import { ownerAfterRecovery, takeLease } from "../results/lease.ts";
import { readBatch } from "../results/read-batch.ts";
import { type Recovered, recoverTries } from "../results/recover.ts";
import { allSandboxes } from "./environments.ts";
import { salvageTries } from "./salvage-tries.ts";
import { ownerOf } from "./labels.ts";
import { systemClock } from "./system-clock.ts";

export interface BatchRecovery extends Recovered {
  /** How many sandboxes were removed. */
  readonly sandboxes: number;
  /** What could not be had or removed, in words. */
  readonly problems: readonly string[];
}

/** @returns whether its run died and nobody has gone on with it since; false also when somebody has it, or may have. */
export async function recoverIfDead(batchDir: string, version: string): Promise<boolean> {
  const owner = await ownerAfterRecovery(batchDir);
  if (owner.state === "none") return owner.recovered;
  if (owner.state !== "dead") return false;
  await recoverBatch(batchDir, version);
  return true;
}

/** @throws UserError when another process has the batch. */
export async function recoverBatch(batchDir: string, version: string): Promise<BatchRecovery> {
  const { slug, batch } = await readBatch(batchDir);
  const now = (): Date => new Date();
  const started_at = systemClock.iso();
  const lease = await takeLease(
    batchDir,
    { slug, batch, regatta_version: version, started_at, purpose: "recovery" },
    now,
  );
  try {
    const left = await sandboxesOf(batchDir);
    const problems = [...(await salvageTries(batchDir, left))];
    const recovered = await recoverTries(batchDir, now);
    for (const sandbox of left) {
      try {
        await sandbox.remove();
      } catch (error) {
        problems.push(`${sandbox.name} could not be removed: ${(error as Error).message}`);
      }
    }
    return { ...recovered, sandboxes: left.length, problems };
  } finally {
    await lease.release();
  }
}

/** Of dead owners; whoever holds the batch's lease is not dead, but has none. */
async function sandboxesOf(batchDir: string): Promise<readonly Leftover[]> {
  const found: Leftover[] = [];
  for (const sandbox of await allSandboxes()) {
    if (sandbox.labels["regatta.batch-dir"] !== batchDir) continue;
    const owner = ownerOf(sandbox);
    if (owner !== null && (await liveness(owner)) === "dead") found.push(sandbox);
  }
  return found;
}
