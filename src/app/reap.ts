/**
 * Removes what dead runs left, of every project of this user: `regatta gc`, the watchdog of each run, and a look before every command.
 *
 * Dead is who cannot come back: another boot of this machine, or no process of that pid and start time. What belongs to another
 * machine is let alone until its labels have expired; whatever has a living owner is never touched. A dead run stays recorded until
 * everything of it is gone.
 */
import { setTimeout as delay } from "node:timers/promises";
import { liveness } from "../host/process-identity.ts";
import { forgetRun, type ListedRun, listRuns } from "../host/run-registry.ts";
import type { Leftover } from "../environments/environment.ts";
import { readOwner } from "../results/lease.ts";
import { allSandboxes, type Unasked, unaskedWords } from "./environments.ts";
import { harborLeftovers } from "./harbor-leftovers.ts";
import { batchDirOf, ownerOf } from "./labels.ts";
import { type BatchRecovery, recoverBatch } from "./recover.ts";
import { forgetLastWords, type LastWords, lastWords } from "./watchdog.ts";
import { plural } from "../terminal/figures.ts";

export interface Reaped {
  /** Absolute; `recovered` is null where that failed, and `problems` says why, or where it was only looked. */
  readonly batches: readonly { readonly dir: string; readonly recovered: BatchRecovery | null }[];
  /** Names of sandboxes outside of these. */
  readonly sandboxes: readonly string[];
  /** Where dead runs may have left something that could not be asked for, in words. */
  readonly unasked: readonly string[];
  /** What could not be put in order or removed, in words. */
  readonly problems: readonly string[];
  /** Of watchdogs that gave up since. */
  readonly gaveUp: readonly LastWords[];
}

/** A folder that nobody can write to is tried again that much later; then what is in its sandboxes is given up, and they go. */
const AGAIN_AFTER_MS = [1000, 3000];

/** @param really false = only say what there is */
export async function reapDead(version: string, really = true): Promise<Reaped> {
  const problems: string[] = [];
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T | null> => {
    try {
      return await work();
    } catch (error) {
      problems.push(`${what}: ${(error as Error).message}`);
      return null;
    }
  };
  const gaveUp = await lastWords();
  const { found, unasked } = await allSandboxes();
  const dead = await deadOnes(found);
  const runs = (await listRuns()).filter((run) => run.state === "dead");
  const waiting = runs.filter((run) => unasked.some(({ environment }) => environment === run.environment));
  const busy = new Set(waiting.map((run) => run.batch_dir));
  const places = new Set([...dead.map(batchDirOf).filter((dir) => dir !== ""), ...runs.map((run) => run.batch_dir)]);
  const batches: { dir: string; recovered: BatchRecovery | null }[] = [];
  const failed = new Set<string>();
  for (const dir of places) {
    if (busy.has(dir)) continue;
    const { state } = await readOwner(dir);
    // Somebody has the batch, and is taking out of these what its tries still lack.
    if (state === "live") busy.add(dir);
    if (state !== "dead") continue;
    const left = dead.filter((sandbox) => batchDirOf(sandbox) === dir);
    const put = really ? await attempt(dir, () => putInOrder(dir, version, left)) : null;
    if (put === "postponed" || put === "taken") busy.add(dir);
    else batches.push({ dir, recovered: put });
    if (really && put === null) failed.add(dir);
  }
  const others = dead.filter((sandbox) => {
    const dir = batchDirOf(sandbox);
    return !busy.has(dir) && (failed.has(dir) || !batches.some((batch) => batch.dir === dir));
  });
  if (really) for (const sandbox of others) await attempt(sandbox.name, () => sandbox.remove());
  for (const run of really ? runs : []) {
    if (busy.has(run.batch_dir)) continue;
    await attempt(run.batch_dir, async () => {
      for (const leftover of await harborLeftovers(run.batch_dir)) await leftover.remove();
      if (!failed.has(run.batch_dir)) await forgetRun(run.id);
    });
  }
  const result = {
    batches,
    sandboxes: others.map(({ name }) => name),
    unasked: waitedFor(unasked, waiting),
    problems,
    gaveUp,
  };
  if (really && problems.length === 0 && result.unasked.length === 0) await forgetLastWords(gaveUp);
  return result;
}

/** @throws whatever kept it from being put in order, once that has been tried a few times */
async function putInOrder(
  dir: string,
  version: string,
  sandboxes: readonly Leftover[],
): Promise<BatchRecovery | "postponed" | "taken"> {
  // Only what would be lost for good is worth waiting for.
  const waits = sandboxes.length > 0 ? AGAIN_AFTER_MS : [];
  for (let failures = 0; ; failures += 1) {
    try {
      const recovered = await recoverBatch(dir, version);
      return recovered.postponed ? "postponed" : recovered;
    } catch (error) {
      if ((await readOwner(dir)).state !== "dead") return "taken";
      const wait = waits[failures];
      if (wait === undefined) throw error;
      await delay(wait);
    }
  }
}

function waitedFor(unasked: readonly Unasked[], waiting: readonly ListedRun[]): readonly string[] {
  return unasked.flatMap((each) => {
    const dirs = waiting.filter((run) => run.environment === each.environment).map((run) => run.batch_dir);
    return dirs.length === 0 ? [] : [unaskedWords(each, [...new Set(dirs)])];
  });
}

async function deadOnes(sandboxes: readonly Leftover[]): Promise<readonly Leftover[]> {
  const dead: Leftover[] = [];
  for (const sandbox of sandboxes) if (await isDead(sandbox)) dead.push(sandbox);
  return dead;
}

async function isDead(sandbox: Leftover): Promise<boolean> {
  const { labels, ownerless } = sandbox;
  const owner = ownerOf(sandbox);
  if (owner === null) return ownerless === true;
  const state = await liveness(owner);
  return state === "dead" || (state === "unknown" && Date.parse(labels["regatta.expires"] ?? "") < Date.now());
}

/** A look must not cost a command more than this, whatever a container engine is busy with. */
const LOOK_MS = 10_000;

/** Before another command; says what was found, never fails. */
export async function reapFirst(version: string, say: (line: string) => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), LOOK_MS);
  });
  try {
    const reaped = await Promise.race([reapDead(version), late]);
    if (reaped === null)
      say(`note: what dead runs left could not be looked at within ${LOOK_MS / 1000} s; to do it: regatta gc`);
    else for (const line of reapedLines(reaped)) say(`note: ${line}`);
  } catch (error) {
    say(`note: what dead runs left could not be removed: ${(error as Error).message}`);
  } finally {
    clearTimeout(timer);
  }
}

/** Sentences; none when there was nothing. */
export function reapedLines({ batches, sandboxes, unasked, problems, gaveUp }: Reaped): readonly string[] {
  return [
    ...gaveUp.map(({ at, said }) => `a run died, and its watchdog gave up at ${at}: ${said}`),
    ...batches.map(({ dir, recovered }) =>
      recovered === null ? `${dir}: its run died` : `${dir}: its run died; ${recoveredWords(recovered)}`,
    ),
    ...batches.flatMap(({ recovered }) => recovered?.problems ?? []),
    ...(sandboxes.length > 0 ? [`sandboxes of dead runs: ${sandboxes.join(", ")}`] : []),
    ...unasked,
    ...problems.map((problem) => `could not be put in order or removed: ${problem}`),
  ];
}

export function recoveredWords({ finished, unfinished, sandboxes, temporaries }: BatchRecovery): string {
  const parts = [
    finished.length > 0
      ? `${plural(finished.length, "trial")} had ${finished.length === 1 ? "its verdict and is" : "their verdict and are"} recorded`
      : null,
    unfinished.length > 0
      ? `${unfinished.length} ${unfinished.length === 1 ? "was cut off, is" : "were cut off, are"} kept, and will be run again`
      : null,
    sandboxes > 0 ? `${plural(sandboxes, "sandbox", "sandboxes")} removed` : null,
    temporaries > 0 ? `${plural(temporaries, "half-written file")} removed` : null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? "nothing was left of it" : parts.join("; ");
}
