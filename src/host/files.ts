/**
 * Files that are whole or not there: temporary file beside it, sync, rename, sync of the directory.
 * Readers tell "missing" from "unreadable" and never throw for either.
 */
import { randomUUID } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
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
  await writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
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
