/**
 * What of a directory of the user's goes into a toolchain: by content, so that it is the same however often the directory changes.
 *
 * A directory to be run as it is (`path`) is taken whole, ignored files too: what runs is often built, and what is built is
 * ignored. Left out are git's own files, secrets in env files, and caches that change by being used.
 * A project to be built is taken as git has it: tracked files as they are now, and new ones that are not ignored.
 */
import { constants } from "node:fs";
import { chmod, copyFile, mkdir, stat, symlink } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { UserError } from "../contract/failure.ts";
import { isErrno } from "../host/files.ts";
import { git, GitFailure } from "../host/git.ts";
import { type ContentItem, contentsOf, digestOf, itemAt } from "./contents.ts";

const LEFT_OUT =
  /^(?:\.git|\.env|\.env\..*|\.venv|__pycache__|.*\.pyc|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.DS_Store|\.npmrc|\.netrc)$/;
/** An example of an env file has no secrets; people keep it in git. */
const KEPT = /^\.env\.(?:example|sample|template)$/;

export interface LocalFiles {
  readonly items: readonly ContentItem[];
  readonly digest: string;
}

/** @throws UserError when there is no such directory, or something in it cannot be taken along. */
export async function wholeDirectory(dir: string): Promise<LocalFiles> {
  await demandDirectory(dir);
  return checked(dir, await contentsOf(dir, { leavesOut: (name) => LEFT_OUT.test(name) && !KEPT.test(name) }));
}

/** @throws UserError, as above. */
export async function projectFiles(dir: string): Promise<LocalFiles> {
  await demandDirectory(dir);
  const names = await namesInGit(dir);
  if (names === null) return wholeDirectory(dir);
  const items: ContentItem[] = [];
  const directories = new Set<string>();
  for (const path of names.toSorted()) {
    // A secret that somebody committed is no more wanted in a sandbox than one that is ignored.
    if (path.split("/").some((name) => LEFT_OUT.test(name) && !KEPT.test(name))) continue;
    try {
      const item = await itemAt(dir, path);
      for (const parent of parentsOf(path)) directories.add(parent);
      items.push(item);
    } catch (error) {
      // Tracked, and deleted here: as the directory is now, it is not there.
      if (!isErrno(error, "ENOENT", "ENOTDIR")) throw error;
    }
  }
  const parents = [...directories].map((path): ContentItem => ({ path, kind: "directory", mark: "", bytes: 0 }));
  return checked(
    dir,
    [...parents, ...items].toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  );
}

/** Into an empty directory. @throws UserError when the files changed since they were read. */
export async function copyFiles(from: string, files: LocalFiles, to: string): Promise<void> {
  for (const { path, kind, mark } of files.items) {
    const target = join(to, path);
    await mkdir(kind === "directory" ? target : dirname(target), { recursive: true });
    if (kind === "link") await symlink(mark, target);
    if (kind !== "file") continue;
    try {
      await copyFile(join(from, path), target, constants.COPYFILE_FICLONE);
    } catch (error) {
      if (isErrno(error, "ENOENT")) throw changed(from, error);
      throw error;
    }
    await chmod(target, mark.startsWith("x ") ? 0o755 : 0o644);
  }
  if (digestOf(await contentsOf(to)) !== files.digest) throw changed(from);
}

/** What git says of the state of a directory, for notes; empty where it is in no repository. */
export async function gitNotes(dir: string): Promise<readonly string[]> {
  try {
    const commit = (await git(["rev-parse", "HEAD"], dir)).trim();
    const changes = (await git(["status", "--porcelain", "--", "."], dir)).split("\n").filter((line) => line !== "");
    const dirty =
      changes.length === 0
        ? ""
        : `, with changes that are not committed (${changes.length === 1 ? "1 file" : `${changes.length} files`})`;
    return [`${dir} is at commit ${commit.slice(0, 12)}${dirty}`];
  } catch (error) {
    if (error instanceof GitFailure || error instanceof UserError) return [];
    throw error;
  }
}

async function namesInGit(dir: string): Promise<readonly string[] | null> {
  try {
    const listed = await git(["ls-files", "-z", "--cached", "--others", "--exclude-standard"], dir);
    const names = [...new Set(listed.split("\0").filter((name) => name !== ""))];
    // A repository that knows nothing of this directory, such as one that ignores it, says nothing about it.
    return names.length === 0 ? null : names;
  } catch (error) {
    if (error instanceof GitFailure || error instanceof UserError) return null;
    throw error;
  }
}

function checked(dir: string, items: readonly ContentItem[]): LocalFiles {
  for (const { path, kind, mark } of items)
    if (
      kind === "link" &&
      (posix.isAbsolute(mark) || posix.normalize(posix.join(posix.dirname(path), mark)).startsWith(".."))
    )
      throw new UserError(`${join(dir, path)} is a link that leads out of ${dir} (to ${mark})`, [
        "a sandbox has no other files of this machine: put the files themselves there",
      ]);
  return { items, digest: digestOf(items) };
}

async function demandDirectory(dir: string): Promise<void> {
  try {
    if (!(await stat(dir)).isDirectory()) throw new UserError(`${dir} is no directory`);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) throw new UserError(`there is no directory ${dir}`, [], { cause: error });
    throw error;
  }
}

function parentsOf(path: string): readonly string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

function changed(dir: string, cause?: unknown): UserError {
  return new UserError(`${dir} was changed while it was copied: run it again`, [], { cause });
}
