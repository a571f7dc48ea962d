/** Labels on everything that is started, so that it can be found again and its owner told dead or alive. */
import { createHash } from "node:crypto";
import { stableJson } from "../base/stable-json.ts";
import type { Leftover } from "../environments/environment.ts";
import type { TrialPlan } from "../contract/plan.ts";
import { identityLabels, identityOfLabels, type ProcessIdentity } from "../host/process-identity.ts";

/** A sandbox outlives no trial for this long; whatever is older is nobody's. */
const LIFETIME_MS = 7 * 24 * 3600 * 1000;

export interface Owner {
  readonly identity: ProcessIdentity;
  readonly slug: string;
  readonly batch: number;
  readonly batchDir: string;
  readonly projectRoot: string;
}

export function sandboxLabels(
  owner: Owner,
  trial: TrialPlan,
  tryNumber: number,
  now: number,
): Readonly<Record<string, string>> {
  const { identity, slug, batch, batchDir, projectRoot } = owner;
  return {
    "regatta.experiment": slug,
    "regatta.batch": String(batch),
    "regatta.batch-dir": batchDir,
    "regatta.project": projectRoot,
    "regatta.trial": trial.trialName,
    "regatta.try": String(tryNumber),
    ...identityLabels(identity),
    "regatta.expires": new Date(now + LIFETIME_MS).toISOString(),
  };
}

/** Unique on this host: batches of two projects may have the same slug and number. */
export function sandboxName(batchDir: string, trial: TrialPlan, tryNumber: number): string {
  const place = createHash("sha256").update(batchDir).digest("hex").slice(0, 8);
  return `${place}-${trial.trialName}-${tryNumber}`;
}

/** Of the batch that it was made for; empty = it does not tell. */
export function batchDirOf({ labels }: Pick<Leftover, "labels">): string {
  return labels["regatta.batch-dir"] ?? "";
}

/** Who made it; null = it does not tell. */
export function ownerOf({ labels, owner }: Leftover): ProcessIdentity | null {
  return owner ?? identityOfLabels(labels);
}

export function ownedBy(sandbox: Leftover, owner: ProcessIdentity): boolean {
  const recorded = ownerOf(sandbox);
  return recorded !== null && stableJson(recorded) === stableJson(owner);
}
