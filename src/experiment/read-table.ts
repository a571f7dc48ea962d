/**
 * A table of the file against its definition, key by key: what is valid comes back typed, what is not is reported,
 * so that one bad value hides neither its neighbours' values nor their problems.
 */
import { z } from "zod";

import { choice, didYouMean, keyPath, quote, type Position, type Report } from "./problems.ts";
import { head } from "./schema/experiment-file.ts";
import { aliasesTable } from "./schema/mcp-tables.ts";
import { artifactsTable, profileTable, settingsTable } from "./schema/profile-tables.ts";
import { runTable } from "./schema/run-table.ts";
import { rules } from "./schema/words.ts";
import { plainData, type TomlNode, type TomlTable } from "./toml-tree.ts";

type Shape = Readonly<Record<string, z.ZodType>>;
export type Output<S extends Shape> = { [K in keyof S]?: Exclude<z.output<S[K]>, undefined> };

export interface ReadTable<S extends Shape> {
  /** Valid values only. */
  readonly values: Output<S>;
  /** Every known key that the file sets, valid or not. */
  readonly at: ReadonlyMap<string, { readonly key: Position; readonly value: Position }>;
}

/**
 * @param path where the table stands, such as `["profiles", "text"]`
 * @param onUnknown may take over unknown keys, by returning true
 */
export function readTable<S extends Shape>(
  node: TomlTable,
  schema: z.ZodObject<S>,
  path: readonly string[],
  report: Report,
  onUnknown: (key: string, value: TomlNode, at: Position) => boolean = () => false,
): ReadTable<S> {
  const values: Partial<Record<string, unknown>> = {};
  const at = new Map<string, { key: Position; value: Position }>();
  for (const entry of node.entries.values()) {
    const known = Object.hasOwn(schema.shape, entry.key) ? schema.shape[entry.key] : undefined;
    if (known === undefined) {
      if (!onUnknown(entry.key, entry.node, entry.at)) reportUnknown(entry.key, entry.at, schema.shape, path, report);
      continue;
    }
    at.set(entry.key, { key: entry.at, value: entry.node.at });
    const value = readValue(entry.node, known, [...path, entry.key], report);
    if (value !== undefined) values[entry.key] = value;
  }
  return { values: values as Output<S>, at };
}

/** The value where it is valid; else undefined, and each of its problems is reported. */
export function readValue(node: TomlNode, schema: z.ZodType, path: readonly string[], report: Report): unknown {
  const proto = node.kind === "table" ? node.entries.get("__proto__") : undefined;
  if (proto !== undefined) {
    // Zod passes over this key without a word.
    report(proto.at, { key: keyPath(...path, "__proto__"), found: "a reserved key", expected: "another name" });
  }
  const integers = notIntegers(node, schema);
  const result = schema.safeParse(plainData(node));
  if (result.success && integers === null) return result.data;

  if (integers !== null) {
    report(node.at, { key: keyPath(...path), found: describe(node, false), expected: integers });
    return undefined;
  }
  const seen = new Set<string>();
  for (const issue of ownWordsFirst(result.error?.issues ?? [])) {
    const place = issue.path.join("\0");
    if (seen.has(place)) continue;
    seen.add(place);
    reportIssue(issue, node, schema, path, report);
  }
  return undefined;
}

/** Of several issues at one place, ours has the best words. */
function ownWordsFirst(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  return issues.toSorted((a, b) => Number(b.code === "custom") - Number(a.code === "custom"));
}

function notIntegers(node: TomlNode, schema: z.ZodType): string | null {
  const rule = rules.get(inner(schema));
  return rule?.integer === true && node.kind === "float" ? rule.expected : null;
}

function reportIssue(
  issue: z.core.$ZodIssue,
  node: TomlNode,
  schema: z.ZodType,
  path: readonly string[],
  report: Report,
): void {
  let current: TomlNode = node;
  let at = node.at;
  let currentSchema = inner(schema);
  let key = keyPath(...path);
  for (const part of issue.path) {
    if (current.kind === "array" && typeof part === "number") {
      const item: TomlNode | undefined = current.items[part];
      if (item === undefined) break;
      current = item;
      at = item.at;
      key += `[${part}]`;
      if (currentSchema instanceof z.ZodArray) currentSchema = inner(currentSchema.element as z.ZodType);
    } else if (current.kind === "table") {
      const entry: { readonly node: TomlNode; readonly at: Position } | undefined = current.entries.get(String(part));
      if (entry === undefined) break;
      current = entry.node;
      const record = currentSchema instanceof z.ZodRecord ? currentSchema : null;
      if (issue.code === "invalid_key" && record !== null) {
        const rule = rules.get(record.keyType as z.ZodType);
        const found =
          rule?.secret === true
            ? "a key that is none (not shown, it may be a secret)"
            : `the key ${quote(String(part))}`;
        report(entry.at, { key, found, expected: rule?.expected ?? "another key" });
        return;
      }
      at = current.at;
      key += `.${keyPath(String(part))}`;
      if (record !== null) currentSchema = inner(record.valueType as z.ZodType);
    }
  }
  const rule = rules.get(currentSchema);
  const expected = ownExpectation(issue) ?? rule?.expected ?? issue.message;
  report(at, { key, found: describe(current, rule?.secret === true), expected });
}

function ownExpectation(issue: z.core.$ZodIssue): string | null {
  if (issue.code !== "custom") return null;
  const expected: unknown = issue.params?.["expected"];
  return typeof expected === "string" ? expected : null;
}

function inner(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional ? inner(schema.unwrap() as z.ZodType) : schema;
}

/** A value in words for "found …". */
export function describe(node: TomlNode, secret: boolean): string {
  switch (node.kind) {
    case "table":
      return "a table";
    case "array":
      if (node.ofTables) return "an array of tables [[…]]";
      return node.items.length === 0 ? "an empty array" : "an array";
    case "string":
      return secret ? "text that is not shown, as it may be a secret" : quote(node.value as string);
    case "float":
    case "integer":
    case "boolean":
      return secret ? `a value of type ${node.kind}` : node.text.slice(0, 80);
    case "date":
      return `the date or time ${node.text.slice(0, 80)}`;
  }
}

/** Where a key that stands in the wrong table belongs. */
const HOMES: readonly (readonly [string, Shape])[] = [
  ["at the top of the file, above every [table]", head.shape],
  ["under [run]", runTable.shape],
  ["under [artifacts]", artifactsTable.shape],
  ["under [defaults] or a profile", settingsTable.shape],
  ["under a profile", profileTable.shape],
];

export function reportUnknown(
  key: string,
  at: Position,
  shape: Shape,
  path: readonly string[],
  report: Report,
  more: readonly string[] = [],
): void {
  const known = [...Object.keys(shape), ...more];
  const home = HOMES.find(([, other]) => other !== shape && Object.hasOwn(other, key));
  const hint = home === undefined ? didYouMean(key, known) : `it belongs ${home[0]}`;
  report(at, {
    key: keyPath(...path, key),
    found: "an unknown key",
    expected: known.length === 1 ? choice(known) : `one of ${choice(known)}`,
    hint,
  });
}

/** `[mcp_aliases]`, which has no fixed keys. */
export function readAliases(node: TomlNode, report: Report): Readonly<Record<string, string>> {
  const value = readValue(node, aliasesTable, ["mcp_aliases"], report);
  return Object.assign(Object.create(null), value) as Record<string, string>;
}
