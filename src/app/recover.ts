/** A batch whose run died, put in order: by `regatta recover`, and by whatever command comes across it first. */
import { takeLease } from "../results/lease.ts";
import { readBatch } from "../results/read-batch.ts";
import { type Recovered, recoverTries } from "../results/recover.ts";
import { systemClock } from "./system-clock.ts";

/** @returns null when somebody has it, may have it, or it was ended in good order. */
export async function recoverIfDead(batchDir: string, version: string): Promise<Recovered | null> {
  const { owner } = await readBatch(batchDir);
  return owner.state === "dead" ? recoverBatch(batchDir, version) : null;
}

/** @throws UserError when another process has the batch. */
async function recoverBatch(batchDir: string, version: string): Promise<Recovered> {
  const { slug, batch } = await readBatch(batchDir);
  const now = (): Date => new Date();
  const about = { slug, batch, regatta_version: version, started_at: systemClock.iso() };
  const lease = await takeLease(batchDir, about, now);
  try {
    return await recoverTries(batchDir, now);
  } finally {
    await lease.release();
  }
}
