/**
 * Harbor's digest of a task's content: what its lock files and packages identify a task by.
 *
 * sha256 over `<path>\0<hex sha256 of the file>\n` of the files that make a task, sorted by path, without what the
 * task's `.gitignore` leaves out (without one: caches and editors' leftovers). Links to files count by what they lead to,
 * links to directories inside the four folders are not entered.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isErrno } from "../host/files.ts";
import { byCodePoint, filesUnder, isFile, sha256OfFile } from "./content-files.ts";
import { gitignoreMatcher } from "./gitignore.ts";

const SINGLE_FILES = ["task.toml", "instruction.md", "README.md", "trajectory.json"];
const FOLDERS = ["environment", "tests", "solution", "steps"];
const DEFAULT_IGNORES = ["__pycache__/", "*.pyc", ".DS_Store", "*.swp", "*.swo", "*~"];

/** @returns `sha256:<hex>` */
export async function taskDigest(dir: string): Promise<string> {
  const ignored = gitignoreMatcher(await ignoreLines(dir));
  const paths: string[] = [];
  for (const name of SINGLE_FILES) if (await isFile(join(dir, name))) paths.push(name);
  for (const folder of FOLDERS) for (const file of await filesUnder(dir, folder)) paths.push(file.path);

  const digest = createHash("sha256");
  for (const path of paths.filter((each) => !ignored(each)).toSorted(byCodePoint)) {
    digest.update(`${path}\0${await sha256OfFile(join(dir, path))}\n`);
  }
  return `sha256:${digest.digest("hex")}`;
}

async function ignoreLines(dir: string): Promise<readonly string[]> {
  try {
    return (await readFile(join(dir, ".gitignore"), "utf8")).split(/\r\n|\n|\r/);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return DEFAULT_IGNORES;
    throw error;
  }
}
