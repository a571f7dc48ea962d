/** Layers of Dockerfiles that are kept on disk, and those of them that nothing points at any more. */
import { lstat, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isRecord } from "../../base/is-record.ts";
import { cacheHome } from "../../host/cache-home.ts";
import { isErrno, readJsonTolerant } from "../../host/files.ts";

export interface KeptLayer {
  readonly name: string;
  readonly bytes: number;
  readonly lastUsed: Date | null;
  /** @returns false when a sandbox runs, which may stand on it. */
  remove(): Promise<boolean>;
}

export async function keptLayers(stateRoot = join(cacheHome(), "local")): Promise<readonly KeptLayer[]> {
  const dir = join(stateRoot, "layers");
  const names = await namesIn(dir);
  const pointers = new Map<string, string>();
  for (const name of names.filter((each) => each.endsWith(".json"))) {
    const read = await readJsonTolerant(join(dir, name));
    if (read.state === "ok" && isRecord(read.value) && typeof read.value["id"] === "string")
      pointers.set(read.value["id"], name);
  }
  const layers = names.filter((name) => !name.includes("."));
  return Promise.all(
    layers.map(async (name) => {
      const pointer = pointers.get(name);
      const path = join(dir, name);
      return {
        name: pointer === undefined ? `${name} (replaced)` : name,
        bytes: await bytesOf(path),
        lastUsed: (await stat(pointer === undefined ? path : join(dir, pointer))).mtime,
        async remove() {
          if ((await namesIn(join(stateRoot, "envs"))).length > 0) return false;
          if (pointer !== undefined) await rm(join(dir, pointer), { force: true });
          await rm(path, { recursive: true, force: true });
          return true;
        },
      };
    }),
  );
}

async function bytesOf(dir: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) bytes += await bytesOf(path);
    else bytes += (await lstat(path)).blocks * 512;
  }
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
