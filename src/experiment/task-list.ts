/** `[tasks]`: which tasks, in the file's order, and where each comes from. */
import type { Origin, TaskRef } from "../contract/experiment.ts";
import { DEFAULT_DATASET } from "./defaults.ts";
import { dottedKeyHint } from "./dotted-key.ts";
import { NameList } from "./name-list.ts";
import { fromRoot, looksLikeFolder, type PathCheck } from "./paths.ts";
import { didYouMean, keyPath, type Position, type Report } from "./problems.ts";
import { describe, readTable, readValue, type Output, type ReadTable } from "./read-table.ts";
import { taskTable, tasksHead } from "./schema/task-tables.ts";
import { allUsed } from "./schema/words.ts";
import type { TomlTable } from "./toml-tree.ts";

export interface TaskList {
  readonly tasks: readonly TaskRef[];
  readonly origins: ReadonlyMap<string, Origin>;
  readonly checks: readonly PathCheck[];
}

/** @param node null = the file has none that can be read */
export function readTasks(node: TomlTable | null, root: string, report: Report): TaskList {
  const origins = new Map<string, Origin>();
  const checks: PathCheck[] = [];
  const { default_dataset = DEFAULT_DATASET, ...rest } = defaultDataset(node, report);
  allUsed(rest);
  const defaultAt = node?.entries.get("default_dataset");
  const defaultOrigin: Origin =
    defaultAt === undefined ? { kind: "default" } : { kind: "file", line: defaultAt.at.line, table: "tasks" };
  origins.set("tasks.default_dataset", defaultOrigin);

  const dataset = (name: string, at: Position, key: string): string => {
    if (!looksLikeFolder(name)) return name;
    const path = fromRoot(root, name);
    checks.push({ at, key, path, want: "folder" });
    return path;
  };
  const fallback = dataset(default_dataset, defaultAt?.node.at ?? { line: 1, column: 1 }, "tasks.default_dataset");

  const tasks: TaskRef[] = [];
  const ids = new NameList("a task id");
  let tried = 0;
  for (const [id, entry] of node?.entries ?? []) {
    if (Object.hasOwn(tasksHead.shape, id)) continue;
    if (entry.node.kind !== "table") {
      const hint =
        didYouMean(id, Object.keys(tasksHead.shape)) ?? "each task is a table of its own; its name is the task's id";
      report(entry.at, {
        key: keyPath("tasks", id),
        found: describe(entry.node, false),
        expected: `a table ${tableName(id)}`,
        hint,
      });
      tried += 1;
      continue;
    }
    tried += 1;
    ids.add(id, entry.at, keyPath("tasks", id), report);
    const source = readTask(id, entry.node, report);
    const path = source.values.path;
    const at = { dataset: source.at.get("dataset"), path: source.at.get("path") };
    if (at.dataset !== undefined && at.path !== undefined) {
      report(at.path.key, {
        key: keyPath("tasks", id, "path"),
        found: "both dataset and path",
        expected: "one of them",
      });
    }
    if (path !== undefined && at.path !== undefined) {
      const key = keyPath("tasks", id, "path");
      const absolute = fromRoot(root, path);
      checks.push({ at: at.path.value, key, path: absolute, want: "folder" });
      origins.set(key, { kind: "file", line: at.path.key.line, table: keyPath("tasks", id) });
      tasks.push({ id, dataset: null, path: absolute, line: entry.at.line });
      continue;
    }
    const key = keyPath("tasks", id, "dataset");
    const named = source.values.dataset;
    if (named !== undefined && at.dataset !== undefined) {
      origins.set(key, { kind: "file", line: at.dataset.key.line, table: keyPath("tasks", id) });
      tasks.push({ id, dataset: dataset(named, at.dataset.value, key), path: null, line: entry.at.line });
      continue;
    }
    origins.set(key, defaultOrigin);
    tasks.push({ id, dataset: fallback, path: null, line: entry.at.line });
  }

  if (node !== null && tried === 0) {
    report(node.at, { key: "tasks", found: "no tasks", expected: "at least one table [tasks.<id>]" });
  }
  return { tasks, origins, checks };
}

function defaultDataset(node: TomlTable | null, report: Report): Output<typeof tasksHead.shape> {
  const entry = node?.entries.get("default_dataset");
  if (entry === undefined) return {};
  const value = readValue(entry.node, tasksHead.shape.default_dataset, ["tasks", "default_dataset"], report);
  return typeof value === "string" ? { default_dataset: value } : {};
}

function readTask(id: string, node: TomlTable, report: Report): ReadTable<typeof taskTable.shape> {
  const dotted = dottedKeyHint(["tasks"], id, node);
  if (dotted !== null) {
    report(dotted.at, {
      key: `tasks.${dotted.written}`,
      found: "an unquoted dot in a task id",
      expected: dotted.quoted,
    });
    return { values: {}, at: new Map() };
  }
  const read = readTable(node, taskTable, ["tasks", id], report);
  const { dataset, path, ...rest } = read.values;
  allUsed(rest);
  return {
    at: read.at,
    values: { ...(dataset === undefined ? {} : { dataset }), ...(path === undefined ? {} : { path }) },
  };
}

function tableName(id: string): string {
  return `[${keyPath("tasks", id)}]`;
}
