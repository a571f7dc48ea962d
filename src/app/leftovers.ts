import { UserError } from "../contract/failure.ts";
import type { EnvironmentProvider, Leftover } from "../environments/environment.ts";
import { liveness, ownIdentity } from "../host/process-identity.ts";
import { ownerOf } from "./labels.ts";

/**
 * Removes sandboxes of this process, and those that an owner which is gone left behind.
 *
 * @returns how many
 * @throws {UserError} when somebody else who is alive has one, whatever became of his lease: then none is touched
 */
export async function removeLeftovers(
  provider: EnvironmentProvider,
  isOurs: (labels: Readonly<Record<string, string>>) => boolean,
): Promise<number> {
  const found = (await provider.list()).filter((leftover) => isOurs(leftover.labels));
  for (const leftover of found) await refuseIfUsed(leftover);
  await Promise.all(found.map((leftover) => leftover.remove()));
  return found.length;
}

async function refuseIfUsed(leftover: Leftover): Promise<void> {
  const owner = ownerOf(leftover);
  if (owner === null || (await liveness(owner)) !== "live") return;
  const own = await ownIdentity();
  if (owner.pid === own.pid && owner.start_time === own.start_time) return;
  throw new UserError(
    `Process ${owner.pid} on ${owner.host} has a sandbox of this batch, ${leftover.name}, and is alive.`,
    ["It runs this batch, though its lease is gone: wait for it, or end it."],
  );
}
