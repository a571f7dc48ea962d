/**
 * A dataset registry as Harbor has them: an array of
 * `{ name, version, description?, tasks: [{ name, path, git_url?, git_commit_id? }] }`.
 *
 * A task's relative path starts at the first of these that has it: the registry's own folder, the project root, the working
 * directory (Harbor knows the last alone, which makes a registry depend on where one stands).
 */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isRecord } from "../base/is-record.ts";
import { UserError } from "../contract/failure.ts";
import { isErrno } from "../host/files.ts";
import { isDirectory } from "./content-files.ts";

export interface RegistryTask {
  readonly name: string;
  readonly path: string;
  /** Its files have to be fetched; null = they are at `path`. */
  readonly gitUrl: string | null;
  /** null = the repository's head. */
  readonly gitCommit: string | null;
}

export interface RegistryDataset {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly tasks: readonly RegistryTask[];
}

/** @throws UserError naming the file and what is wrong in it */
export async function readRegistry(file: string): Promise<readonly RegistryDataset[]> {
  try {
    return parseRegistry(await readFile(file, "utf8"), file);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR"))
      throw new UserError(`${file}: there is no such dataset registry (run.registry)`);
    if (isErrno(error, "EISDIR", "EACCES", "EPERM"))
      throw new UserError(`${file}: the dataset registry cannot be read`);
    throw error;
  }
}

/** @param file where the text is from, for messages */
export function parseRegistry(text: string, file: string): readonly RegistryDataset[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UserError(`${file}: the dataset registry is not valid JSON: ${error.message}`, [], { cause: error });
  }
  if (!Array.isArray(value)) throw new UserError(`${file}: found no array, expected an array of datasets`);
  const problems: string[] = [];
  const datasets = value.map((item, index) => readDataset(item, `[${index}]`, problems));
  if (problems.length > 0) throw new UserError(`${file} is not a dataset registry:`, problems);
  return datasets;
}

function readDataset(value: unknown, at: string, problems: string[]): RegistryDataset {
  const fields = isRecord(value) ? value : {};
  const { tasks } = fields;
  if (!Array.isArray(tasks)) problems.push(`${at}.tasks: expected an array of tasks`);
  return {
    name: textOf(fields, "name", at, problems),
    version: textOf(fields, "version", at, problems),
    description: typeof fields["description"] === "string" ? fields["description"] : "",
    tasks: (Array.isArray(tasks) ? tasks : []).map((task, index) => readTask(task, `${at}.tasks[${index}]`, problems)),
  };
}

function readTask(value: unknown, at: string, problems: string[]): RegistryTask {
  const fields = isRecord(value) ? value : {};
  const gitUrl = fields["git_url"];
  if (gitUrl !== undefined && gitUrl !== null && typeof gitUrl !== "string")
    problems.push(`${at}.git_url: expected text`);
  const commit = fields["git_commit_id"];
  if (commit !== undefined && commit !== null && typeof commit !== "string")
    problems.push(`${at}.git_commit_id: expected text`);
  return {
    name: textOf(fields, "name", at, problems),
    path: textOf(fields, "path", at, problems),
    gitUrl: typeof gitUrl === "string" && gitUrl !== "" ? gitUrl : null,
    gitCommit: typeof commit === "string" && commit !== "" ? commit : null,
  };
}

function textOf(fields: Readonly<Record<string, unknown>>, key: string, at: string, problems: string[]): string {
  const value = fields[key];
  if (typeof value === "string" && value !== "") return value;
  problems.push(`${at}.${key}: expected text that is not empty`);
  return "";
}

export function parseDatasetName(dataset: string): { readonly name: string; readonly version: string | null } {
  const at = dataset.lastIndexOf("@");
  return at <= 0 ? { name: dataset, version: null } : { name: dataset.slice(0, at), version: dataset.slice(at + 1) };
}

/** Without a version `head` if there is one, else the highest. */
export function chooseVersion(versions: readonly RegistryDataset[], wanted: string | null): RegistryDataset | null {
  if (wanted !== null) return versions.find((each) => each.version === wanted) ?? null;
  const head = versions.find((each) => each.version === "head");
  return head ?? versions.toSorted((a, b) => compareVersions(a.version, b.version)).at(-1) ?? null;
}

/** Numbers as numbers, so that 1.10 is after 1.9; what is no version comes before all that are, by text. */
function compareVersions(a: string, b: string): number {
  const numbered = (version: string): number => (/^v?\d/i.test(version) ? 1 : 0);
  return numbered(a) - numbered(b) || a.localeCompare(b, "en", { numeric: true });
}

/** @returns the first place that is a directory, else the one beside the registry. */
export async function registryTaskDir(task: RegistryTask, registryFile: string, root: string): Promise<string> {
  const beside = resolve(dirname(registryFile), task.path);
  for (const place of [beside, resolve(root, task.path), resolve(task.path)])
    if (await isDirectory(place)) return place;
  return beside;
}
