/**
 * An environment's directory on the host: `labels.json` (written first), its upper directories, its mount tables.
 * Whatever is found here without a living owner is a leftover. Whose it is says its record, or its name while it has none: a kill
 * at any moment leaves something that can be told to be a dead process's.
 */
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { isErrno, readJsonTolerant } from "../../host/files.ts";
import { asIdentity, isAlive, liveness, ownIdentity, type ProcessIdentity } from "../../host/process-identity.ts";
import { EnvironmentFailure, type Leftover } from "../environment.ts";
import { destroyGroup } from "./control-group.ts";
import { salvage } from "./salvage.ts";

export interface StateRecord {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The first process inside, once it runs. */
  readonly init: ProcessIdentity | null;
  readonly controlGroup: string | null;
  /** The runner. */
  readonly owner: ProcessIdentity | null;
}

function environmentsDir(stateRoot: string): string {
  return join(stateRoot, "envs");
}

/** Of the fixed lower parts of sandboxes, see base-tree.ts. */
export function basesDir(stateRoot: string): string {
  return join(stateRoot, "base");
}

/** @throws EnvironmentFailure when the name is taken. */
export function createStateDirectory(stateRoot: string, record: StateRecord, upperKeys: readonly string[]): string {
  if (!/^[A-Za-z0-9._-]+$/.test(record.name) || record.name.startsWith(".")) {
    throw new EnvironmentFailure(
      "bad-name",
      `"${record.name}" cannot be the name of an environment: letters, digits, ".", "_" and "-" only`,
    );
  }
  const dir = join(environmentsDir(stateRoot), record.name);
  mkdirSync(environmentsDir(stateRoot), { recursive: true, mode: 0o700 });
  // It appears with its record, so that no kill leaves one of which nobody can tell whose it was.
  const unborn = join(environmentsDir(stateRoot), ownedName(UNBORN, record.owner));
  mkdirSync(unborn, { mode: 0o700 });
  try {
    writeRecord(unborn, record);
    renameSync(unborn, dir);
  } catch (error) {
    rmSync(unborn, { recursive: true, force: true });
    if (!isErrno(error, "EEXIST", "ENOTEMPTY")) throw error;
    throw new EnvironmentFailure("name-taken", `an environment named ${record.name} exists already in ${dir}`, {
      cause: error,
    });
  }
  for (const part of ["t", "p", "m", "u", "w", ...upperKeys.flatMap((key) => [`u/${key}`, `w/${key}`])]) {
    mkdirSync(join(dir, part));
    // The upper directory gives the merged one its mode, whatever the umask is.
    chmodSync(join(dir, part), 0o755);
  }
  return dir;
}

export const UNBORN = ".unborn-";
const REMOVED = ".removed-";

/** Of a directory that may have no record. */
export function ownedName(state: typeof UNBORN | typeof REMOVED, owner: ProcessIdentity | null): string {
  return `${state}${owner?.pid ?? 0}-${owner?.start_time ?? ""}-${randomUUID().slice(0, 8)}`;
}

/** Of its maker, or of whoever removes it; null for the name of an environment, which has a record. */
async function ownerInName(name: string): Promise<ProcessIdentity | null> {
  const state = [UNBORN, REMOVED].find((each) => name.startsWith(each));
  if (state === undefined) return null;
  const [pid = "", start_time = ""] = name.slice(state.length).split("-");
  return asIdentity({ ...(await ownIdentity()), pid: Number(pid), start_time });
}

/** Renamed into place but not synced: after a power cut nothing of the sandbox runs, and a torn record only loses labels. */
export function writeRecord(dir: string, record: StateRecord): void {
  const temporary = join(dir, "labels.json.tmp");
  const fd = openSync(temporary, "w", 0o600);
  try {
    writeSync(fd, `${JSON.stringify(record, null, 2)}\n`);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, join(dir, "labels.json"));
}

export async function readLeftovers(stateRoot: string): Promise<readonly Leftover[]> {
  return [...(await readEnvironments(stateRoot)), ...(await readUnbornBases(stateRoot))];
}

async function readUnbornBases(stateRoot: string): Promise<readonly Leftover[]> {
  const dir = basesDir(stateRoot);
  const names = namesIn(dir).filter((name) => name.startsWith(UNBORN));
  return Promise.all(
    names.map(async (name) => {
      const owner = await ownerInName(name);
      const remove = (): Promise<void> => rm(join(dir, name), { recursive: true, force: true });
      return { name: `base${name}`, labels: {}, ...(owner === null ? {} : { owner }), remove };
    }),
  );
}

async function readEnvironments(stateRoot: string): Promise<readonly Leftover[]> {
  return Promise.all(
    namesIn(environmentsDir(stateRoot)).map(async (name) => {
      const dir = join(environmentsDir(stateRoot), name);
      const record = await readRecord(dir, name);
      const named = await ownerInName(name);
      const owner = named ?? record.owner;
      return {
        name: record.name,
        labels: record.labels,
        ...(owner === null ? {} : { owner }),
        // A record that was torn by a power cut.
        ownerless: owner === null && isOld(dir),
        remove: () => removeLeftover(dir, record),
        // What is not whole, not yet or not any more, is no evidence.
        ...(named === null ? { salvage: salvageOf(dir, record) } : {}),
      };
    }),
  );
}

function salvageOf(dir: string, record: StateRecord): NonNullable<Leftover["salvage"]> {
  return async (from, to, limits) => {
    // Nothing may change there any more.
    await endFirstProcess(record);
    return salvage(dir, from, to, limits);
  };
}

/** Sandboxes that a runner made for itself and left behind when it was killed; nobody else will ever ask for these. */
export async function removeAbandoned(stateRoot: string, prefixes: readonly string[]): Promise<void> {
  for (const name of namesIn(environmentsDir(stateRoot))) {
    if (!prefixes.some((prefix) => name.startsWith(prefix))) continue;
    const dir = join(environmentsDir(stateRoot), name);
    const record = await readRecord(dir, name);
    if (record.owner !== null && (await liveness(record.owner)) === "dead") await removeLeftover(dir, record);
  }
}

/** Longer than anybody needs to put one there. */
const RECORD_MS = 10_000;

function isOld(dir: string): boolean {
  return Date.now() - (statSync(dir, { throwIfNoEntry: false })?.ctimeMs ?? Date.now()) > RECORD_MS;
}

async function readRecord(dir: string, name: string): Promise<StateRecord> {
  const read = await readJsonTolerant(join(dir, "labels.json"));
  const value = (read.state === "ok" ? read.value : {}) as Partial<Record<keyof StateRecord, unknown>>;
  const labels =
    typeof value.labels === "object" && value.labels !== null
      ? Object.entries(value.labels).filter((entry): entry is [string, string] => typeof entry[1] === "string")
      : [];
  return {
    name,
    labels: Object.fromEntries(labels),
    init: asIdentity(value.init),
    owner: asIdentity(value.owner),
    controlGroup: typeof value.controlGroup === "string" ? value.controlGroup : null,
  };
}

async function removeLeftover(dir: string, record: StateRecord): Promise<void> {
  await endFirstProcess(record);
  if (record.controlGroup !== null)
    await destroyGroup({ path: record.controlGroup, procs: join(record.controlGroup, "cgroup.procs") });
  await removeStateDirectory(dir);
}

/** And with it everything in its pid namespace. */
async function endFirstProcess(record: StateRecord): Promise<void> {
  if (record.init !== null && (await isAlive(record.init))) {
    try {
      process.kill(record.init.pid, "SIGKILL");
    } catch (error) {
      if (!isErrno(error, "ESRCH")) throw error;
    }
    while (await isAlive(record.init)) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/**
 * Also what is hard to remove: directories without permission, paths longer than a system call takes.
 * It goes under another name first: its record is not the last to go, and a kill in the middle would leave nobody's directory.
 */
export async function removeStateDirectory(dir: string): Promise<void> {
  const removed = join(dirname(dir), ownedName(REMOVED, await ownIdentity()));
  try {
    renameSync(dir, removed);
  } catch (error) {
    // Another has it already.
    if (isErrno(error, "ENOENT")) return;
    throw error;
  }
  if (process.getuid?.() !== 0) openWorkDirectories(join(removed, "w"));
  try {
    await rm(removed, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    if (!isErrno(error, "EACCES", "EPERM", "ENOTEMPTY", "ENAMETOOLONG")) throw error;
    // These go down by directory descriptor and know no longest path.
    await ignoreFailure("find", [removed, "-type", "d", "!", "-perm", "-700", "-exec", "chmod", "u+rwx", "{}", ";"]);
    await ignoreFailure("rm", ["-rf", "--", removed]);
    if (existsSync(removed)) throw new Error(`${removed} cannot be removed`, { cause: error });
  }
}

async function ignoreFailure(command: string, args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)("/usr/bin/env", [command, ...args]);
  } catch (error) {
    // What counts is what is left, and the caller looks.
    if (!(error instanceof Error)) throw error;
  }
}

/** overlayfs makes these without any permission; root does not mind. */
function openWorkDirectories(work: string): void {
  for (const key of namesIn(work)) {
    const dir = join(work, key, "work");
    if (!existsSync(dir)) continue;
    chmodSync(dir, 0o700);
    for (const name of readdirSync(dir)) chmodSync(join(dir, name), 0o700);
  }
}

function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}
