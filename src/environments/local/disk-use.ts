/** What lies in a directory of a sandbox, in bytes as they are kept on disk. */
import { opendir, lstat } from "node:fs/promises";
import { join } from "node:path";
import { isErrno } from "../../host/files.ts";

/** More are not counted: a figure that takes longer than the trial is no use. */
const MOST_ENTRIES = 20_000;
const BLOCK = 512;

/** @returns null where not everything may be looked at, or there is too much of it */
export async function diskUse(dir: string): Promise<number | null> {
  const waiting = [dir];
  let bytes = 0;
  let entries = 0;
  try {
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      for await (const entry of await opendir(at)) {
        entries += 1;
        if (entries > MOST_ENTRIES) return null;
        const path = join(at, entry.name);
        bytes += (await lstat(path)).blocks * BLOCK;
        if (entry.isDirectory()) waiting.push(path);
      }
    }
  } catch (error) {
    if (isErrno(error, "EACCES", "EPERM", "ENOENT", "ENOTDIR", "ENAMETOOLONG")) return null;
    throw error;
  }
  return bytes;
}
