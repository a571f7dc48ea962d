/** What every rendering needs to know of where it is printed. */
import type { Terminal } from "../../terminal/terminal.ts";

export type Look = Pick<Terminal, "columns" | "color">;

/** Longest list printed in full; what is cut can be had with --json. */
const LIST_LIMIT = 40;

/** The first `limit` lines, and one that says how many are missing. */
export function cut(lines: readonly string[], limit: number = LIST_LIMIT, indent = "  "): readonly string[] {
  if (lines.length <= limit) return lines;
  return [...lines.slice(0, limit), `${indent}… ${lines.length - limit} more (use --json)`];
}

export function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
