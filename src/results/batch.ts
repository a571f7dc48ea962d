/** Batches of an experiment: `results/<slug>/<n>/`, numbered from 0 by an atomic mkdir. */
import { mkdir, readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { UserError } from "../contract/failure.ts";
import { isErrno, makeDirs, syncDir } from "../host/files.ts";
import { asNumber } from "./layout.ts";

/** In ascending order. */
export async function listBatches(resultsRoot: string, slug: string): Promise<number[]> {
  return numberedFolders(join(resultsRoot, slug));
}

async function numberedFolders(dir: string): Promise<number[]> {
  try {
    const entries = await readdir(dir, { withFileTypes: true });
    const numbers = entries.filter((entry) => entry.isDirectory()).map((entry) => asNumber(entry.name));
    return numbers.filter((number) => number !== null).sort((a, b) => a - b);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}

/** Two processes never get the same number, and a number is never used twice while its folder exists. */
export async function createBatch(
  resultsRoot: string,
  slug: string,
): Promise<{ readonly batch: number; readonly dir: string }> {
  const parent = join(resultsRoot, slug);
  await makeDirs(parent);
  let next = 0;
  for (;;) {
    const batch = Math.max(next, ...(await numberedFolders(parent)).map((number) => number + 1));
    const dir = join(parent, String(batch));
    try {
      await mkdir(dir);
      await syncDir(parent);
      return { batch, dir };
    } catch (error) {
      if (!isErrno(error, "EEXIST")) throw error;
      next = batch + 1;
    }
  }
}

export interface BatchPlace {
  readonly dir: string;
  readonly slug: string;
  readonly batch: number;
}

export interface ResolveContext {
  readonly cwd: string;
  /** Slug and absolute results root of an experiment file. */
  readonly experimentOf: (file: string) => Promise<{ readonly slug: string; readonly resultsRoot: string }>;
  /** Absolute; where `<slug>/<n>` is looked for. Default: `results` under `cwd`. */
  readonly resultsRoots?: readonly string[];
}

/** A batch as every command takes it: an experiment file (its latest batch), `<slug>/<n>`, or a path. */
export async function resolveBatch(argument: string, context: ResolveContext): Promise<BatchPlace> {
  if (argument.endsWith(".toml")) return latestOf(resolve(context.cwd, argument), argument, context);
  const roots = context.resultsRoots ?? [join(context.cwd, "results")];
  const path = resolve(context.cwd, argument);
  for (const dir of [path, ...roots.map((root) => resolve(root, argument))]) {
    const batch = asNumber(basename(dir));
    if (batch !== null && (await isDirectory(dir))) return { dir, slug: basename(dirname(dir)), batch };
  }
  throw new UserError(`There is no batch "${argument}".`, await whatExists(argument, path, roots));
}

async function latestOf(file: string, argument: string, context: ResolveContext): Promise<BatchPlace> {
  const { slug, resultsRoot } = await context.experimentOf(file);
  const batch = (await listBatches(resultsRoot, slug)).at(-1);
  if (batch === undefined) {
    throw new UserError(`${argument} has no batch yet: there is nothing in ${join(resultsRoot, slug)}.`, [
      `To make the first one: regatta run ${argument}`,
    ]);
  }
  return { dir: join(resultsRoot, slug, String(batch)), slug, batch };
}

async function whatExists(argument: string, path: string, roots: readonly string[]): Promise<string[]> {
  const expected = "Expected an experiment file (its latest batch), <slug>/<n>, or the path of a batch.";
  const lines: string[] = [];
  const [slug = ""] = argument.split("/");
  const own = await numberedFolders(path);
  if (own.length > 0) lines.push(`${argument} has the batches ${own.map((n) => `${argument}/${n}`).join(", ")}.`);
  for (const root of roots) {
    const batches = await listBatches(root, slug);
    if (batches.length > 0 && resolve(root, slug) !== path) {
      lines.push(`${slug} has the batches ${batches.map((n) => `${slug}/${n}`).join(", ")}.`);
    } else if (batches.length === 0) {
      const slugs = await slugsWithBatches(root);
      lines.push(slugs.length > 0 ? `In ${root} there are: ${slugs.join(", ")}.` : `There are no batches in ${root}.`);
    }
  }
  return [...lines, expected];
}

async function slugsWithBatches(root: string): Promise<string[]> {
  let names: string[];
  try {
    names = (await readdir(root)).sort();
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
  const found: string[] = [];
  for (const name of names) {
    const last = (await listBatches(root, name)).at(-1);
    if (last !== undefined) found.push(`${name}/${last}`);
  }
  return found;
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return false;
    throw error;
  }
}
