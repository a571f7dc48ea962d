/**
 * The tasks of an experiment, each loaded once: a task directory by path, a folder of task directories as a dataset, or a
 * dataset of a local registry file. Everything that is wrong is said at once, with the line of the experiment that asks for it.
 */
import { readdir } from "node:fs/promises";
import { basename, isAbsolute, join, resolve } from "node:path";
import { mapBounded } from "../base/bounded.ts";
import { nearest } from "../base/nearest.ts";
import type { Experiment, TaskRef } from "../contract/experiment.ts";
import { UserError } from "../contract/failure.ts";
import type { Task } from "../contract/task.ts";
import { isDirectory } from "./content-files.ts";
import { loadTask } from "./load-task.ts";
import { readRegistry, type RegistryDataset } from "./registry.ts";

const LOADS_AT_ONCE = 16;

/** In the experiment's order. @throws UserError with every problem. */
export async function resolveTasks(experiment: Experiment): Promise<readonly Task[]> {
  const find = datasetFinder(experiment);
  const loaded = await mapBounded(experiment.tasks, LOADS_AT_ONCE, async (reference) => {
    try {
      const { dir, source } = await place(reference, find);
      return { task: await loadTask(dir, { id: reference.id, source }), lines: [] };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const [first, ...rest] = [error.message, ...error.lines];
      return { task: null, lines: [`${experiment.file}:${reference.line}: ${first}`, ...rest.map((line) => `  ${line}`)] };
    }
  });
  const lines = loaded.flatMap((each) => each.lines);
  if (lines.length > 0) throw new UserError("some tasks cannot be loaded:", lines);
  return loaded.flatMap(({ task }) => (task === null ? [] : [task]));
}

type Dataset =
  | { readonly kind: "folder"; readonly dir: string; readonly names: readonly string[] }
  | { readonly kind: "registry"; readonly dataset: RegistryDataset };

async function place(
  { id, path, dataset }: TaskRef,
  find: (name: string) => Promise<Dataset>,
): Promise<{ readonly dir: string; readonly source: string | null }> {
  if (path !== null) return { dir: path, source: null };
  const name = dataset ?? "";
  const found = await find(name);
  const names = found.kind === "folder" ? found.names : found.dataset.tasks.map((task) => task.name);
  if (!names.includes(id)) {
    const close = nearest(id, names);
    throw new UserError(`dataset "${name}" has no task "${id}"${close === null ? "" : ` (did you mean "${close}"?)`}`, [
      names.length === 0 ? "it has no tasks at all" : `it has: ${names.slice(0, 20).join(", ")}${names.length > 20 ? `, and ${names.length - 20} more` : ""}`,
    ]);
  }
  if (found.kind === "folder") return { dir: join(found.dir, id), source: basename(found.dir) };
  const task = found.dataset.tasks.find((each) => each.name === id);
  if (task?.dir === undefined || task.dir === null) {
    throw new UserError(`task "${id}" of dataset "${name}" has to be fetched with git, which this version does not do`, [
      'fetch it yourself and give it as path = "…"',
    ]);
  }
  return { dir: task.dir, source: name };
}

/** Each dataset is looked up once, however many tasks ask for it. */
function datasetFinder(experiment: Experiment): (name: string) => Promise<Dataset> {
  const known = new Map<string, Promise<Dataset>>();
  return (name) => {
    let found = known.get(name);
    if (found === undefined) {
      found = findDataset(name, experiment);
      known.set(name, found);
    }
    return found;
  };
}

async function findDataset(name: string, { root, run }: Experiment): Promise<Dataset> {
  const folder = resolve(root, name);
  if (await isDirectory(folder)) return { kind: "folder", dir: folder, names: await taskFolders(folder) };
  if (isAbsolute(name) || /^\.{1,2}\//.test(name)) throw new UserError(`dataset "${name}": there is no folder ${folder}`);
  if (run.registry !== null && !/^https?:/.test(run.registry)) {
    const datasets = await readRegistry(run.registry, root);
    const dataset = datasets.find((each) => each.name === name) ?? datasets.findLast((each) => each.name.startsWith(`${name}@`));
    if (dataset !== undefined) return { kind: "registry", dataset };
    const names = datasets.map((each) => each.name);
    const close = nearest(name, names);
    throw new UserError(`there is no dataset "${name}" in ${run.registry}${close === null ? "" : ` (did you mean "${close}"?)`}`, [
      names.length === 0 ? "it has no datasets" : `it has: ${names.slice(0, 20).join(", ")}${names.length > 20 ? ", …" : ""}`,
    ]);
  }
  throw new UserError(`dataset "${name}" cannot be fetched: this version reads datasets from folders and registry files on this machine only`, [
    'give the task a path = "…", name a folder of tasks as its dataset, or set registry = "…" to a registry file with local paths',
  ]);
}

async function taskFolders(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map((entry) => entry.name).sort();
}
