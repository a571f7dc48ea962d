/**
 * Files that are whole or not there: temporary file beside it, sync, rename, sync of the directory.
 * Readers tell "missing" from "unreadable" and never throw for either.
 */
import { jsonText } from "../base/inert.ts";
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Replaces `path` in one step. On failure the old file is untouched and no temporary file is left. */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  const dir = dirname(path);
  const temporary = join(dir, `.${basename(path)}.${randomUUID().slice(0, 8)}.tmp`);
  try {
    await writeSynced(temporary, data);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDir(dir);
}

export async function writeJsonAtomic(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, jsonText(value));
}

/** Writes and syncs in place: only for files in a directory that nobody reads yet. */
export async function writeSynced(path: string, data: string | Uint8Array): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.writeFile(data);
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** Makes a directory and its parents, each of them safe from a power cut. Nothing happens where it exists. */
export async function makeDirs(path: string, mode?: number): Promise<void> {
  const first = await makeRecursively(path, mode === undefined ? {} : { mode });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncDir(dirname(made));
}

/** @returns the first that was made */
async function makeRecursively(path: string, mode: { readonly mode?: number }): Promise<string | undefined> {
  try {
    return await mkdir(path, { recursive: true, ...mode });
  } catch (error) {
    // What a read-only file system says, Node makes an ENOENT of where it makes several: one alone says what it is.
    const parent = dirname(path);
    if (!isErrno(error, "ENOENT") || parent === path) throw error;
    const first = await makeRecursively(parent, mode);
    await mkdir(path, mode);
    return first ?? path;
  }
}

const SYNCS_AT_ONCE = 16;

/** Syncs everything below and including `dir`; links and what cannot be opened are passed over. */
export async function syncTree(dir: string): Promise<void> {
  const entries = await readdir(dir, { withFileTypes: true });
  const waiting = entries.filter((entry) => entry.isFile() || entry.isDirectory());
  const work = async (): Promise<void> => {
    for (let entry = waiting.pop(); entry !== undefined; entry = waiting.pop()) {
      const path = join(dir, entry.name);
      await (entry.isDirectory() ? syncTree(path) : syncFile(path));
    }
  };
  await Promise.all(Array.from({ length: Math.min(SYNCS_AT_ONCE, waiting.length) }, work));
  await syncDir(dir);
}

async function syncFile(path: string): Promise<void> {
  let handle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    // What its own owner may not read was never collected as evidence.
    if (isErrno(error, "EACCES", "EPERM", "ELOOP", "ENOENT", "ENXIO")) return;
    throw error;
  }
  try {
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

/** Of `writeFileAtomic`: what a writer that was killed in the middle left. */
const TEMPORARY = /^\.(.+)\.[0-9a-f]{8}\.tmp$/;

/** Removes what a killed `writeFileAtomic` left in this directory. Only while nobody writes there. @returns how many. */
export async function removeTemporaries(dir: string): Promise<number> {
  let names: string[];
  try {
    names = await readdir(dir);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return 0;
    throw error;
  }
  const left = names.filter((name) => TEMPORARY.test(name));
  for (const name of left) await rm(join(dir, name), { recursive: true, force: true });
  return left.length;
}

/** Makes renames and new names in `dir` survive a power cut. Does nothing where a directory cannot be opened. */
export async function syncDir(dir: string): Promise<void> {
  let handle;
  try {
    handle = await open(dir, "r");
  } catch (error) {
    if (isErrno(error, "EISDIR", "EPERM", "EACCES")) return;
    throw error;
  }
  try {
    await handle.sync();
  } catch (error) {
    // Some file systems refuse to sync a directory; the rename itself stands.
    if (!isErrno(error, "EINVAL", "EPERM", "ENOTSUP")) throw error;
  } finally {
    await handle.close();
  }
}

export type JsonRead =
  | { readonly state: "ok"; readonly value: unknown }
  | { readonly state: "missing" }
  | { readonly state: "unreadable"; readonly message: string };

export async function readJsonTolerant(path: string): Promise<JsonRead> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return { state: "missing" };
    return { state: "unreadable", message: (error as Error).message };
  }
  return parseJsonTolerant(text);
}

export function parseJsonTolerant(text: string): JsonRead {
  if (text.trim() === "") return { state: "unreadable", message: "the file is empty" };
  try {
    return { state: "ok", value: JSON.parse(text) as unknown };
  } catch (error) {
    return { state: "unreadable", message: `not valid JSON, perhaps cut short (${(error as Error).message})` };
  }
}

export function isErrno(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? "");
}
