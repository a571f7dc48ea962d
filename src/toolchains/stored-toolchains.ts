/** What is in the store: listed, checked, removed. */
import { randomUUID } from "node:crypto";
import { lstat, mkdir, readdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { tryFileLock } from "../host/file-lock.ts";
import { isErrno } from "../host/files.ts";
import { contentsOf, differences, digestOf, namesIn, removeSealed } from "./contents.ts";
import { manifestPath, readContents, readManifest, shownName, TREE } from "./manifest.ts";
import { lockOf, storeDir } from "./store.ts";
import { isInUse } from "./users.ts";

const HASH = /^[0-9a-f]{64}$/;

export interface StoredToolchain {
  readonly name: string;
  readonly hash: string;
  readonly dir: string;
  readonly bytes: number;
  readonly lastUsed: Date | null;
  /** @returns false when a process that is alive uses it, or somebody is making it. */
  remove(): Promise<boolean>;
}

/** Everything on disk, also what a killed process left half made. */
export async function storedToolchains(store = storeDir()): Promise<readonly StoredToolchain[]> {
  const found: StoredToolchain[] = [];
  for (const hash of (await namesIn(store)).filter((name) => HASH.test(name))) {
    const dir = join(store, hash);
    const manifest = await readManifest(dir);
    const shown = manifest === null ? `${hash.slice(0, 12)} (damaged)` : shownName(manifest);
    found.push({
      name: shown,
      hash,
      dir,
      bytes: await bytesOf(dir),
      lastUsed: await changedAt(manifest === null ? dir : manifestPath(dir)),
      remove: () => removeEntry(store, hash),
    });
  }
  for (const name of await namesIn(join(store, "building"))) {
    const [hash = ""] = name.split(".");
    const dir = join(store, "building", name);
    found.push({
      name: `${hash.slice(0, 12)} (half made)`,
      hash,
      dir,
      bytes: await bytesOf(dir),
      lastUsed: await changedAt(dir),
      remove: () => locked(store, hash, () => removeSealed(dir)),
    });
  }
  return found;
}

async function removeEntry(store: string, hash: string): Promise<boolean> {
  let removed = false;
  await locked(store, hash, async () => {
    if (await isInUse(join(store, hash))) return;
    // Out of sight in one step: nobody finds half of it.
    const gone = join(store, "building", `${hash}.${randomUUID()}`);
    await mkdir(join(store, "building"), { recursive: true });
    try {
      await rename(join(store, hash), gone);
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
    }
    await removeSealed(gone);
    removed = true;
  });
  return removed;
}

/** @returns false when somebody alive has the lock. */
async function locked(store: string, hash: string, work: () => Promise<void>): Promise<boolean> {
  await mkdir(join(store, "locks"), { recursive: true });
  // The first try may only have taken a dead owner's lock away.
  const unlock = (await tryFileLock(lockOf(store, hash))) ?? (await tryFileLock(lockOf(store, hash)));
  if (unlock === null) return false;
  try {
    await work();
    return true;
  } finally {
    await unlock();
  }
}

export interface CheckedToolchain extends Pick<StoredToolchain, "name" | "hash" | "remove"> {
  /** What is not as it was when it was made; empty = it is whole. */
  readonly problems: readonly string[];
}

/** Reads every file of every entry again. */
export async function verifyToolchains(store = storeDir()): Promise<readonly CheckedToolchain[]> {
  const checked: CheckedToolchain[] = [];
  for (const hash of (await namesIn(store)).filter((name) => HASH.test(name))) {
    const dir = join(store, hash);
    const manifest = await readManifest(dir);
    const name = manifest === null ? hash.slice(0, 12) : shownName(manifest);
    checked.push({ name, hash, problems: await problemsOf(dir, hash), remove: () => removeEntry(store, hash) });
  }
  return checked;
}

async function problemsOf(dir: string, hash: string): Promise<readonly string[]> {
  const manifest = await readManifest(dir);
  if (manifest === null || manifest.hash !== hash) return ["its manifest.json cannot be read"];
  try {
    const now = await contentsOf(join(dir, TREE));
    if (digestOf(now) === manifest.digest) return [];
    const before = await readContents(dir);
    return before === null ? ["its files are not what they were"] : differences(before, now);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES", "EIO")) return [(error as Error).message];
    throw error;
  }
}

async function changedAt(path: string): Promise<Date | null> {
  return stat(path).then(
    ({ mtime }) => mtime,
    (error: unknown) => {
      if (isErrno(error, "ENOENT")) return null;
      throw error;
    },
  );
}

/** What goes away meanwhile counts nothing. */
async function bytesOf(dir: string): Promise<number> {
  try {
    let bytes = 0;
    for (const entry of await readdir(dir, { withFileTypes: true })) {
      const path = join(dir, entry.name);
      bytes += entry.isDirectory() ? await bytesOf(path) : (await lstat(path)).blocks * 512;
    }
    return bytes;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return 0;
    throw error;
  }
}
