/**
 * Values for completion that lie on the disk. Whatever cannot be read offers nothing: a shell that asks for
 * completions has no use for an error.
 */
import { readdirSync, readFileSync, type Dirent } from "node:fs";
import { join, resolve } from "node:path";
import type { ValueKind } from "../command-spec.ts";

/** @param operands of the command so far; the experiment is one of them. */
export async function diskValues(
  kind: ValueKind,
  unfinished: string,
  operands: readonly string[],
  cwd: string,
): Promise<readonly string[]> {
  switch (kind) {
    case "none":
      return [];
    case "directory":
      return paths(cwd, unfinished, () => false);
    case "experiment":
      return experiments(cwd, unfinished);
    case "batch":
      return [...batches(cwd, unfinished), ...experiments(cwd, unfinished)];
    case "task":
      return (await namesIn(operands, cwd)).tasks.filter((name) => name.startsWith(unfinished));
    case "profile":
      return (await namesIn(operands, cwd)).profiles.filter((name) => name.startsWith(unfinished));
  }
}

/** With nothing typed, the usual folder is offered at once instead of the way to it. */
function experiments(cwd: string, unfinished: string): readonly string[] {
  const isExperiment = (name: string) => name.endsWith(".toml");
  if (unfinished === "") {
    const usual = paths(cwd, "experiments/", isExperiment).filter((path) => !path.endsWith("/"));
    if (usual.length > 0) return usual;
  }
  return paths(cwd, unfinished, isExperiment);
}

/** `<slug>/<n>` under results/, newest first. */
function batches(cwd: string, unfinished: string): readonly string[] {
  const root = join(cwd, "results");
  return list(root)
    .filter((slug) => slug.isDirectory())
    .flatMap((slug) =>
      list(join(root, slug.name))
        .filter((batch) => batch.isDirectory() && /^\d+$/.test(batch.name))
        .sort((a, b) => Number(b.name) - Number(a.name))
        .map((batch) => `${slug.name}/${batch.name}`),
    )
    .filter((name) => name.startsWith(unfinished));
}

/** Folders (with a slash at the end) and the files that `wanted` picks. */
function paths(cwd: string, unfinished: string, wanted: (name: string) => boolean): readonly string[] {
  const slash = unfinished.lastIndexOf("/") + 1;
  const folder = unfinished.slice(0, slash);
  const start = unfinished.slice(slash);
  return list(resolve(cwd, folder === "" ? "." : folder))
    .filter(({ name }) => name.startsWith(start) && (start !== "" || !name.startsWith(".")))
    .flatMap((entry) => {
      if (entry.isDirectory()) return entry.name === "node_modules" ? [] : [`${folder}${entry.name}/`];
      return wanted(entry.name) ? [`${folder}${entry.name}`] : [];
    })
    .sort();
}

function list(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== undefined) return [];
    throw error;
  }
}

async function namesIn(operands: readonly string[], cwd: string) {
  const file = operands.find((word) => word.endsWith(".toml"));
  const nothing = { tasks: [] as readonly string[], profiles: [] as readonly string[] };
  if (file === undefined) return nothing;
  const { parse, TomlError } = await import("smol-toml");
  try {
    const document = parse(readFileSync(resolve(cwd, file), "utf8"));
    return { tasks: tableNames(document["tasks"]), profiles: tableNames(document["profiles"]) };
  } catch (error) {
    // Half-written or missing: nothing to offer yet.
    if (error instanceof TomlError || (error as NodeJS.ErrnoException).code !== undefined) return nothing;
    throw error;
  }
}

function tableNames(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, entry]) => (typeof entry === "object" && entry !== null ? [name] : []));
}
