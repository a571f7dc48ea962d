/** What a build context's .dockerignore leaves out: https://docs.docker.com/build/concepts/context/#dockerignore-files */
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { isErrno } from "../../host/files.ts";

/** Patterns of .dockerignore, in order; the last that matches wins. */
export function ignoredBy(context: string): (path: string) => boolean {
  let text: string;
  try {
    text = readFileSync(join(context, ".dockerignore"), "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return () => false;
    throw error;
  }
  const rules = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({
      keep: line.startsWith("!"),
      pattern: posix.normalize(line.replace(/^!/, "").replace(/^\/+/, "")).replace(/\/$/, ""),
    }));
  return (path) => {
    let ignored = false;
    for (const { keep, pattern } of rules) if (covers(pattern, path)) ignored = !keep;
    return ignored;
  };
}

/** A pattern covers what it names and everything below that. */
function covers(pattern: string, path: string): boolean {
  const body = pattern
    .replaceAll(/[.+^${}()|\\]/g, "\\$&")
    .replaceAll(/\*\*\/?|\*|\?/g, (part) =>
      part === "**/" ? "(?:.*/)?" : part === "**" ? ".*" : part === "*" ? "[^/]*" : "[^/]",
    );
  return new RegExp(`^${body}(?:/.*)?$`).test(path);
}
