/**
 * Who may write into a batch: one process at a time, known by host, boot, pid and start time.
 *
 * Leases are numbered files that are linked into place complete, so exactly one process can create number n+1: two that
 * find the same dead owner cannot both take over. Nobody ever removes or replaces another's lease.
 */
import { randomUUID } from "node:crypto";
import { link, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isRecord } from "../base/is-record.ts";
import { UserError } from "../contract/failure.ts";
import { isErrno, makeDirs, readJsonTolerant, syncDir, writeJsonAtomic, writeSynced } from "../host/files.ts";
import { asIdentity, liveness, ownIdentity, type ProcessIdentity } from "../host/process-identity.ts";
import { asNumber, leasesDir } from "./layout.ts";

export interface LeaseRecord {
  readonly schema_version: 1;
  readonly process: ProcessIdentity;
  readonly started_at: string;
  /** Null while held. */
  readonly released_at: string | null;
  readonly regatta_version: string;
  readonly slug: string;
  readonly batch: number;
  /** `recovery` is over soon: who wants the batch waits for it instead of being refused. */
  readonly purpose?: "recovery";
  /** It was released without having done what it was for: the batch is as its dead owner left it. */
  readonly failed?: true;
}

/** So long at most: a large trial may have to be taken out of what is left of its sandbox. */
const RECOVERY_MS = 300_000;
const LOOK_EVERY_MS = 50;

/**
 * `none`: never run, or the last run ended properly. `dead`: it was killed. `unknown`: it belongs to another host, or its
 * lease cannot be read.
 */
export type OwnerState =
  /** `recovered`: it died, and all that anybody did since was to put it in order. */
  | { readonly state: "none"; readonly recovered: boolean }
  | { readonly state: "live" | "dead"; readonly lease: LeaseRecord; readonly file: string }
  | { readonly state: "unknown"; readonly lease: LeaseRecord | null; readonly file: string };

export interface Lease {
  release(): Promise<void>;
  /** Gives back a batch that could not be put in order: it is still a dead run's. */
  giveBack(): Promise<void>;
}

export async function readOwner(batchDir: string): Promise<OwnerState> {
  return (await latestLease(batchDir)).owner;
}

/** The owner, once nobody is just putting the batch in order. */
export async function ownerAfterRecovery(batchDir: string): Promise<OwnerState> {
  const patience = performance.now() + RECOVERY_MS;
  for (;;) {
    const { owner } = await latestLease(batchDir);
    const recovering = owner.state === "live" && owner.lease.purpose === "recovery";
    if (!recovering || performance.now() > patience) return owner;
    await delay(LOOK_EVERY_MS);
  }
}

async function latestLease(batchDir: string): Promise<{ readonly number: number; readonly owner: OwnerState }> {
  const dir = leasesDir(batchDir);
  const number = Math.max(0, ...(await leaseNumbers(dir)));
  if (number === 0) return { number, owner: { state: "none", recovered: false } };
  const file = join(dir, `${number}.json`);
  const read = await readJsonTolerant(file);
  const lease = read.state === "ok" ? asLease(read.value) : null;
  if (lease === null) return { number, owner: { state: "unknown", lease, file } };
  if (lease.failed === true) return { number, owner: { state: "dead", lease, file } };
  if (lease.released_at !== null) return { number, owner: { state: "none", recovered: lease.purpose === "recovery" } };
  return { number, owner: { state: await liveness(lease.process), lease, file } };
}

async function leaseNumbers(dir: string): Promise<number[]> {
  try {
    const names = (await readdir(dir)).filter((name) => name.endsWith(".json"));
    return names.map((name) => asNumber(name.slice(0, -".json".length)) ?? 0);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}

/** @throws UserError when another process has the batch, or may have. */
export async function takeLease(
  batchDir: string,
  about: Pick<LeaseRecord, "slug" | "batch" | "regatta_version" | "started_at" | "purpose">,
  now: () => Date,
): Promise<Lease> {
  const dir = leasesDir(batchDir);
  await makeDirs(dir);
  const lease: LeaseRecord = {
    schema_version: 1,
    process: await ownIdentity(),
    started_at: about.started_at,
    released_at: null,
    regatta_version: about.regatta_version,
    slug: about.slug,
    batch: about.batch,
    ...(about.purpose === undefined ? {} : { purpose: about.purpose }),
  };
  const patience = performance.now() + RECOVERY_MS;
  for (;;) {
    const { number, owner } = await latestLease(batchDir);
    if (owner.state === "live" && owner.lease.purpose === "recovery" && performance.now() < patience) {
      await delay(LOOK_EVERY_MS);
      continue;
    }
    refuseIfOwned(owner, about);
    const file = join(dir, `${number + 1}.json`);
    if (!(await createWhole(dir, file, lease))) continue;
    return {
      release: () => writeJsonAtomic(file, { ...lease, released_at: now().toISOString() }),
      giveBack: () => writeJsonAtomic(file, { ...lease, released_at: now().toISOString(), failed: true }),
    };
  }
}

/** @returns false when the name is taken. */
async function createWhole(dir: string, file: string, lease: LeaseRecord): Promise<boolean> {
  const temporary = join(dir, `.lease.${randomUUID().slice(0, 8)}.tmp`);
  await writeSynced(temporary, `${JSON.stringify(lease, null, 2)}\n`);
  try {
    await link(temporary, file);
  } catch (error) {
    if (isErrno(error, "EEXIST")) return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  await syncDir(dir);
  return true;
}

function refuseIfOwned(owner: OwnerState, about: { readonly slug: string; readonly batch: number }): void {
  const name = `${about.slug}/${about.batch}`;
  if (owner.state === "live") {
    const { pid, host } = owner.lease.process;
    throw new UserError(`Batch ${name} is being run by process ${pid} on ${host} since ${owner.lease.started_at}.`, [
      `To watch it: regatta watch ${name}`,
      `To stop it: regatta kill ${name} --yes`,
    ]);
  }
  if (owner.state === "unknown") {
    const who =
      owner.lease === null
        ? `${owner.file} cannot be read`
        : `process ${owner.lease.process.pid} on ${owner.lease.process.host} started it at ${owner.lease.started_at}`;
    throw new UserError(`Batch ${name} may still be run by somebody else: ${who}.`, [
      "Whether that process is still there cannot be seen from this machine.",
      `If you know that it is over, remove ${owner.file} and run the command again.`,
    ]);
  }
}

function asLease(value: unknown): LeaseRecord | null {
  if (!isRecord(value)) return null;
  const process = asIdentity(value["process"]);
  const { started_at, released_at, regatta_version, slug, batch } = value;
  if (process === null || typeof started_at !== "string" || typeof slug !== "string") return null;
  if (typeof batch !== "number" || (released_at !== null && typeof released_at !== "string")) return null;
  return {
    schema_version: 1,
    process,
    started_at,
    released_at,
    regatta_version: typeof regatta_version === "string" ? regatta_version : "unknown",
    slug,
    batch,
    ...(value["purpose"] === "recovery" ? { purpose: "recovery" as const } : {}),
    ...(value["failed"] === true ? { failed: true as const } : {}),
  };
}
