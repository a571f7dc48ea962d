/**
 * Takes secrets out of the files an agent left, in place. Only files that hold one are rewritten; their mode and times stay.
 *
 * Files are read in pieces, so their size costs time and no memory. Links are not followed; one whose text holds a secret is
 * removed, a name that holds one is changed. A file that cannot be checked within the limits, or at all, is reported, since
 * nobody can say what is in it.
 */
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { chmod, type FileHandle, open, readdir, readlink, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isErrno } from "./files.ts";
import type { ChunkRedactor, Redactor } from "./redact.ts";

export interface RedactTreeLimits {
  /** Of one file; larger ones are reported as unchecked. */
  readonly maxFileBytes: number;
  /** Of all files together. */
  readonly maxBytes: number;
}

export interface RedactTreeReport {
  readonly checked: number;
  /** Relative paths of the files that held a secret, in order. */
  readonly rewritten: readonly string[];
  /** Relative paths of the files that were not looked into, and why. */
  readonly unchecked: readonly { readonly path: string; readonly reason: string }[];
}

const LIMITS: RedactTreeLimits = { maxFileBytes: 2 ** 30, maxBytes: 4 * 2 ** 30 };
const PIECE = 256 * 1024;

export async function redactTree(
  dir: string,
  redactor: Redactor,
  limits: RedactTreeLimits = LIMITS,
): Promise<RedactTreeReport> {
  const rewritten: string[] = [];
  const unchecked: { path: string; reason: string }[] = [];
  let checked = 0;
  let left = limits.maxBytes;

  async function visit(relative: string): Promise<void> {
    for (const entry of await entriesOf(join(dir, relative))) {
      const name = await cleanName(relative, entry.name);
      const path = relative === "" ? name : `${relative}/${name}`;
      if (entry.isDirectory()) await visit(path);
      else if (entry.isFile()) await check(path);
      else if (entry.isSymbolicLink()) await checkLink(path);
    }
  }

  async function cleanName(relative: string, name: string): Promise<string> {
    const clean = redactor.redactText(name);
    if (clean === name) return name;
    const unique = `${clean}.${randomUUID().slice(0, 8)}`;
    await rename(join(dir, relative, name), join(dir, relative, unique));
    rewritten.push(relative === "" ? unique : `${relative}/${unique}`);
    return unique;
  }

  async function checkLink(path: string): Promise<void> {
    const target = await readlink(join(dir, path));
    if (redactor.redactText(target) === target) return;
    await rm(join(dir, path));
    rewritten.push(path);
  }

  async function check(path: string): Promise<void> {
    try {
      const result = await redactFile(join(dir, path), redactor, Math.min(limits.maxFileBytes, left));
      if (result.outcome === "too-big")
        unchecked.push({ path, reason: `larger than the limit (${result.size} bytes)` });
      else {
        checked += 1;
        left -= result.size;
        if (result.outcome === "rewritten") rewritten.push(path);
      }
    } catch (error) {
      if (!isErrno(error, "EACCES", "EPERM", "ELOOP", "ENOENT", "EIO")) throw error;
      unchecked.push({ path, reason: (error as NodeJS.ErrnoException).code ?? "unreadable" });
    }
  }

  if (redactor.active) await visit("");
  return { checked, rewritten, unchecked };
}

async function entriesOf(dir: string) {
  try {
    return (await readdir(dir, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    if (!isErrno(error, "EACCES")) throw error;
    // The agent took its owner's rights away; the copy is ours, so they can be had back.
    await chmod(dir, 0o700);
    return (await readdir(dir, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

interface FileResult {
  readonly outcome: "clean" | "rewritten" | "too-big";
  readonly size: number;
}

async function redactFile(path: string, redactor: Redactor, most: number): Promise<FileResult> {
  const file = await openReadable(path);
  try {
    const { size, mode, atime, mtime } = await file.stat();
    if (size > most) return { outcome: "too-big", size };
    if (!(await holdsSecret(file, redactor))) return { outcome: "clean", size };
    const temporary = join(dirname(path), `.${randomUUID()}.redact.tmp`);
    try {
      const target = await open(temporary, "wx", 0o600);
      try {
        await pass(file, redactor.stream(), (piece) => target.writeFile(piece));
        await target.chmod(mode & 0o7777);
        await target.utimes(atime, mtime);
        await target.datasync();
      } finally {
        await target.close();
      }
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
    return { outcome: "rewritten", size };
  } finally {
    await file.close();
  }
}

const READ_HERE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

async function openReadable(path: string): Promise<FileHandle> {
  try {
    return await open(path, READ_HERE);
  } catch (error) {
    if (!isErrno(error, "EACCES")) throw error;
    await chmod(path, 0o600);
    return open(path, READ_HERE);
  }
}

async function holdsSecret(file: FileHandle, redactor: Redactor): Promise<boolean> {
  const chunks = redactor.stream();
  await pass(
    file,
    chunks,
    () => Promise.resolve(),
    () => chunks.found > 0,
  );
  return chunks.found > 0;
}

async function pass(
  file: FileHandle,
  chunks: ChunkRedactor,
  write: (piece: Buffer) => Promise<void>,
  enough: () => boolean = () => false,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(PIECE);
  for (let position = 0; !enough();) {
    const { bytesRead } = await file.read(buffer, 0, PIECE, position);
    if (bytesRead === 0) break;
    position += bytesRead;
    await write(chunks.push(buffer.subarray(0, bytesRead)));
  }
  await write(chunks.end());
}
