/** Regular files under a folder that an agent wrote: links are not followed, at no level. */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { isErrno } from "../../host/files.ts";

export interface FoundFiles {
  /** Relative to the folder, with `/`, sorted. */
  readonly paths: readonly string[];
  /** There were more, or deeper ones. */
  readonly more: boolean;
}

const DEEPEST = 12;
const MOST = 5000;

export async function findFiles(folder: string, wanted: (path: string) => boolean): Promise<FoundFiles> {
  const paths: string[] = [];
  let more = false;
  const visit = async (relative: string, depth: number): Promise<void> => {
    for (const entry of await entriesOf(join(folder, relative))) {
      const path = relative === "" ? entry.name : `${relative}/${entry.name}`;
      if (entry.isFile() && wanted(path)) {
        if (paths.length < MOST) paths.push(path);
        else more = true;
      } else if (entry.isDirectory()) {
        if (depth < DEEPEST) await visit(path, depth + 1);
        else more = true;
      }
    }
  };
  if (await isFolder(folder)) await visit("", 0);
  return { paths: paths.sort(), more };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES", "ELOOP", "ENAMETOOLONG")) return false;
    throw error;
  }
}

async function entriesOf(path: string): Promise<Awaited<ReturnType<typeof readEntries>>> {
  try {
    return await readEntries(path);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES", "ELOOP", "ENAMETOOLONG")) return [];
    throw error;
  }
}

function readEntries(path: string) {
  return readdir(path, { withFileTypes: true });
}
