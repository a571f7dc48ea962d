/**
 * Where an experiment's tasks are: a directory of their own, a folder of task directories, or a registry file that names them.
 *
 * A dataset is, in this order: the absolute folder that a path was made into, one that `run.registry` has, a folder of that name
 * under the project root. Every task is looked up and loaded once, and all that is wrong is told at once.
 */
import { readdir } from "node:fs/promises";
import { basename, isAbsolute, join, resolve } from "node:path";
import { mapBounded } from "../base/bounded.ts";
import { nearest } from "../base/nearest.ts";
import type { Experiment, TaskRef } from "../contract/experiment.ts";
import { UserError } from "../contract/failure.ts";
import type { Task } from "../contract/task.ts";
import { isDirectory, isFile } from "./content-files.ts";
import { loadTask } from "./load-task.ts";
import {
  chooseVersion,
  parseDatasetName,
  readRegistry,
  type RegistryDataset,
  registryTaskDir,
} from "./registry-file.ts";

/** Tasks loaded at a time: enough to keep a disk busy, few enough open files. */
const AT_ONCE = 16;
/** Names listed in a message. */
const LISTED = 12;

export interface TaskProblem {
  readonly id: string;
  /** Of the experiment file. */
  readonly line: number;
  readonly message: string;
  /** Further lines: places in its task.toml. */
  readonly lines: readonly string[];
}

/** @throws UserError with every problem of every task, each with its line in the experiment file */
export async function resolveTasks(experiment: Experiment): Promise<readonly Task[]> {
  const { tasks, problems } = await findTasks(experiment);
  if (problems.length === 0) return tasks;
  const count = problems.length === 1 ? "1 task" : `${problems.length} tasks`;
  throw new UserError(
    `${experiment.file}: ${count} cannot be used:`,
    problems.flatMap(({ line, message, lines }) => [
      `${experiment.file}:${line}: ${message}`,
      ...lines.map((each) => `  ${each}`),
    ]),
  );
}

/** The same without giving up at a problem: what can be loaded, in the experiment's order, and what cannot. */
export async function findTasks(
  experiment: Experiment,
): Promise<{ readonly tasks: readonly Task[]; readonly problems: readonly TaskProblem[] }> {
  const datasets = new Map<string, Promise<Dataset>>();
  const datasetNamed = (name: string): Promise<Dataset> => {
    const known = datasets.get(name) ?? openDataset(name, experiment);
    datasets.set(name, known);
    return known;
  };
  const tasks: Task[] = [];
  const problems: TaskProblem[] = [];
  const outcomes = await mapBounded(experiment.tasks, AT_ONCE, async (ref): Promise<Task | TaskProblem> => {
    try {
      return await find(ref, datasetNamed);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { id: ref.id, line: ref.line, message: error.message, lines: error.lines };
    }
  });
  for (const outcome of outcomes) {
    if ("digest" in outcome) tasks.push(outcome);
    else problems.push(outcome);
  }
  return { tasks, problems };
}

async function find(ref: TaskRef, datasetNamed: (name: string) => Promise<Dataset>): Promise<Task> {
  if (ref.path !== null) return loadTask(ref.path, { id: ref.id, source: null });
  if (ref.dataset === null) throw new UserError(`task "${ref.id}": it has neither a dataset nor a path`);
  const dataset = await datasetNamed(ref.dataset);
  if ("problem" in dataset) throw new UserError(`task "${ref.id}": ${dataset.problem}`, dataset.lines);
  return loadTask(await dataset.dirOf(ref.id), { id: ref.id, source: dataset.name });
}

/** A dataset that cannot be opened is a value, so that each of its tasks can say so. */
type Dataset =
  | {
      readonly name: string;
      /** @throws UserError when it has no such task */
      dirOf(id: string): Promise<string>;
    }
  | { readonly problem: string; readonly lines: readonly string[] };

async function openDataset(name: string, { run, root }: Experiment): Promise<Dataset> {
  try {
    if (isAbsolute(name)) return folderDataset(name);
    const { registry } = run;
    const file = registry === null || isUrl(registry) ? null : registry;
    const listed = file === null ? null : await readRegistry(file);
    const found = listed === null ? null : registryDataset(listed, name);
    if (file !== null && found !== null) return fromRegistry(found, file, root);
    const folder = resolve(root, name);
    if (await isDirectory(folder)) return folderDataset(folder);
    return notAvailable(name, listed, registry);
  } catch (error) {
    if (error instanceof UserError) return { problem: error.message, lines: error.lines };
    throw error;
  }
}

function isUrl(registry: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(registry);
}

function folderDataset(folder: string): Dataset {
  return {
    name: basename(folder),
    async dirOf(id) {
      const dir = join(folder, id);
      if (await isDirectory(dir)) return dir;
      throw unknownTask(id, `the folder ${folder}`, await taskNames(folder));
    },
  };
}

async function taskNames(folder: string): Promise<readonly string[]> {
  if (!(await isDirectory(folder))) return [];
  const names = await readdir(folder);
  const isTask = await mapBounded(names, AT_ONCE, (name) => isFile(join(folder, name, "task.toml")));
  return names.filter((_, index) => isTask[index] === true).toSorted();
}

function registryDataset(datasets: readonly RegistryDataset[], wanted: string): RegistryDataset | null {
  const { name, version } = parseDatasetName(wanted);
  return chooseVersion(
    datasets.filter((dataset) => dataset.name === name),
    version,
  );
}

function fromRegistry(dataset: RegistryDataset, file: string, root: string): Dataset {
  const label = `${dataset.name}@${dataset.version}`;
  const tasks = new Map(dataset.tasks.map((task) => [task.name, task]));
  return {
    name: dataset.name,
    dirOf(id) {
      const task = tasks.get(id);
      if (task === undefined) throw unknownTask(id, `${label} of ${file}`, [...tasks.keys()]);
      if (task.gitUrl === null) return registryTaskDir(task, file, root);
      throw new UserError(
        `task "${id}": its files are at ${withoutSecrets(task.gitUrl)} (${task.path}), and fetching tasks is not available yet; clone that repository and give the task's path`,
      );
    },
  };
}

/** A URL may carry a user's token. */
function withoutSecrets(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, "$1");
}

function unknownTask(id: string, where: string, known: readonly string[]): UserError {
  return new UserError(`task "${id}": there is no such task in ${where}${suggest(id, known, "tasks")}`);
}

function notAvailable(name: string, datasets: readonly RegistryDataset[] | null, registry: string | null): Dataset {
  if (datasets !== null) {
    const wanted = parseDatasetName(name);
    const versions = datasets.filter((dataset) => dataset.name === wanted.name).map((dataset) => dataset.version);
    if (wanted.version !== null && versions.length > 0) {
      return problem(
        `${registry} has no version "${wanted.version}" of ${wanted.name}${suggest(wanted.version, versions, "versions")}`,
      );
    }
    const known = datasets.map((dataset) => `${dataset.name}@${dataset.version}`);
    const near = nearest(wanted.name, new Set(datasets.map((dataset) => dataset.name)));
    return problem(`there is no dataset "${name}" in ${registry}${suggest(name, known, "datasets", near)}`);
  }
  const why = registry === null ? "" : ", nor registries at a URL";
  return problem(
    `dataset "${name}": datasets by name are not available yet${why}; give the task a path, or a folder of tasks as its dataset, such as dataset = "./tasks"`,
  );
}

function problem(text: string): Dataset {
  return { problem: text, lines: [] };
}

function suggest(
  word: string,
  known: readonly string[],
  kind: string,
  near: string | null = nearest(word, known),
): string {
  if (near !== null) return ` (did you mean "${near}"?)`;
  if (known.length === 0) return ` (it has no ${kind})`;
  const more = known.length > LISTED ? `, … (${known.length} in all)` : "";
  return `; its ${kind}: ${known.slice(0, LISTED).join(", ")}${more}`;
}
