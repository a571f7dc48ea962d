/**
 * Where a value stands in a TOML text. Loaded only when there is something to complain about: the parser that knows
 * positions is too slow to start with.
 */
import { type AST, parseTOML } from "toml-eslint-parser";
import type { TomlPath } from "./table-reader.ts";

/** Both from 1; columns count UTF-16 units, as editors do. */
export interface TomlPosition {
  readonly line: number;
  readonly column: number;
}

/** @returns for each path its value's position, else that of the nearest table around it; null when nothing is known. */
export function positionsOf(text: string, paths: readonly TomlPath[]): (TomlPosition | null)[] {
  let program: AST.TOMLProgram;
  try {
    program = parseTOML(text, { tomlVersion: "1.1" });
  } catch (error) {
    // The two parsers disagree about this text: the message then goes without a position.
    if (error instanceof SyntaxError) return paths.map(() => null);
    throw error;
  }
  const places = new Map<string, TomlPosition>();
  for (const item of program.body[0].body) {
    if (item.type === "TOMLKeyValue") addPair(places, [], item);
    else {
      note(places, item.resolvedKey, item.key);
      for (const pair of item.body) addPair(places, item.resolvedKey, pair);
    }
  }
  return paths.map((path) => find(places, path));
}

function addPair(places: Map<string, TomlPosition>, base: TomlPath, pair: AST.TOMLKeyValue): void {
  const path = [...base, ...pair.key.keys.map((key) => (key.type === "TOMLBare" ? key.name : key.value))];
  addValue(places, path, pair.value);
}

function addValue(places: Map<string, TomlPosition>, path: TomlPath, value: AST.TOMLContentNode): void {
  note(places, path, value);
  if (value.type === "TOMLArray") {
    for (const [index, item] of value.elements.entries()) addValue(places, [...path, index], item);
  } else if (value.type === "TOMLInlineTable") {
    for (const pair of value.body) addPair(places, path, pair);
  }
}

function note(places: Map<string, TomlPosition>, path: TomlPath, node: AST.TOMLNode): void {
  const key = JSON.stringify(path);
  if (!places.has(key)) places.set(key, { line: node.loc.start.line, column: node.loc.start.column + 1 });
}

function find(places: Map<string, TomlPosition>, path: TomlPath): TomlPosition | null {
  for (let length = path.length; length > 0; length -= 1) {
    const place = places.get(JSON.stringify(path.slice(0, length)));
    if (place !== undefined) return place;
  }
  return null;
}
