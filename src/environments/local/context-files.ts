/** Files of a build context: chosen by COPY's patterns, less what .dockerignore leaves out; nothing outside the context. */
import { createHash } from "node:crypto";
import { lstatSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { join, posix } from "node:path";
import { isErrno } from "../../host/files.ts";

export interface ContextFile {
  /** Relative to the context, `/` between parts. */
  readonly path: string;
  readonly kind: "file" | "dir" | "link";
}

/** What a COPY source names, relative to the context; null when there is nothing of that name. */
export function matching(context: string, source: string): readonly ContextFile[] | null {
  const plain = posix.normalize(source.replace(/^\/+/, "")).replace(/\/$/, "");
  if (plain.startsWith("..")) return null;
  const names = /[*?[]/.test(plain) ? expand(context, plain.split("/")) : [plain === "" ? "." : plain];
  const found = names.flatMap((path): ContextFile[] => {
    const kind = kindOf(join(context, path));
    return kind === null ? [] : [{ path, kind }];
  });
  return found.length === 0 ? null : found;
}

function expand(context: string, parts: readonly string[]): string[] {
  let found = [""];
  for (const part of parts) {
    const pattern = globToRegExp(part);
    found = found.flatMap((dir) =>
      namesIn(join(context, dir))
        .filter((name) => pattern.test(name))
        .map((name) => (dir === "" ? name : `${dir}/${name}`)),
    );
  }
  return found.sort();
}

function globToRegExp(glob: string): RegExp {
  const body = glob
    .replaceAll(/[.+^${}()|\\]/g, "\\$&")
    .replaceAll("*", "[^/]*")
    .replaceAll("?", "[^/]");
  return new RegExp(`^${body}$`);
}

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

/** Everything a build could depend on: names, modes and contents of the whole context. */
export function contextDigest(context: string): string {
  const hash = createHash("sha256");
  const ignored = ignoredBy(context);
  const visit = (dir: string): void => {
    for (const name of namesIn(join(context, dir)).sort()) {
      const path = dir === "" ? name : `${dir}/${name}`;
      const full = join(context, path);
      const kind = kindOf(full);
      if (kind === null || ignored(path)) continue;
      const mode = lstatSync(full).mode & 0o7777;
      hash.update(`${kind}\0${path}\0${mode}\0`);
      if (kind === "dir") visit(path);
      else hash.update(kind === "link" ? readlinkSync(full) : readFileSync(full)).update("\0");
    }
  };
  visit("");
  return hash.digest("hex");
}

export function kindOf(path: string): ContextFile["kind"] | null {
  try {
    const stat = lstatSync(path);
    if (stat.isDirectory()) return "dir";
    if (stat.isSymbolicLink()) return "link";
    return stat.isFile() ? "file" : null;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return null;
    throw error;
  }
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}
