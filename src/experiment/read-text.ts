/** The experiment file as text; everything that is not one is refused in plain words. */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { nearest } from "../base/nearest.ts";
import { UserError } from "../contract/failure.ts";

/** Far above any real experiment; keeps a wrong path from filling the memory. */
const MAX_BYTES = 16 * 1024 * 1024;

/** @throws UserError when there is no such file, it cannot be read, or it is not text. */
export async function readText(shown: string, absolute: string): Promise<string> {
  return decode(shown, await readBytes(shown, absolute));
}

async function readBytes(shown: string, absolute: string): Promise<Uint8Array> {
  try {
    const stats = await stat(absolute);
    if (stats.isDirectory()) {
      throw new UserError(`${shown} is a folder, not an experiment file.`, await suggestions(absolute, ""));
    }
    if (!stats.isFile()) throw new UserError(`${shown} is not a regular file.`);
    if (stats.size > MAX_BYTES) {
      throw new UserError(`${shown} is too big to be an experiment file (${stats.size} bytes, at most ${MAX_BYTES}).`);
    }
    return await readFile(absolute);
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error) || !("code" in error)) throw error;
    if (error.code === "ENOENT" || error.code === "ENOTDIR") {
      const lines = [`Looked at ${absolute}`, ...(await suggestions(dirname(absolute), basename(absolute)))];
      throw new UserError(`There is no file ${shown}.`, lines, { cause: error });
    }
    if (error.code === "EACCES" || error.code === "EPERM") {
      throw new UserError(`${shown} cannot be read: permission denied.`, [], { cause: error });
    }
    throw new UserError(`${shown} cannot be read: ${error.message}`, [], { cause: error });
  }
}

/** Experiment files in a folder, the one nearest to `wanted` first; none when the folder cannot be listed. */
async function suggestions(folder: string, wanted: string): Promise<readonly string[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error) return [];
    throw error;
  }
  const files = names.filter((name) => name.endsWith(".toml")).toSorted();
  if (files.length === 0) return [];
  const near =
    wanted === ""
      ? null
      : nearest(
          wanted.replace(/\.toml$/, ""),
          files.map((name) => name.replace(/\.toml$/, "")),
        );
  if (near !== null) return [`Did you mean ${join(folder, `${near}.toml`)}?`];
  const more = files.length > 10 ? ` and ${files.length - 10} more` : "";
  return [`Files there: ${files.slice(0, 10).join(", ")}${more}`];
}

function decode(shown: string, bytes: Uint8Array): string {
  const zero = bytes.indexOf(0);
  if (zero !== -1) {
    throw new UserError(`${shown} is not a text file (a zero byte at offset ${zero}); an experiment is TOML in UTF-8.`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UserError(`${shown} is not UTF-8 text; an experiment is TOML in UTF-8.`, [], { cause: error });
  }
}
