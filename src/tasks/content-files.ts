/** The files of a directory tree, as a content digest sees them: by sorted relative path, links to directories never entered. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../contract/failure.ts";
import { isErrno } from "../host/files.ts";

export interface TreeFile {
  /** With forward slashes, from the top. */
  readonly path: string;
  readonly link: boolean;
}

/**
 * Regular files and links to them, unsorted; empty when `top/under` is not there. `top/under` itself may be a link.
 *
 * @throws UserError for a name that is not UTF-8: no digest of it could be the same elsewhere.
 */
export async function filesUnder(top: string, under: string): Promise<TreeFile[]> {
  const found: TreeFile[] = [];
  const walk = async (dir: string): Promise<void> => {
    let entries;
    try {
      entries = await readdir(join(top, dir), { withFileTypes: true });
    } catch (error) {
      if (dir === under && isErrno(error, "ENOENT", "ENOTDIR")) return;
      throw error;
    }
    for (const entry of entries) {
      const path = dir === "" ? entry.name : `${dir}/${entry.name}`;
      if (entry.name.includes("\uFFFD")) throw new UserError(`${join(top, path)}: the file's name is not UTF-8`);
      if (entry.isDirectory()) await walk(path);
      else if (entry.isFile()) found.push({ path, link: false });
      else if (entry.isSymbolicLink() && (await isFile(join(top, path)))) found.push({ path, link: true });
    }
  };
  await walk(under);
  return found;
}

/** Of what a link leads to; false when nothing is there. */
export async function isFile(path: string): Promise<boolean> {
  return (await statOf(path))?.isFile() ?? false;
}

export async function isDirectory(path: string): Promise<boolean> {
  return (await statOf(path))?.isDirectory() ?? false;
}

async function statOf(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "ELOOP")) return null;
    throw error;
  }
}

/** By Unicode code point, which is the order of the UTF-8 bytes and Python's; JavaScript's own differs past U+FFFF. */
export function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const WHOLE_FILE = 1 << 20;

/** Hex. Large files are streamed. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  const { size } = await stat(path);
  if (size <= WHOLE_FILE) hash.update(await readFile(path));
  else for await (const chunk of createReadStream(path, { highWaterMark: WHOLE_FILE })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
