/**
 * Which runs this user has going on this machine: one small file per run under the state folder.
 * A hint for `status` and `kill`, never the truth: the lease in the batch is. A killed run leaves its file behind, marked dead when listed.
 */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { isRecord } from "../base/is-record.ts";
import { isErrno, readJsonTolerant, writeJsonAtomic } from "./files.ts";
import { asIdentity, type Liveness, liveness, ownIdentity, type ProcessIdentity } from "./process-identity.ts";

export interface RunEntry {
  readonly process: ProcessIdentity;
  readonly started_at: string;
  /** Absolute. */
  readonly project_root: string;
  /** Absolute. */
  readonly batch_dir: string;
  /** Absolute path of the experiment file. */
  readonly experiment: string;
  /** That its sandboxes are in; null = not known. */
  readonly environment: string | null;
}

export interface ListedRun extends RunEntry {
  readonly id: string;
  readonly state: Liveness;
}

/** `$XDG_STATE_HOME/regatta/runs`, by default under `~/.local/state`; a relative value is ignored, as that standard asks. */
export function detachedLogsDir(): string {
  return join(registryDir(), "..", "logs");
}

function registryDir(environment: NodeJS.ProcessEnv = process.env): string {
  const configured = environment["XDG_STATE_HOME"];
  const state = configured !== undefined && isAbsolute(configured) ? configured : join(homedir(), ".local", "state");
  return join(state, "regatta", "runs");
}

export async function registerRun(
  run: Omit<RunEntry, "process" | "started_at">,
): Promise<{ readonly id: string; unregister(): Promise<void> }> {
  const dir = registryDir();
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const id = randomUUID();
  const path = join(dir, `${id}.json`);
  const entry: RunEntry = { process: await ownIdentity(), started_at: new Date().toISOString(), ...run };
  await writeJsonAtomic(path, { schema_version: 1, ...entry });
  return { id, unregister: () => rm(path, { force: true }) };
}

/** All recorded runs, oldest first. Files that are not ours or are cut short are skipped. */
export async function listRuns(): Promise<readonly ListedRun[]> {
  const dir = registryDir();
  let names: string[];
  try {
    names = await readdir(dir);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
  const runs: ListedRun[] = [];
  for (const name of names.filter((each) => each.endsWith(".json") && !each.startsWith("."))) {
    const read = await readJsonTolerant(join(dir, name));
    const entry = read.state === "ok" ? asRunEntry(read.value) : null;
    if (entry === null) continue;
    runs.push({ id: name.slice(0, -".json".length), ...entry, state: await liveness(entry.process) });
  }
  return runs.toSorted((a, b) => a.started_at.localeCompare(b.started_at) || a.id.localeCompare(b.id));
}

/** Forgets one run, such as one that is dead. */
export async function forgetRun(id: string): Promise<void> {
  await rm(join(registryDir(), `${id}.json`), { force: true });
}

function asRunEntry(value: unknown): RunEntry | null {
  if (!isRecord(value)) return null;
  const process = asIdentity(value["process"]);
  const { started_at, project_root, batch_dir, experiment } = value;
  if (process === null || typeof started_at !== "string" || typeof project_root !== "string") return null;
  if (typeof batch_dir !== "string" || typeof experiment !== "string") return null;
  const environment = typeof value["environment"] === "string" ? value["environment"] : null;
  return { process, started_at, project_root, batch_dir, experiment, environment };
}
