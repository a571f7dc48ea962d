/** The `artifacts` of a task.toml: each a path in the sandbox, or a table with where it goes and what to leave out. */
import { posix } from "node:path";
import type { Task } from "../contract/task.ts";
import { describe, type TableReader } from "./table-reader.ts";

type Artifact = Task["artifacts"][number];

/** @returns also the names of the compose services that artifacts are asked of. */
export function readArtifacts(root: TableReader): {
  readonly artifacts: readonly Artifact[];
  readonly services: readonly string[];
} {
  const artifacts: Artifact[] = [];
  const services = new Set<string>();
  for (const item of root.items("artifacts")) {
    const { table, value } = item;
    if (table === null) {
      if (typeof value === "string" && isSource(value))
        artifacts.push({ source: value, destination: null, exclude: [] });
      else item.problem(describe(value), SOURCE_EXPECTED);
      continue;
    }
    const service = table.text("service");
    if (service !== null && service !== "main") services.add(service);
    const artifact = readArtifact(table);
    if (artifact !== null) artifacts.push(artifact);
  }
  return { artifacts, services: [...services] };
}

const SOURCE_EXPECTED = 'a path in the sandbox without ".."';

function readArtifact(table: TableReader): Artifact | null {
  const source = table.text("source", SOURCE_EXPECTED);
  const exclude = table.texts("exclude") ?? [];
  const destination = readDestination(table);
  if (!table.has("source")) table.problem(null, "no source", `source, ${SOURCE_EXPECTED}`);
  if (source === null) return null;
  if (!isSource(source)) table.problem("source", describe(source), SOURCE_EXPECTED);
  return { source, destination, exclude };
}

/** Where it goes under the trial's `artifacts/`; empty means the default place, as in Harbor. */
function readDestination(table: TableReader): string | null {
  const found = table.value("destination");
  if (found === undefined || found === "") return null;
  const path =
    typeof found === "string" && !found.includes("\\") && !found.includes("\0") ? posix.normalize(found) : "..";
  const plain = path.replace(/\/+$/, "");
  const usable =
    typeof found === "string" && !hasDotDot(found) && !plain.startsWith("/") && ![".", "", ".."].includes(plain);
  if (usable && plain !== "manifest.json") return found;
  const expected = 'a relative path with forward slashes, without ".." and other than manifest.json';
  table.problem("destination", describe(found), expected);
  return null;
}

function isSource(text: string): boolean {
  return text.trim() !== "" && !text.includes("\0") && !hasDotDot(text);
}

function hasDotDot(path: string): boolean {
  return path.split("/").includes("..");
}
