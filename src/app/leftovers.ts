import { UserError } from "../contract/failure.ts";
import type { EnvironmentProvider, Leftover } from "../environments/environment.ts";
import { liveness, ownIdentity, type ProcessIdentity } from "../host/process-identity.ts";
import { batchDirOf, ownedBy, ownerOf } from "./labels.ts";

/**
 * Removes what a batch has of sandboxes: those of this process, and those that an owner which is gone left behind.
 *
 * @throws {UserError} when somebody else who is alive has one, whatever became of his lease: then none is touched
 */
export async function removeLeftovers(provider: EnvironmentProvider, batchDir: string): Promise<void> {
  const own = await ownIdentity();
  const found = (await provider.list()).filter((leftover) => batchDirOf(leftover) === batchDir);
  for (const leftover of found) await refuseIfUsed(leftover, own);
  await Promise.all(found.map((leftover) => leftover.remove()));
}

async function refuseIfUsed(leftover: Leftover, own: ProcessIdentity): Promise<void> {
  const owner = ownerOf(leftover);
  if (owner === null || ownedBy(leftover, own) || (await liveness(owner)) !== "live") return;
  throw new UserError(
    `Process ${owner.pid} on ${owner.host} has a sandbox of this batch, ${leftover.name}, and is alive.`,
    ["It runs this batch, though its lease is gone: wait for it, or end it."],
  );
}
