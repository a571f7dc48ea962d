/**
 * Removes what dead runs left, of every project of this user: `regatta gc`, the watchdog of each run, and a look before every command.
 *
 * Dead is who cannot come back: another boot of this machine, or no process of that pid and start time. What belongs to another
 * machine is let alone until its labels have expired; whatever has a living owner is never touched.
 */
import { liveness } from "../host/process-identity.ts";
import { forgetRun, listRuns } from "../host/run-registry.ts";
import type { Leftover } from "../environments/environment.ts";
import { readOwner } from "../results/lease.ts";
import { allSandboxes } from "./environments.ts";
import { harborLeftovers } from "./harbor-leftovers.ts";
import { ownerOf } from "./labels.ts";
import { type BatchRecovery, recoverBatch } from "./recover.ts";
import { plural } from "../terminal/figures.ts";

export interface Reaped {
  /** Absolute. */
  readonly batches: readonly { readonly dir: string; readonly recovered: BatchRecovery | null }[];
  /** Names of sandboxes outside of these. */
  readonly sandboxes: readonly string[];
  /** What could not be removed, in words. */
  readonly problems: readonly string[];
}

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
  const dead = await deadSandboxes();
  const runs = (await listRuns()).filter((run) => run.state === "dead");
  const places = new Set([
    ...dead.flatMap(({ labels }) => labels["regatta.batch-dir"] ?? []),
    ...runs.map((run) => run.batch_dir),
  ]);
  const busy = new Set<string>();
  const batches: { dir: string; recovered: BatchRecovery | null }[] = [];
  for (const dir of places) {
    const { state } = await readOwner(dir);
    // Somebody has the batch, and is taking out of these what its tries still lack.
    if (state === "live") busy.add(dir);
    if (state !== "dead") continue;
    batches.push({ dir, recovered: really ? await attempt(dir, () => recoverBatch(dir, version)) : null });
  }
  for (const run of really ? runs : []) {
    await attempt(run.batch_dir, async () => {
      for (const leftover of await harborLeftovers(run.batch_dir)) await leftover.remove();
      await forgetRun(run.id);
    });
  }
  const others = dead.filter(({ labels }) => {
    const dir = labels["regatta.batch-dir"] ?? "";
    return !busy.has(dir) && !batches.some((batch) => batch.dir === dir);
  });
  if (really) for (const sandbox of others) await attempt(sandbox.name, () => sandbox.remove());
  return { batches, sandboxes: others.map(({ name }) => name), problems };
}

async function deadSandboxes(): Promise<readonly Leftover[]> {
  const found: Leftover[] = [];
  for (const sandbox of await allSandboxes()) if (await isDead(sandbox)) found.push(sandbox);
  return found;
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
    if (reaped === null) return;
    for (const line of reapedLines(reaped)) say(`note: ${line}`);
  } catch (error) {
    say(`note: what dead runs left could not be removed: ${(error as Error).message}`);
  } finally {
    clearTimeout(timer);
  }
}

/** Sentences; none when there was nothing. */
export function reapedLines({ batches, sandboxes, problems }: Reaped): readonly string[] {
  return [
    ...batches.map(({ dir, recovered }) =>
      recovered === null ? `${dir}: its run died` : `${dir}: its run died; ${recoveredWords(recovered)}`,
    ),
    ...batches.flatMap(({ recovered }) => recovered?.problems ?? []),
    ...(sandboxes.length > 0 ? [`sandboxes of dead runs: ${sandboxes.join(", ")}`] : []),
    ...problems.map((problem) => `could not be removed: ${problem}`),
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
