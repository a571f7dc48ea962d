/** Which batch a command means: an experiment file (its latest), `<slug>/<n>`, a path, or, when nothing is said, the latest of all here. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../contract/failure.ts";
import { isErrno } from "../host/files.ts";
import { type BatchPlace, listBatches, resolveBatch } from "../results/batch.ts";
import { readBatch } from "../results/read-batch.ts";

export async function findBatch(argument: string | undefined, cwd: string): Promise<BatchPlace> {
  if (argument !== undefined) {
    return resolveBatch(argument, { cwd, experimentOf, resultsRoots: await resultsRoots(cwd) });
  }
  const all = await allBatches(cwd);
  const starts = await Promise.all(
    all.map(async (place) => ({ place, at: (await readBatch(place.dir)).launches.at(-1)?.lock.created_at ?? "" })),
  );
  const latest = starts.toSorted((a, b) => a.at.localeCompare(b.at)).at(-1);
  if (latest !== undefined) return latest.place;
  throw new UserError("there is no batch here", [
    `looked in ${(await resultsRoots(cwd)).join(", ")}`,
    "run regatta in the project's folder, or name a batch: an experiment file, <slug>/<n>, or a path",
  ]);
}

/** The last batch of every experiment here, or all batches. */
export async function allBatches(cwd: string): Promise<readonly BatchPlace[]> {
  const found: BatchPlace[] = [];
  for (const root of await resultsRoots(cwd)) {
    for (const slug of await folders(root)) {
      for (const batch of await listBatches(root, slug))
        found.push({ dir: join(root, slug, String(batch)), slug, batch });
    }
  }
  return found;
}

async function experimentOf(file: string): Promise<{ readonly slug: string; readonly resultsRoot: string }> {
  // With them comes a third of the program, and most commands are not about an experiment file.
  const [{ loadExperiment }, { agentDescriptions }] = await Promise.all([
    import("../experiment/load.ts"),
    import("../agents/registry.ts"),
  ]);
  const { slug, run } = await loadExperiment(file, { agents: agentDescriptions });
  return { slug, resultsRoot: run.resultsRoot };
}

/** `results/`, and whatever the experiments here say instead. An experiment that is broken right now hides no other's results. */
async function resultsRoots(cwd: string): Promise<readonly string[]> {
  const roots = new Set([join(cwd, "results")]);
  for (const file of await experimentFiles(cwd)) {
    try {
      if (await saysResultsRoot(file)) roots.add((await experimentOf(file)).resultsRoot);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
  return [...roots];
}

/** Comments, and the default written out. */
const SAYS_NOTHING = /^\s*(?:#.*|results_root\s*=\s*"results"\s*(?:#.*)?)$/gm;

/** Without the word it is the default. A file that cannot be read says nothing. */
async function saysResultsRoot(file: string): Promise<boolean> {
  try {
    return (await readFile(file, "utf8")).replace(SAYS_NOTHING, "").includes("results_root");
  } catch (error) {
    if (isErrno(error, "ENOENT", "EACCES", "EISDIR")) return false;
    throw error;
  }
}

/** `experiments/*.toml` below a folder, sorted. */
export async function experimentFiles(cwd: string): Promise<readonly string[]> {
  const dir = join(cwd, "experiments");
  const names = await namesIn(dir);
  return names
    .filter((name) => name.endsWith(".toml"))
    .sort()
    .map((name) => join(dir, name));
}

async function folders(dir: string): Promise<readonly string[]> {
  return (await namesIn(dir)).sort();
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}
