/**
 * A batch whose run died, put in order: by `regatta recover`, by `regatta gc`, by the run's watchdog, or by whatever command comes first.
 * What is still in its sandboxes is taken out before they go: a verdict of tests that had ended, what the agent had logged.
 */
import { UserError } from "../contract/failure.ts";
import type { Leftover } from "../environments/environment.ts";
import { liveness } from "../host/process-identity.ts";
import { ownerAfterRecovery, takeLease } from "../results/lease.ts";
import { readBatch } from "../results/read-batch.ts";
import { type Recovered, recoverTries } from "../results/recover.ts";
import { allSandboxes, unaskedWords } from "./environments.ts";
import { batchDirOf, ownerOf } from "./labels.ts";
import { systemClock } from "./system-clock.ts";

export interface BatchRecovery extends Recovered {
  /** How many sandboxes were removed. */
  readonly sandboxes: number;
  /** What could not be had or removed, in words. */
  readonly problems: readonly string[];
  /** Nothing was done, because what its sandboxes hold could not be asked for. */
  readonly postponed: boolean;
}

export interface RecoverOptions {
  /** Goes by the files alone where its sandboxes cannot be asked for: what only they hold is given up. */
  readonly withoutSandboxes?: boolean;
}

/**
 * @returns whether its run died and nobody has gone on with it since; false also when somebody has it, or may have.
 * @throws UserError when what its sandboxes hold cannot be asked for
 */
export async function recoverIfDead(batchDir: string, version: string): Promise<boolean> {
  const owner = await ownerAfterRecovery(batchDir);
  if (owner.state === "none") return owner.recovered;
  if (owner.state !== "dead") return false;
  const { postponed, problems } = await recoverBatch(batchDir, version);
  if (postponed)
    throw new UserError("The batch's run died, and what it came to may still be in its sandboxes.", [
      ...problems,
      `To go by its files alone: regatta recover ${batchDir} --without-sandboxes`,
    ]);
  return true;
}

/**
 * What is in its sandboxes is taken out, they go, and then its folders are put in order: a folder that nobody can write to keeps no sandbox.
 *
 * @throws UserError when another process has the batch.
 */
export async function recoverBatch(
  batchDir: string,
  version: string,
  options: RecoverOptions = {},
): Promise<BatchRecovery> {
  const { slug, batch, launches } = await readBatch(batchDir);
  const used = new Set(launches.map(({ lock }) => lock.run.cell["environment"]));
  const problems = (await allSandboxes()).unasked
    .filter(({ environment }) => used.has(environment))
    .map((each) => unaskedWords(each, [batchDir]));
  if (problems.length > 0 && options.withoutSandboxes !== true)
    return { finished: [], unfinished: [], temporaries: 0, sandboxes: 0, problems, postponed: true };
  const now = (): Date => new Date();
  const started_at = systemClock.iso();
  const lease = await takeLease(
    batchDir,
    { slug, batch, regatta_version: version, started_at, purpose: "recovery" },
    now,
  );
  try {
    const left = await deadOnesOf(batchDir, (await allSandboxes()).found);
    if (left.length > 0) {
      // It makes plans, and with it comes half of the program: most commands only look whether there is anything to do.
      const { salvageTries } = await import("./salvage-tries.ts");
      problems.push(...(await salvageTries(batchDir, left)));
    }
    for (const sandbox of left) {
      try {
        await sandbox.remove();
      } catch (error) {
        problems.push(`${sandbox.name} could not be removed: ${(error as Error).message}`);
      }
    }
    const recovered = await recoverTries(batchDir, now);
    await lease.release();
    return { ...recovered, sandboxes: left.length, problems, postponed: false };
  } catch (error) {
    // One that cannot even be given back is a dead owner's once this process has ended.
    await lease.giveBack().catch(() => undefined);
    throw error;
  }
}

/** Of dead owners; whoever holds the batch's lease is not dead, but has none. */
async function deadOnesOf(batchDir: string, sandboxes: readonly Leftover[]): Promise<readonly Leftover[]> {
  const dead: Leftover[] = [];
  for (const sandbox of sandboxes) {
    if (batchDirOf(sandbox) !== batchDir) continue;
    const owner = ownerOf(sandbox);
    if (owner !== null && (await liveness(owner)) === "dead") dead.push(sandbox);
  }
  return dead;
}
