/**
 * What a tool call does to files, from the call itself: the words of its name and the shape of its arguments, never a list of
 * known tools. A call that runs a shell command is looked at command by command (see shell-acts.ts).
 */
import { isRecord } from "../../base/is-record.ts";
import { type Act, normalPath } from "./act.ts";
import { shellActs } from "./shell-acts.ts";

const PATH_KEYS = [
  "file_path",
  "path",
  "filePath",
  "filename",
  "file_name",
  "target_file",
  "targetFile",
  "absolute_path",
  "notebook_path",
  "file",
];
const EDIT_WORDS = new Set([
  "edit",
  "multiedit",
  "write",
  "replace",
  "create",
  "insert",
  "patch",
  "append",
  "update",
  "diff",
  "delete",
  "modify",
]);
const READ_WORDS = new Set(["read", "view", "open", "cat", "show", "get", "load"]);
const SEARCH_WORDS = new Set(["grep", "search", "find", "glob", "list", "ls", "tree", "locate", "ripgrep"]);

export function actsOf(tool: string, args: unknown): readonly Act[] {
  const fields = isRecord(args) ? args : typeof args === "string" ? { input: args } : {};
  const path = pathIn(fields);
  const command = commandIn(fields);
  // Editors with one tool for everything name the act in an argument of its own beside the path.
  if (path !== null && command !== null && !command.includes(" ")) return named(wordsOf(command), path);
  if (command !== null) return shellActs(command);
  const patched = patchedFiles(fields);
  if (patched.length > 0) return patched.map((file) => ({ kind: "edit", path: file }));
  return named(wordsOf(tool), path);
}

function named(words: readonly string[], path: string | null): readonly Act[] {
  if (words.includes("undo")) return [{ kind: "undo", path }];
  if (path !== null && words.some((word) => EDIT_WORDS.has(word) || word === "str")) return [{ kind: "edit", path }];
  if (words.some((word) => SEARCH_WORDS.has(word)) && !words.includes("web")) return [{ kind: "search", path: null }];
  if (path !== null && words.some((word) => READ_WORDS.has(word))) return [{ kind: "read", path }];
  return [];
}

/** A trajectory calls few tools, often. */
const words = new Map<string, readonly string[]>();

/** `mcp__files__readFile` → read, file. */
function wordsOf(name: string): readonly string[] {
  const known = words.get(name);
  if (known !== undefined) return known;
  const found = name
    .replace(/^mcp__.+?__/, "")
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
  if (words.size < 1000) words.set(name, found);
  return found;
}

function pathIn(fields: Record<string, unknown>): string | null {
  for (const key of PATH_KEYS) {
    const value = fields[key];
    if (typeof value === "string" && value !== "") return normalPath(value);
  }
  return null;
}

function commandIn(fields: Record<string, unknown>): string | null {
  for (const key of ["command", "cmd", "script", "keystrokes"]) {
    const value = fields[key];
    if (typeof value === "string") return value;
    if (Array.isArray(value) && value.every((part) => typeof part === "string")) {
      const [program = "", flag = "", ...rest] = value;
      // ["bash", "-lc", "…"] is the text after it.
      return /(^|\/)(ba|z|da)?sh$/.test(program) && flag.startsWith("-") && rest.length > 0
        ? rest.join(" ")
        : value.join(" ");
    }
  }
  return null;
}

/** Paths in a patch of the `*** Update File: …` kind. */
function patchedFiles(fields: Record<string, unknown>): string[] {
  const found: string[] = [];
  for (const key of ["input", "patch", "patchText", "diff"]) {
    const text = fields[key];
    if (typeof text !== "string" || !text.includes("*** ")) continue;
    for (const match of text.matchAll(/^\*\*\* (?:Add|Update|Delete) File: (.+)$/gm))
      found.push(normalPath(match[1] ?? ""));
  }
  return found;
}
