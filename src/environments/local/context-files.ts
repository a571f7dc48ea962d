/** Files of a build context: chosen by COPY's patterns, less what .dockerignore leaves out; nothing outside the context. */
import { createHash } from "node:crypto";
import { lstatSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { join, posix } from "node:path";
import { isErrno } from "../../host/files.ts";
import { ignoredBy } from "../archive/dockerignore.ts";

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

/** What these COPY sources bring: names, modes and contents. */
export function contextDigest(context: string, sources: readonly string[]): string {
  const hash = createHash("sha256");
  const ignored = ignoredBy(context);
  const add = (path: string): void => {
    const full = join(context, path);
    const kind = kindOf(full);
    if (kind === null || ignored(path)) return;
    hash.update(`${kind}\0${path}\0${lstatSync(full).mode & 0o7777}\0`);
    if (kind === "dir") for (const name of namesIn(full).toSorted()) add(path === "." ? name : `${path}/${name}`);
    else if (kind === "link") hash.update(readlinkSync(full)).update("\0");
    else hash.update(readFileSync(full)).update("\0");
  };
  for (const source of sources) for (const { path } of matching(context, source) ?? []) add(path);
  return hash.digest("hex");
}

/** Names below a directory, parents first, without what is ignored; null for anything but a directory. */
export function treeNames(dir: string, ignored: (relative: string) => boolean): readonly string[] | null {
  if (kindOf(dir) !== "dir") return null;
  const found: string[] = [];
  const visit = (below: string): void => {
    for (const name of namesIn(join(dir, below))) {
      const relative = below === "" ? name : `${below}/${name}`;
      const kind = kindOf(join(dir, relative));
      if (kind === null) continue;
      // Something below an ignored directory may be kept by a later rule.
      if (!ignored(relative)) found.push(relative);
      if (kind === "dir") visit(relative);
    }
  };
  visit("");
  return found;
}

function kindOf(path: string): ContextFile["kind"] | null {
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
