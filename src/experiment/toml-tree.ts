/**
 * TOML text as a tree that knows what JavaScript objects lose: the position of every key and value, the written order
 * of all keys (integer-like ones too), and whether a number was written as an integer.
 *
 * smol-toml decides what is valid and words the errors; toml-eslint-parser's AST gives positions. Its own conversion
 * to values pollutes Object.prototype, so it is never used: tables are Maps here.
 */
import { parse, TomlError } from "smol-toml";
import { parseTOML, type AST } from "toml-eslint-parser";

import type { Position } from "./problems.ts";

export interface TomlEntry {
  readonly key: string;
  readonly at: Position;
  readonly node: TomlNode;
}

export interface TomlTable {
  readonly kind: "table";
  readonly at: Position;
  readonly entries: Map<string, TomlEntry>;
  /** `passing`: only ever named on the way to something deeper, as `a` in `[a.b]` or `a.b = 1`. */
  form: "header" | "inline" | "passing";
}

export interface TomlArray {
  readonly kind: "array";
  readonly at: Position;
  readonly items: TomlNode[];
  /** Written as `[[…]]`. */
  readonly ofTables: boolean;
}

export interface TomlScalar {
  readonly kind: "string" | "integer" | "float" | "boolean" | "date";
  readonly at: Position;
  readonly value: string | number | boolean;
  /** As written, for numbers and dates. */
  readonly text: string;
}

export type TomlNode = TomlTable | TomlArray | TomlScalar;

/** The text is not TOML. */
export class TomlSyntaxError extends Error {
  override readonly name = "TomlSyntaxError";
  readonly at: Position;

  constructor(message: string, at: Position, options?: ErrorOptions) {
    super(message, options);
    this.at = at;
  }
}

/** Far beyond any experiment; bounds every recursion over the tree. */
const MAX_NESTING = 32;
const MAX_KEY_PARTS = 16;

/** @throws TomlSyntaxError */
export function readToml(text: string): TomlTable {
  try {
    parse(text, { maxDepth: MAX_NESTING });
    return buildTree(parseTOML(text, { tomlVersion: "1.1" }));
  } catch (error) {
    throw syntaxError(error, text);
  }
}

function syntaxError(error: unknown, text: string): Error {
  if (error instanceof TomlSyntaxError) return error;
  if (error instanceof TomlError) {
    const at = { line: error.line, column: error.column };
    return new TomlSyntaxError(reason(error, text), at, { cause: error });
  }
  if (error instanceof RangeError) {
    return new TomlSyntaxError("nested too deeply", { line: 1, column: 1 }, { cause: error });
  }
  if (error instanceof SyntaxError && "lineNumber" in error && "column" in error) {
    const at = { line: Number(error.lineNumber), column: Number(error.column) + 1 };
    return new TomlSyntaxError(error.message, at, { cause: error });
  }
  return error instanceof Error ? error : new Error(String(error));
}

/** The parser's own reason, in one line, but for the one that says the wrong thing about the most common slip. */
function reason(error: TomlError, text: string): string {
  const line = text.split(/\r?\n/, error.line)[error.line - 1] ?? "";
  const [first = ""] = error.message.replace(/^Invalid TOML document: /, "").split("\n");
  const atEnd = error.column > line.length;
  return atEnd && first.startsWith("control characters") ? "a string is not closed on its line" : first;
}

function buildTree(program: AST.TOMLProgram): TomlTable {
  const root: TomlTable = table({ line: 1, column: 1 }, "header");
  for (const item of program.body[0].body) {
    if (item.type === "TOMLKeyValue") {
      addKeyValue(root, item);
      continue;
    }
    const target = openTable(root, item);
    for (const pair of item.body) addKeyValue(target, pair);
  }
  return root;
}

function table(at: Position, form: TomlTable["form"]): TomlTable {
  return { kind: "table", at, entries: new Map(), form };
}

function start(node: AST.TOMLNode): Position {
  return { line: node.loc.start.line, column: node.loc.start.column + 1 };
}

function partsOf(key: AST.TOMLKey): readonly (AST.TOMLBare | AST.TOMLQuoted)[] {
  if (key.keys.length > MAX_KEY_PARTS) throw new TomlSyntaxError("a key with too many dots", start(key));
  return key.keys;
}

function nameOf(part: AST.TOMLBare | AST.TOMLQuoted): string {
  return part.type === "TOMLBare" ? part.name : part.value;
}

/** The table under `part`, made when missing; in an array of tables the last one, as TOML has it. */
function descend(parent: TomlTable, part: AST.TOMLBare | AST.TOMLQuoted): TomlTable {
  const key = nameOf(part);
  const found = parent.entries.get(key)?.node;
  const node = found?.kind === "array" ? found.items.at(-1) : found;
  if (node?.kind === "table") return node;
  const made = table(start(part), "passing");
  parent.entries.set(key, { key, at: start(part), node: made });
  return made;
}

function openTable(root: TomlTable, header: AST.TOMLTable): TomlTable {
  const parts = partsOf(header.key);
  const last = parts.at(-1);
  let parent = root;
  for (const part of parts.slice(0, -1)) parent = descend(parent, part);
  if (last === undefined) return parent;
  if (header.kind === "standard") {
    const opened = descend(parent, last);
    opened.form = "header";
    return opened;
  }

  const key = nameOf(last);
  const made = table(start(last), "header");
  const existing = parent.entries.get(key)?.node;
  if (existing?.kind === "array") existing.items.push(made);
  else {
    const node: TomlArray = { kind: "array", at: start(last), items: [made], ofTables: true };
    parent.entries.set(key, { key, at: start(last), node });
  }
  return made;
}

function addKeyValue(base: TomlTable, pair: AST.TOMLKeyValue): void {
  const parts = partsOf(pair.key);
  const last = parts.at(-1);
  if (last === undefined) return;
  let parent = base;
  for (const part of parts.slice(0, -1)) parent = descend(parent, part);
  const key = nameOf(last);
  parent.entries.set(key, { key, at: start(last), node: valueOf(pair.value) });
}

function valueOf(node: AST.TOMLContentNode): TomlNode {
  const at = start(node);
  if (node.type === "TOMLArray") return { kind: "array", at, items: node.elements.map(valueOf), ofTables: false };
  if (node.type === "TOMLInlineTable") {
    const made = table(at, "inline");
    for (const pair of node.body) addKeyValue(made, pair);
    return made;
  }
  switch (node.kind) {
    case "string":
      return { kind: "string", at, value: node.value, text: node.value };
    case "integer":
      return { kind: "integer", at, value: node.value, text: node.number };
    case "float":
      return { kind: "float", at, value: node.value, text: node.number };
    case "boolean":
      return { kind: "boolean", at, value: node.value, text: String(node.value) };
    case "offset-date-time":
    case "local-date-time":
    case "local-date":
    case "local-time":
      return { kind: "date", at, value: node.datetime, text: node.datetime };
  }
}

/** Plain data for validation. Prototypes are null, so no key can reach one. */
export function plainData(node: TomlNode): unknown {
  if (node.kind === "array") return node.items.map(plainData);
  if (node.kind === "table") {
    const data: Record<string, unknown> = Object.create(null);
    for (const { key, node: value } of node.entries.values()) data[key] = plainData(value);
    return data;
  }
  // A date must not pass for a string.
  return node.kind === "date" ? new Date(Number.NaN) : node.value;
}
