/** What a directory holds, as a list that tells whether a single bit of it changed. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, lstat, open, readdir, readlink, rm } from "node:fs/promises";
import { join } from "node:path";
import { isRecord } from "../base/is-record.ts";
import { isErrno } from "../host/files.ts";

export interface ContentItem {
  /** Relative, with `/`. */
  readonly path: string;
  readonly kind: "file" | "link" | "directory";
  /** Of a file: `x` for executable, then SHA-256 of its content; of a link: its target. */
  readonly mark: string;
  readonly bytes: number;
}

const READ = 1 << 20;

/** Parents before what is in them. @throws Error naming what is neither a file, a link nor a directory. */
export async function contentsOf(
  dir: string,
  options: { readonly signal?: AbortSignal; readonly leavesOut?: (name: string) => boolean } = {},
): Promise<readonly ContentItem[]> {
  const items: ContentItem[] = [];
  const walk = async (prefix: string): Promise<void> => {
    for (const name of (await readdir(join(dir, prefix))).toSorted()) {
      options.signal?.throwIfAborted();
      if (options.leavesOut?.(name) === true) continue;
      const path = prefix === "" ? name : `${prefix}/${name}`;
      const item = await itemAt(dir, path);
      items.push(item);
      if (item.kind === "directory") await walk(path);
    }
  };
  await walk("");
  return items;
}

/** In whatever order they come. */
export function digestOf(items: readonly ContentItem[]): string {
  const hash = createHash("sha256");
  const sorted = items.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  for (const { kind, path, mark } of sorted) hash.update(`${kind}\0${path}\0${mark}\0`);
  return `sha256:${hash.digest("hex")}`;
}

/** Paths that are not as they were. */
export function differences(before: readonly ContentItem[], now: readonly ContentItem[]): readonly string[] {
  const marks = new Map(before.map(({ path, kind, mark }) => [path, `${kind}\0${mark}`]));
  const found: string[] = [];
  for (const { path, kind, mark } of now) {
    const known = marks.get(path);
    marks.delete(path);
    if (known === undefined) found.push(`${path} was added`);
    else if (known !== `${kind}\0${mark}`) found.push(`${path} was changed`);
  }
  return [...found, ...[...marks.keys()].map((path) => `${path} is gone`)];
}

/** For data read from disk. */
export function asContents(value: unknown): readonly ContentItem[] | null {
  if (!Array.isArray(value)) return null;
  const items: ContentItem[] = [];
  for (const item of value) {
    if (!isRecord(item)) return null;
    const { path, kind, mark, bytes } = item;
    if (typeof path !== "string" || typeof mark !== "string" || typeof bytes !== "number") return null;
    if (kind !== "file" && kind !== "link" && kind !== "directory") return null;
    items.push({ path, kind, mark, bytes });
  }
  return items;
}

/**
 * Everybody may read it and nobody write; set-user-id and the like are taken away. Written to disk, too: what is entered
 * by a rename afterwards survives a power cut.
 */
export async function sealTree(dir: string, items: readonly ContentItem[]): Promise<void> {
  for (const { path, kind, mark } of items) {
    if (kind !== "file") continue;
    await chmod(join(dir, path), mark.startsWith("x ") ? 0o555 : 0o444);
    const file = await open(join(dir, path), "r");
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
  }
  for (const { path, kind } of items.toReversed()) if (kind === "directory") await chmod(join(dir, path), 0o555);
  await chmod(dir, 0o555);
}

/** Also what was made read-only: an ordinary user cannot take anything out of such a directory. */
export async function removeSealed(dir: string): Promise<void> {
  try {
    await makeWritable(dir);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return;
    throw error;
  }
  await rm(dir, { recursive: true, force: true });
}

async function makeWritable(dir: string): Promise<void> {
  if (!(await lstat(dir)).isDirectory()) return;
  await chmod(dir, 0o755);
  for (const entry of await readdir(dir, { withFileTypes: true }))
    if (entry.isDirectory()) await makeWritable(join(dir, entry.name));
}

/** @throws ENOENT where there is nothing. */
export async function itemAt(dir: string, path: string): Promise<ContentItem> {
  const stat = await lstat(join(dir, path));
  if (stat.isDirectory()) return { path, kind: "directory", mark: "", bytes: 0 };
  if (stat.isSymbolicLink()) return { path, kind: "link", mark: await readlink(join(dir, path)), bytes: 0 };
  if (!stat.isFile()) throw new Error(`${path} is neither a file, a link nor a directory`);
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(join(dir, path), { highWaterMark: READ })) hash.update(chunk as Buffer);
  const executable = (stat.mode & 0o111) !== 0;
  return { path, kind: "file", mark: `${executable ? "x" : "-"} ${hash.digest("hex")}`, bytes: stat.size };
}

/** None for a directory that is not there. */
export async function namesIn(dir: string): Promise<readonly string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}
