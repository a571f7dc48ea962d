/**
 * Recognises an id with a dot that was written without quotes: `[tasks.my.task]` makes a table `task` inside a table `my`.
 */
import { tomlKey, type Position } from "./problems.ts";
import type { TomlTable } from "./toml-tree.ts";

export interface DottedKey {
  readonly at: Position;
  /** `my.task`, as written. */
  readonly written: string;
  /** `[tasks."my.task"]` */
  readonly quoted: string;
}

/**
 * @param parents the table that the id stands in
 * @param isOwnTable whether a table under this key belongs to the format
 */
export function dottedKeyHint(
  parents: readonly string[],
  id: string,
  node: TomlTable,
  isOwnTable: (key: string) => boolean = () => false,
): DottedKey | null {
  const parts = [id];
  let at: Position | null = null;
  let current = node;
  for (;;) {
    const child = [...current.entries.values()].find(
      (entry) =>
        entry.node.kind === "table" &&
        (entry.node.form !== "inline" || current.form === "passing") &&
        !isOwnTable(entry.key),
    );
    if (child?.node.kind !== "table") break;
    parts.push(child.key);
    at ??= child.at;
    current = child.node;
  }
  if (at === null) return null;
  return {
    at,
    written: parts.map(tomlKey).join("."),
    quoted: `quotes around it: [${parents.join(".")}.${JSON.stringify(parts.join("."))}]`,
  };
}
