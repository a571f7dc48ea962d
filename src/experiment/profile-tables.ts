/** Reads `[defaults]` and `[profiles.*]`; each table is checked by itself, once, before any inheritance. */
import type { AgentKeys } from "./agent-keys.ts";
import { dottedKeyHint } from "./dotted-key.ts";
import type { ExtendsLink } from "./extends-chain.ts";
import { NameList } from "./name-list.ts";
import { fromRoot, type PathCheck } from "./paths.ts";
import { choice, didYouMean, keyPath, quote, type Report } from "./problems.ts";
import type { ProfileSource, SettingsShape } from "./profiles.ts";
import { describe, readTable, reportUnknown, type ReadTable } from "./read-table.ts";
import { profileTable, settingsTable } from "./schema/profile-tables.ts";
import type { TomlTable } from "./toml-tree.ts";

export interface ReadContext {
  readonly agents: ReadonlyMap<string, AgentKeys>;
  readonly root: string;
  readonly report: Report;
  /** Paths to look at later. */
  readonly checks: PathCheck[];
}

export interface ProfileTables {
  readonly sources: ReadonlyMap<string, ProfileSource>;
  readonly links: ReadonlyMap<string, ExtendsLink | null>;
}

/** The keys of a profile that are not inherited: each has to be handled below. */
type OwnKey = Exclude<keyof typeof profileTable.shape, keyof SettingsShape>;

export function readDefaults(node: TomlTable, context: ReadContext): ReadTable<SettingsShape> {
  const table = readTable(node, settingsTable, ["defaults"], context.report);
  checkSettings(table, node, ["defaults"], context);
  return table;
}

/** @param node null = the file has none that can be read */
export function readProfiles(node: TomlTable | null, context: ReadContext): ProfileTables {
  const { report } = context;
  const sources = new Map<string, ProfileSource>();
  const links = new Map<string, ExtendsLink | null>();
  const keys = new NameList("a profile key");
  for (const [key, entry] of node?.entries ?? []) {
    keys.add(key, entry.at, keyPath("profiles", key), report);
    links.set(key, null);
    if (entry.node.kind !== "table") {
      const expected = `a table [${keyPath("profiles", key)}]`;
      report(entry.at, { key: keyPath("profiles", key), found: describe(entry.node, false), expected });
      continue;
    }
    const table = readProfile(key, entry.node, report);
    if (table === null) continue;
    checkSettings(table, entry.node, ["profiles", key], context);
    sources.set(key, { key, at: entry.at, table });
    const own: { readonly [K in OwnKey]: string | undefined } = { extends: table.values.extends };
    const target = own.extends;
    const at = table.at.get("extends");
    if (target !== undefined && at !== undefined) links.set(key, { target, at: at.value });
  }
  if (node !== null && links.size === 0) {
    report(node.at, { key: "profiles", found: "no profiles", expected: "at least one table [profiles.<key>]" });
  }
  return { sources, links };
}

/** Null when the table is not a profile at all: reported. */
function readProfile(key: string, node: TomlTable, report: Report): ReadTable<typeof profileTable.shape> | null {
  const known = Object.keys(profileTable.shape);
  const isOurs = (name: string): boolean => known.includes(name) || didYouMean(name, known) !== undefined;
  const dotted = dottedKeyHint(["profiles"], key, node, isOurs);
  if (dotted !== null) {
    const found = "an unquoted dot in a profile key";
    report(dotted.at, { key: `profiles.${dotted.written}`, found, expected: dotted.quoted });
    return null;
  }
  return readTable(node, profileTable, ["profiles", key], report, (unknown, _value, at) => {
    reportUnknown(unknown, at, profileTable.shape, ["profiles", key], report);
    return true;
  });
}

/** What can be said of one table alone: the agent exists, the paths are to be looked at. */
function checkSettings(
  table: ReadTable<SettingsShape>,
  node: TomlTable,
  path: readonly string[],
  context: ReadContext,
): void {
  const agent = table.values.agent;
  const agentAt = table.at.get("agent");
  if (agent !== undefined && agentAt !== undefined && !context.agents.has(agent)) {
    const names = [...context.agents.keys()];
    context.report(agentAt.value, {
      key: keyPath(...path, "agent"),
      found: quote(agent),
      expected: names.length === 1 ? choice(names) : `one of ${choice(names)}`,
      hint: didYouMean(agent, names),
    });
  }
  for (const key of ["env_file", "hooks", "setup", "prompt", "system_prompt"] as const) {
    const value = table.values[key];
    const at = table.at.get(key);
    if (value === undefined || at === undefined) continue;
    context.checks.push({
      at: at.value,
      key: keyPath(...path, key),
      path: fromRoot(context.root, value),
      want: "file",
    });
  }
  const skills = table.at.get("skills");
  for (const dir of skills === undefined ? [] : (table.values.skills ?? [])) {
    const key = keyPath(...path, "skills");
    context.checks.push({ at: skills?.value ?? node.at, key, path: fromRoot(context.root, dir), want: "folder" });
  }
  const files = node.entries.get("files")?.node;
  for (const [inside, from] of Object.entries(table.values.files ?? {})) {
    const at = files?.kind === "table" ? files.entries.get(inside)?.node.at : undefined;
    const key = keyPath(...path, "files", inside);
    context.checks.push({ at: at ?? node.at, key, path: fromRoot(context.root, from), want: "either" });
  }
}
