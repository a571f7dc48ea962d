/**
 * Reads a parsed TOML table key by key. What is asked for is known: whatever nobody asked for is an unknown key, which
 * Harbor ignores and a note tells. A wrong value is a problem of its place in the file; reading goes on, so that all are found.
 */
import { nearest } from "../base/nearest.ts";

export type TomlPath = readonly (string | number)[];

export interface TomlProblem {
  readonly path: TomlPath;
  readonly found: string;
  readonly expected: string;
}

export interface Findings {
  readonly problems: TomlProblem[];
  readonly notes: string[];
}

export interface NumberRule {
  readonly integer?: boolean;
  readonly atLeast?: number;
  readonly above?: number;
  readonly expected: string;
}

/** Every reading method gives null where the key is missing or its value is wrong (and then reported). */
export interface TableReader {
  readonly path: TomlPath;
  has(key: string): boolean;
  /** Marks the key as known without looking at it. */
  value(key: string): unknown;
  text(key: string, expected?: string): string | null;
  /** Blank text is the same as no key, as Harbor has it where a value is optional. */
  optionalText(key: string): string | null;
  oneOf<const T extends string>(key: string, choices: readonly T[]): T | null;
  number(key: string, rule: NumberRule): number | null;
  flag(key: string): boolean | null;
  texts(key: string): readonly string[] | null;
  /** Environment variables. Values are never shown: they may be secrets. */
  variables(key: string): Readonly<Record<string, string>>;
  table(key: string): TableReader | null;
  /** A table whose keys are anybody's. */
  freeTable(key: string): Readonly<Record<string, unknown>> | null;
  /** An array; `table` is null for items that are none. */
  items(key: string): readonly TableItem[];
  /** Of one key, or of the table as a whole. */
  problem(key: string | null, found: string, expected: string): void;
  note(text: string): void;
  /** Notes the keys that nobody asked for, of this table and of those read from it. */
  finish(): void;
}

export interface TableItem {
  readonly table: TableReader | null;
  readonly value: unknown;
  problem(found: string, expected: string): void;
}

type Table = Readonly<Record<string, unknown>>;

export function tableReader(table: Table, path: TomlPath, findings: Findings): TableReader {
  const asked = new Set<string>();
  const children: TableReader[] = [];
  const problem = (key: string | null, found: string, expected: string): void => {
    findings.problems.push({ path: key === null ? path : [...path, key], found, expected });
  };
  const value = (key: string): unknown => {
    asked.add(key);
    return Object.hasOwn(table, key) ? table[key] : undefined;
  };
  const child = (inner: Table, at: TomlPath): TableReader => {
    const reader = tableReader(inner, at, findings);
    children.push(reader);
    return reader;
  };
  /** The value if `accepts` it, else null, reported unless the key is missing. */
  const typed = <T>(key: string, accepts: (found: unknown) => found is T, expected: string): T | null => {
    const found = value(key);
    if (found === undefined) return null;
    if (accepts(found)) return found;
    problem(key, describe(found), expected);
    return null;
  };

  return {
    path,
    has: (key) => Object.hasOwn(table, key),
    value,
    text: (key, expected = "text that is not empty") =>
      typed(key, (found): found is string => typeof found === "string" && found.trim() !== "", expected),
    optionalText(key) {
      const text = typed(key, (found): found is string => typeof found === "string", "text");
      return text === null || text.trim() === "" ? null : text;
    },
    oneOf<const T extends string>(key: string, choices: readonly T[]) {
      const expected = `one of ${choices.map((choice) => JSON.stringify(choice)).join(", ")}`;
      return typed(key, (found): found is T => (choices as readonly unknown[]).includes(found), expected);
    },
    number(key, rule) {
      let found = value(key);
      if (typeof found === "string" && /^\s*[+-]?\d+(\.\d+)?\s*$/.test(found)) {
        findings.notes.push(`${dotted([...path, key])} is text in task.toml; taken as the number ${found.trim()}`);
        found = Number(found);
      }
      if (found === undefined) return null;
      if (typeof found === "number" && obeys(found, rule)) return found;
      problem(key, describe(found), rule.expected);
      return null;
    },
    flag: (key) => typed(key, (found): found is boolean => typeof found === "boolean", "true or false"),
    texts: (key) =>
      typed(
        key,
        (found): found is readonly string[] => Array.isArray(found) && found.every((item) => typeof item === "string"),
        "an array of texts",
      ),
    variables(key) {
      const found = typed(key, isTable, 'a table of texts, such as { NAME = "value" }');
      const entries = Object.entries(found ?? {});
      for (const [name, text] of entries) {
        const at = [...path, key, name];
        if (!isVariableName(name)) {
          const expected = "a variable name: not empty, without = and control characters";
          findings.problems.push({ path: at, found: JSON.stringify(name), expected });
        } else if (typeof text !== "string" || text.includes("\0")) {
          findings.problems.push({ path: at, found: kindOf(text), expected: "text (in quotes, without NUL)" });
        }
      }
      return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
    },
    table(key) {
      const found = typed(key, isTable, `a table [${dotted([...path, key])}]`);
      return found === null ? null : child(found, [...path, key]);
    },
    freeTable: (key) => typed(key, isTable, `a table [${dotted([...path, key])}]`),
    items(key) {
      const found = typed(key, (each): each is readonly unknown[] => Array.isArray(each), "an array");
      return (found ?? []).map((item, index) => {
        const at = [...path, key, index];
        return {
          table: isTable(item) ? child(item, at) : null,
          value: item,
          problem(what, expected) {
            findings.problems.push({ path: at, found: what, expected });
          },
        };
      });
    },
    problem,
    note(text) {
      findings.notes.push(text);
    },
    finish() {
      for (const key of Object.keys(table)) {
        if (asked.has(key)) continue;
        const near = nearest(key, asked);
        const hint = near === null ? "" : ` (did you mean ${near}?)`;
        findings.notes.push(`${dotted([...path, key])} in task.toml is not a known key and is ignored${hint}`);
      }
      for (const each of children) each.finish();
    },
  };
}

function obeys(value: number, { integer = false, atLeast, above }: NumberRule): boolean {
  if (!Number.isFinite(value)) return false;
  if (integer && !Number.isSafeInteger(value)) return false;
  return (atLeast === undefined || value >= atLeast) && (above === undefined || value > above);
}

function isVariableName(name: string): boolean {
  // oxlint-disable-next-line no-control-regex -- NUL and newlines are exactly what must not get through
  return /^[^=\u0000-\u001f]+$/.test(name);
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** `environment.memory_mb`, `artifacts[0].source`; keys that TOML would quote are quoted. */
export function dotted(path: TomlPath): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else text += `${text === "" ? "" : "."}${/^[A-Za-z0-9_-]+$/.test(part) ? part : JSON.stringify(part)}`;
  }
  return text;
}

/** A value in words for "found …". */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 79)}…` : value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return kindOf(value);
}

/** Its type alone, for values that may be secret. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "an empty array" : "an array";
  if (value instanceof Date) return "a date or time";
  if (isTable(value)) return "a table";
  return typeof value === "string" ? "such a text" : `a ${typeof value}`;
}
