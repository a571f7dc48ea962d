/**
 * Where an experiment's tasks are: a directory of their own, a folder of task directories, or a registry that names them, in this
 * machine's files or in git repositories.
 *
 * A dataset is, in this order: the absolute folder that a path was made into, one that `run.registry` has, a folder of that name
 * under the project root, one of the public registry. Every task is looked up and loaded once, what has to be fetched is
 * fetched together, and all that is wrong is told at once.
 */
import { readdir } from "node:fs/promises";
import { basename, isAbsolute, join, resolve } from "node:path";
import { mapBounded } from "../base/bounded.ts";
import { nearest } from "../base/nearest.ts";
import type { Experiment, TaskRef } from "../contract/experiment.ts";
import { UserError } from "../contract/failure.ts";
import type { DatasetSource, FetchedTask, GitTask } from "../contract/dataset-source.ts";
import type { Task } from "../contract/task.ts";
import { isDirectory, isFile } from "./content-files.ts";
import { loadTask } from "./load-task.ts";
import {
  chooseVersion,
  parseDatasetName,
  parseRegistry,
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
export async function resolveTasks(experiment: Experiment, source: DatasetSource): Promise<readonly Task[]> {
  const { tasks, problems } = await findTasks(experiment, source);
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
  source: DatasetSource,
): Promise<{ readonly tasks: readonly Task[]; readonly problems: readonly TaskProblem[] }> {
  const datasets = new Map<string, Promise<Dataset>>();
  const datasetNamed = (name: string): Promise<Dataset> => {
    const known = datasets.get(name) ?? openDataset(name, experiment, source);
    datasets.set(name, known);
    return known;
  };
  const located = await mapBounded(experiment.tasks, AT_ONCE, (ref) => orProblem(() => locate(ref, datasetNamed)));
  const fetched = await fetchAll(located, source);
  const outcomes = await mapBounded(experiment.tasks, AT_ONCE, (ref, index) =>
    orProblem(() => load(ref, located[index] as Located | UserError, fetched)),
  );
  const tasks: Task[] = [];
  const problems: TaskProblem[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    const ref = experiment.tasks[index] as TaskRef;
    if (!(outcome instanceof UserError)) tasks.push(outcome);
    else problems.push({ id: ref.id, line: ref.line, message: outcome.message, lines: outcome.lines });
  }
  return { tasks, problems };
}

/** Where a task's files are, or have to be had from. */
type Located = { readonly source: string | null } & ({ readonly dir: string } | { readonly git: GitTask });

async function orProblem<T>(work: () => Promise<T>): Promise<T | UserError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

async function locate(ref: TaskRef, datasetNamed: (name: string) => Promise<Dataset>): Promise<Located> {
  if (ref.path !== null) return { dir: ref.path, source: null };
  if (ref.dataset === null) throw new UserError(`task "${ref.id}": it has neither a dataset nor a path`);
  const dataset = await datasetNamed(ref.dataset);
  if ("problem" in dataset) throw new UserError(`task "${ref.id}": ${dataset.problem}`, dataset.lines);
  return { ...(await dataset.find(ref.id)), source: dataset.name };
}

async function fetchAll(
  located: readonly (Located | UserError)[],
  source: DatasetSource,
): Promise<ReadonlyMap<GitTask, FetchedTask | UserError>> {
  const wanted = located.flatMap((each) => (!(each instanceof UserError) && "git" in each ? [each.git] : []));
  if (wanted.length === 0) return new Map();
  const found = await source.tasks(wanted);
  return new Map(wanted.map((git, index) => [git, found[index] as FetchedTask | UserError]));
}

async function load(
  { id }: TaskRef,
  located: Located | UserError,
  fetched: ReadonlyMap<GitTask, FetchedTask | UserError>,
): Promise<Task> {
  if (located instanceof UserError) throw located;
  const { source } = located;
  if ("dir" in located) return loadTask(located.dir, { id, source });
  const got = fetched.get(located.git);
  if (got === undefined || got instanceof UserError)
    throw new UserError(`task "${id}": ${got?.message ?? "it was not fetched"}`, got?.lines ?? []);
  const { url, path } = located.git;
  const git = { url: withoutSecrets(url), commit: got.commit, path };
  const task = await loadFetched(got, { id, source, git });
  if (task !== null) return task;
  return loadTask((await got.again()).dir, { id, source, git });
}

/** @returns null when the copy is not what it was when it was fetched. */
async function loadFetched(got: FetchedTask, options: Parameters<typeof loadTask>[1]): Promise<Task | null> {
  let task: Task;
  try {
    task = await loadTask(got.dir, options);
  } catch (error) {
    // A copy that was good once is broken now; one that never was is the repository's fault.
    if (error instanceof UserError && got.digest !== null) return null;
    throw error;
  }
  if (got.digest === null) await got.confirm(task.digest);
  return got.digest === null || got.digest === task.digest ? task : null;
}

/** A dataset that cannot be opened is a value, so that each of its tasks can say so. */
type Dataset =
  | {
      readonly name: string;
      /** @throws UserError when it has no such task */
      find(id: string): Promise<{ readonly dir: string } | { readonly git: GitTask }>;
    }
  | { readonly problem: string; readonly lines: readonly string[] };

async function openDataset(name: string, { run, root }: Experiment, source: DatasetSource): Promise<Dataset> {
  try {
    if (isAbsolute(name)) return folderDataset(name);
    const chosen = run.registry === null ? null : await openRegistry(run.registry, source);
    const found = chosen === null ? null : registryDataset(chosen.datasets, name);
    if (chosen !== null && found !== null) return fromRegistry(found, chosen, root);
    const folder = resolve(root, name);
    if (await isDirectory(folder)) return folderDataset(folder);
    if (chosen !== null) return notAvailable(name, chosen);
    if (!isRegistryName(name)) return problem(`the folder ${folder} of dataset "${name}" does not exist`);
    const open = await openRegistry(null, source);
    const listed = registryDataset(open.datasets, name);
    return listed === null ? notAvailable(name, open) : fromRegistry(listed, open, root);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const ownFile = run.registry !== null && !isUrl(run.registry);
    return { problem: ownFile ? error.message : `dataset "${name}": ${error.message}`, lines: error.lines };
  }
}

/** What names a folder was meant as one: nobody has to ask the network for "./tasks". */
function isRegistryName(name: string): boolean {
  return !name.includes("/") && !name.startsWith(".");
}

export interface OpenRegistry {
  readonly datasets: readonly RegistryDataset[];
  /** A path or an address, for messages. */
  readonly from: string;
  /** null = it is not a file, and tasks by relative path start at the project root. */
  readonly file: string | null;
}

/** @param location a path, an address, or null for the public one. @throws UserError */
export async function openRegistry(location: string | null, source: DatasetSource): Promise<OpenRegistry> {
  if (location !== null && !isUrl(location))
    return { datasets: await readRegistry(location), from: location, file: location };
  const { text, from } = await source.registry(location);
  return { datasets: parseRegistry(text, from), from, file: null };
}

function isUrl(registry: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(registry);
}

function folderDataset(folder: string): Dataset {
  return {
    name: basename(folder),
    async find(id) {
      const dir = join(folder, id);
      if (await isDirectory(dir)) return { dir };
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

export function registryDataset(datasets: readonly RegistryDataset[], wanted: string): RegistryDataset | null {
  const { name, version } = parseDatasetName(wanted);
  return chooseVersion(
    datasets.filter((dataset) => dataset.name === name),
    version,
  );
}

function fromRegistry(dataset: RegistryDataset, { from, file }: OpenRegistry, root: string): Dataset {
  const label = `${dataset.name}@${dataset.version}`;
  const tasks = new Map(dataset.tasks.map((task) => [task.name, task]));
  return {
    name: dataset.name,
    async find(id) {
      const task = tasks.get(id);
      if (task === undefined) throw unknownTask(id, `${label} of ${from}`, [...tasks.keys()]);
      const { gitUrl, gitCommit, path } = task;
      if (gitUrl === null) return { dir: await registryTaskDir(task, file ?? join(root, "registry.json"), root) };
      const commit = gitCommit === null || /^head$/i.test(gitCommit) ? null : gitCommit;
      return { git: { url: gitUrl, commit, path } };
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

function notAvailable(name: string, { datasets, from }: OpenRegistry): Dataset {
  return problem(unknownDataset(name, datasets, from));
}

/** Why a registry does not have a dataset, with what is near. */
export function unknownDataset(name: string, datasets: readonly RegistryDataset[], from: string): string {
  const wanted = parseDatasetName(name);
  const versions = datasets.filter((dataset) => dataset.name === wanted.name).map((dataset) => dataset.version);
  if (wanted.version !== null && versions.length > 0)
    return `${from} has no version "${wanted.version}" of ${wanted.name}${suggest(wanted.version, versions, "versions")}`;
  const known = datasets.map((dataset) => `${dataset.name}@${dataset.version}`);
  const near = nearest(wanted.name, new Set(datasets.map((dataset) => dataset.name)));
  return `there is no dataset "${name}" in ${from}${suggest(name, known, "datasets", near)}`;
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
