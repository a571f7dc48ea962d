/**
 * A dataset registry on this machine, in Harbor's format: an array of
 * `{ "name", "version", "description", "tasks": [ { "name", "git_url"?, "git_commit_id"?, "path" } ] }`.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isRecord } from "../base/is-record.ts";
import { UserError } from "../contract/failure.ts";

export interface RegistryDataset {
  /** `name@version`. */
  readonly name: string;
  readonly tasks: readonly {
    readonly name: string;
    /** Absolute; null when it lies in a git repository. */
    readonly dir: string | null;
  }[];
}

/** A task's relative path starts at the registry file, else at the project. */
export async function readRegistry(file: string, root: string): Promise<readonly RegistryDataset[]> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw new UserError(`the registry ${file} cannot be read: ${(error as Error).message}`, [], { cause: error });
  }
  if (!Array.isArray(value)) throw new UserError(`the registry ${file} is no list of datasets`);
  return value.map((entry: unknown, index) => {
    if (!isRecord(entry) || typeof entry["name"] !== "string" || !Array.isArray(entry["tasks"])) {
      throw new UserError(
        `the registry ${file}: entry ${index + 1} is no dataset; expected an object with "name", "version" and "tasks"`,
      );
    }
    const version = typeof entry["version"] === "string" ? entry["version"] : "head";
    return {
      name: `${entry["name"]}@${version}`,
      tasks: entry["tasks"].flatMap((task: unknown) => {
        if (!isRecord(task) || typeof task["name"] !== "string") return [];
        const local = typeof task["path"] === "string" && typeof task["git_url"] !== "string" ? task["path"] : null;
        return [{ name: task["name"], dir: local === null ? null : placeOf(local, file, root) }];
      }),
    };
  });
}

function placeOf(path: string, file: string, root: string): string {
  const beside = resolve(dirname(file), path);
  return existsSync(beside) ? beside : resolve(root, path);
}
