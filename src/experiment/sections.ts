/** The top of the file: its own keys, and which table is where. */
import type { Origin } from "../contract/experiment.ts";
import { keyPath, type Position, type Report } from "./problems.ts";
import { describe, readAliases, readTable, reportUnknown, type ReadTable } from "./read-table.ts";
import { analysisTable } from "./schema/analysis-table.ts";
import { experimentFile, head, type ExperimentFile } from "./schema/experiment-file.ts";
import { budgetTable, gatewayTable } from "./schema/gateway-tables.ts";
import { artifactsTable } from "./schema/profile-tables.ts";
import { runTable } from "./schema/run-table.ts";
import { allUsed } from "./schema/words.ts";
import type { TomlNode, TomlTable } from "./toml-tree.ts";

export interface Sections {
  readonly name: string;
  readonly slug: string;
  readonly run: ReadTable<typeof runTable.shape>;
  /** Null where the file has no such table. */
  readonly tasks: TomlTable | null;
  readonly defaults: TomlTable | null;
  readonly profiles: TomlTable | null;
  readonly artifactTargets: readonly string[];
  readonly mcpAliases: Readonly<Record<string, string>>;
  readonly mcp: TomlTable | null;
  readonly analysis: ReadTable<typeof analysisTable.shape>;
  readonly gateway: ReadTable<typeof gatewayTable.shape>;
  readonly budget: ReadTable<typeof budgetTable.shape>;
  readonly origins: ReadonlyMap<string, Origin>;
}

type TableName = Exclude<keyof ExperimentFile, keyof typeof head.shape>;

/** How each table is written, for the message where something else stands in its place. */
const TABLES: { readonly [K in TableName]: string } = {
  run: "a table [run]",
  tasks: "tables [tasks.<id>]",
  defaults: "a table [defaults]",
  artifacts: "a table [artifacts]",
  profiles: "tables [profiles.<key>]",
  mcp_aliases: "a table [mcp_aliases]",
  mcp: "tables [mcp.<server>]",
  analysis: "a table [analysis]",
  gateway: "a table [gateway]",
  budget: "a table [budget]",
};

export function readSections(root: TomlTable, report: Report): Sections {
  const tables: { [K in TableName]?: TomlTable } = {};
  const top = readTable(root, head, [], report, (key, node, at) => {
    if (isTableName(key)) {
      const table = asTable(key, node, at, report);
      if (table !== null) tables[key] = table;
    } else reportUnknown(key, at, head.shape, [], report, Object.keys(TABLES));
    return true;
  });
  const { schema_version, name, slug = "", ...rest } = top.values;
  void schema_version;
  allUsed(rest);
  if (!top.at.has("slug")) {
    report(
      { line: 1, column: 1 },
      { key: "slug", found: "nothing", expected: "the experiment's name on disk", hint: 'slug = "…"' },
    );
  }
  for (const key of ["tasks", "profiles"] as const) {
    if (root.entries.has(key)) continue;
    report({ line: 1, column: 1 }, { key, found: `no [${key}]`, expected: `at least one of the ${TABLES[key]}` });
  }
  const {
    run,
    tasks = null,
    defaults = null,
    artifacts,
    profiles = null,
    mcp_aliases,
    mcp = null,
    analysis,
    gateway,
    budget,
    ...others
  } = tables;
  allUsed(others);

  const origins = new Map<string, Origin>();
  const note = (key: string, at: Position | undefined, table: string): void => {
    origins.set(key, at === undefined ? { kind: "default" } : { kind: "file", line: at.line, table });
  };
  note("slug", top.at.get("slug")?.key, "");
  note("name", top.at.get("name")?.key, "");

  const artifactKeys = artifacts === undefined ? null : readTable(artifacts, artifactsTable, ["artifacts"], report);
  const { targets = [], ...artifactRest } = artifactKeys?.values ?? {};
  allUsed(artifactRest);
  note("artifacts.targets", artifactKeys?.at.get("targets")?.key, "artifacts");
  for (const [server, entry] of mcp_aliases?.entries ?? [])
    note(keyPath("mcp_aliases", server), entry.at, "mcp_aliases");

  return {
    name: name ?? slug,
    slug,
    run: run === undefined ? { values: {}, at: new Map() } : readTable(run, runTable, ["run"], report),
    tasks,
    defaults,
    profiles,
    artifactTargets: targets,
    mcpAliases: mcp_aliases === undefined ? Object.create(null) : readAliases(mcp_aliases, report),
    mcp,
    analysis:
      analysis === undefined ? { values: {}, at: new Map() } : readTable(analysis, analysisTable, ["analysis"], report),
    gateway:
      gateway === undefined ? { values: {}, at: new Map() } : readTable(gateway, gatewayTable, ["gateway"], report),
    budget: budget === undefined ? { values: {}, at: new Map() } : readTable(budget, budgetTable, ["budget"], report),
    origins,
  };
}

function isTableName(key: string): key is TableName {
  return Object.hasOwn(TABLES, key) && Object.hasOwn(experimentFile.shape, key);
}

function asTable(key: TableName, node: TomlNode, at: Position, report: Report): TomlTable | null {
  if (node.kind === "table") return node;
  report(at, { key, found: describe(node, false), expected: TABLES[key] });
  return null;
}
