/** Tasks that were fetched and are kept. */
import { lstat, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isRecord } from "../base/is-record.ts";
import { cacheHome } from "../host/cache-home.ts";
import { isErrno, readJsonTolerant } from "../host/files.ts";

export interface KeptTask {
  readonly name: string;
  readonly bytes: number;
  readonly lastUsed: Date | null;
  remove(): Promise<boolean>;
}

export async function keptTasks(dir = join(cacheHome(), "datasets", "tasks")): Promise<readonly KeptTask[]> {
  return Promise.all(
    (await namesIn(dir)).map(async (key) => {
      const entry = join(dir, key);
      const read = await readJsonTolerant(join(entry, "entry.json"));
      const { url, path } = read.state === "ok" && isRecord(read.value) ? read.value : {};
      return {
        name: typeof url === "string" && typeof path === "string" ? `${url} ${path}` : key,
        bytes: await bytesOf(entry),
        lastUsed: (await stat(entry)).mtime,
        async remove() {
          await rm(entry, { recursive: true, force: true });
          return true;
        },
      };
    }),
  );
}

async function bytesOf(dir: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(dir, { withFileTypes: true, recursive: true }))
    if (!entry.isDirectory()) bytes += (await lstat(join(entry.parentPath, entry.name))).blocks * 512;
  return bytes;
}

async function namesIn(dir: string): Promise<readonly string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}
