/**
 * The identity of a build context: equal content, equal image. sha256 over every path in order with its kind, whether it may be
 * executed, and its content or target. Harbor's own identity of an environment does not see modes and links, which an image
 * depends on.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { ignoredBy } from "../archive/dockerignore.ts";

const HEX_DIGITS = 32;

/** @returns 32 hex digits */
export async function contextDigest(dir: string): Promise<string> {
  const hash = createHash("sha256");
  const ignored = ignoredBy(dir);
  const add = async (relative: string): Promise<void> => {
    const names = await readdir(join(dir, relative));
    for (const name of names.toSorted()) {
      const path = relative === "" ? name : `${relative}/${name}`;
      const found = await lstat(join(dir, path));
      if (found.isDirectory()) {
        if (!ignored(path)) hash.update(`d\0${path}\0`);
        await add(path);
      } else if (ignored(path) && path !== "Dockerfile") continue;
      else if (found.isSymbolicLink()) hash.update(`l\0${path}\0${await readlink(join(dir, path))}\0`);
      else if (found.isFile()) {
        hash.update(`${(found.mode & 0o100) === 0 ? "f" : "x"}\0${path}\0${found.size}\0`);
        for await (const chunk of createReadStream(join(dir, path))) hash.update(chunk as Buffer);
      }
    }
  };
  await add("");
  return hash.digest("hex").slice(0, HEX_DIGITS);
}
