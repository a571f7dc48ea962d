/** The files of a repository as a searcher sees them: text, not too large, and none of what tools keep for themselves. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";

const PASSED_OVER = new Set([".git", "node_modules", "__pycache__", ".venv", "dist", "build"]);
const MOST_BYTES = 1 << 20;
const MOST_FILES = 5000;

export interface Line {
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

/** A definition in one of the languages that end a name in `(`, `=` or `{` after a word of their own, or in the shell. */
const DEFINES = [
  /^\s*(?:export\s+)?(?:async\s+)?function\s+([A-Za-z_]\w*)/,
  /^\s*(?:pub\s+)?(?:def|fn|func|class|struct|interface|type)\s+([A-Za-z_]\w*)/,
  /^\s*([A-Za-z_]\w*)\s*\(\)\s*\{/,
  /^\s*(?:export\s+)?(?:const|let|var|readonly|local)\s+([A-Za-z_]\w*)\s*=/,
  /^([A-Z][A-Z0-9_]*)=/,
];

export function files(root: string): readonly string[] {
  const found: string[] = [];
  const walk = (dir: string): void => {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      if (found.length >= MOST_FILES) return;
      const path = join(dir, entry.name);
      if (entry.isDirectory() && !PASSED_OVER.has(entry.name)) walk(path);
      else if (entry.isFile() && statSync(path).size <= MOST_BYTES) found.push(relative(root, path));
    }
  };
  walk(root);
  return found.sort();
}

export function linesOf(root: string, path: string): readonly Line[] {
  const text = readFileSync(join(root, path), "utf8");
  if (text.includes("\0")) return [];
  return text.split("\n").map((each, index) => ({ path, line: index + 1, text: each }));
}

export function definedIn({ text }: Line): string | null {
  for (const pattern of DEFINES) {
    const name = pattern.exec(text)?.[1];
    if (name !== undefined) return name;
  }
  return null;
}

export function uses(line: Line, name: string): boolean {
  return new RegExp(`(?<![A-Za-z0-9_])${name.replaceAll(/[^\w]/g, "\\$&")}(?![A-Za-z0-9_])`).test(line.text);
}
