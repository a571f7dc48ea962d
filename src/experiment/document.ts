/** The text as a TOML tree of the right schema version; anything else ends here with its own message. */
import { SCHEMA_VERSION } from "./defaults.ts";
import { ExperimentErrors, type Position, type Problem } from "./problems.ts";
import { describe } from "./read-table.ts";
import { namesSecret } from "../base/secret-names.ts";
import { readToml, TomlSyntaxError, type TomlTable } from "./toml-tree.ts";

/** @throws ExperimentErrors with one problem */
export function parseDocument(file: string, source: string): TomlTable {
  // A byte order mark is not part of the text, and must not move the columns of line 1.
  const text = source.startsWith("\uFEFF") ? source.slice(1) : source;
  const root = parse(file, text);
  const start = { line: 1, column: 1 };
  if (root.entries.size === 0) {
    const found = text.trim() === "" ? "an empty file" : "nothing but comments";
    throw one(file, start, { key: "", found, expected: "an experiment", hint: "`regatta init` writes one" });
  }

  const version = root.entries.get("schema_version");
  if (version === undefined) {
    const hint = looksOlder(root)
      ? "the file is in an older format, which is not read: tasks are tables [tasks.<id>], profiles are tables [profiles.<key>]"
      : `the first line of every experiment is schema_version = ${SCHEMA_VERSION}, above every [table]`;
    throw one(file, start, { key: "schema_version", found: "nothing", expected: String(SCHEMA_VERSION), hint });
  }
  const { node } = version;
  if (node.kind === "integer" && node.value === SCHEMA_VERSION) return root;
  const older = node.kind === "integer" && Number(node.value) < SCHEMA_VERSION;
  throw one(file, node.at, {
    key: "schema_version",
    found: describe(node, false),
    expected: String(SCHEMA_VERSION),
    hint: older ? "there is no older schema and no conversion" : "this Regatta reads no other version",
  });
}

function parse(file: string, text: string): TomlTable {
  try {
    return readToml(text);
  } catch (error) {
    if (!(error instanceof TomlSyntaxError)) throw error;
    throw new ExperimentErrors(
      file,
      [{ file, ...position(error.at), key: "", found: `broken TOML (${error.message})`, expected: "valid TOML" }],
      frame(text, error.at),
    );
  }
}

function position({ line, column }: Position): Position {
  return { line, column };
}

function one(
  file: string,
  at: Position,
  problem: Pick<Problem, "key" | "found" | "expected" | "hint">,
): ExperimentErrors {
  return new ExperimentErrors(file, [{ file, ...at, ...problem }]);
}

/** Marks of the format before this one: `[[profiles]]`, lists of tasks. */
function looksOlder(root: TomlTable): boolean {
  const tasks = root.entries.get("tasks")?.node;
  if (root.entries.get("profiles")?.node.kind === "array" || tasks?.kind === "array") return true;
  return (
    tasks?.kind === "table" && ["ids", "items", "names"].some((key) => tasks.entries.get(key)?.node.kind === "array")
  );
}

const FRAME_WIDTH = 100;

/**
 * The line with a mark under the place. What stands right of a `=` is masked on a line that may hold a secret:
 * a file is often broken by the very value that somebody pasted.
 */
function frame(text: string, at: Position): readonly string[] {
  const line = (text.split(/\r?\n/)[at.line - 1] ?? "").replaceAll(/\p{Cc}/gu, " ");
  const equals = line.indexOf("=");
  const hidden = namesSecret(line) && equals !== -1;
  const shown = hidden ? `${line.slice(0, equals + 1)} … (not shown)` : line;
  const mark = hidden ? Math.min(at.column, equals + 3) : at.column;
  const from = Math.max(0, mark - FRAME_WIDTH / 2);
  const gutter = `${at.line} | `;
  return [`${gutter}${shown.slice(from, from + FRAME_WIDTH)}`, `${" ".repeat(gutter.length + mark - 1 - from)}^`];
}
