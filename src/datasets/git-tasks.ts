/**
 * Tasks out of git repositories, by content: `tasks/<key>/<name>/` holds one task's directory at one commit, `entry.json` beside it
 * says which. An entry is made elsewhere and renamed, so it is whole or not there. All that is wanted of one repository at
 * one commit is fetched in one go, by one process, while others wait.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, join, posix } from "node:path";
import { isRecord } from "../base/is-record.ts";
import type { FetchedTask, GitTask } from "../contract/dataset-source.ts";
import { UserError } from "../contract/failure.ts";
import { withFileLock } from "../host/file-lock.ts";
import { isErrno, readJsonTolerant, writeJsonAtomic } from "../host/files.ts";
import { git, GitFailure } from "../host/git.ts";
import { shownUrl } from "../host/shown-url.ts";

export interface GitTasks {
  fetch(wanted: readonly GitTask[]): Promise<readonly (FetchedTask | UserError)[]>;
}

interface Resolved {
  readonly url: string;
  readonly commit: string;
  readonly path: string;
}

const FULL_COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
/** Of a killed process; a fetch in progress is younger. */
const ABANDONED_MS = 24 * 3600_000;

export function gitTasks(cacheDir: string, say: (line: string) => void): GitTasks {
  const tasksDir = join(cacheDir, "tasks");
  const commits = new Map<string, Promise<string>>();

  const commitOf = (url: string, name: string | null): Promise<string> => {
    if (name !== null && FULL_COMMIT.test(name)) return Promise.resolve(name);
    const key = `${url}\0${name ?? "HEAD"}`;
    const known = commits.get(key) ?? resolveName(cacheDir, url, name ?? "HEAD", say);
    commits.set(key, known);
    return known;
  };

  async function entry(at: Resolved): Promise<FetchedTask | null> {
    const dir = join(tasksDir, keyOf(at));
    const record = await readEntry(dir);
    const place = join(dir, nameOf(at.path));
    if (record === null || !(await isDirectory(place))) return null;
    return {
      dir: place,
      commit: at.commit,
      digest: record.digest,
      confirm: (digest) => writeJsonAtomic(join(dir, "entry.json"), { ...recordOf(at), digest }),
      async again() {
        say(`the copy of ${at.path} of ${shownUrl(at.url)} was changed on this machine: fetching it again`);
        await rm(dir, { recursive: true, force: true });
        await fetchGroup([at]);
        const fresh = await entry(at);
        if (fresh === null) throw new UserError(`${at.path} of ${shownUrl(at.url)} cannot be fetched again`);
        return fresh;
      },
    };
  }

  /** All of one repository and commit. */
  async function fetchGroup(group: readonly Resolved[]): Promise<void> {
    const [first] = group;
    if (first === undefined) return;
    const { url, commit } = first;
    const lock = join(cacheDir, "locks", `${hash(`${url}\0${commit}`)}.lock`);
    const waiting = (): void => say(`another process is fetching from ${shownUrl(url)}: waiting for it`);
    await withFileLock(lock, waiting, async () => {
      const missing: Resolved[] = [];
      for (const each of group) if ((await entry(each)) === null) missing.push(each);
      if (missing.length === 0) return;
      const count = missing.length === 1 ? "1 task" : `${missing.length} tasks`;
      say(`fetching ${count} from ${shownUrl(url)} at ${commit.slice(0, 12)}`);
      await removeAbandoned(join(cacheDir, "fetching"));
      const tree = join(cacheDir, "fetching", randomUUID());
      await mkdir(tree, { recursive: true });
      try {
        await checkout(
          tree,
          url,
          commit,
          missing.map(({ path }) => path),
        );
        for (const each of missing) await keep(tree, each);
      } finally {
        await rm(tree, { recursive: true, force: true });
      }
    });
  }

  /** What the repository does not have stays missing, and is told by whoever wanted it. */
  async function keep(tree: string, at: Resolved): Promise<void> {
    const from = join(tree, at.path);
    if (!(await isDirectory(from))) return;
    const made = join(cacheDir, "fetching", randomUUID());
    const dir = join(tasksDir, keyOf(at));
    await mkdir(made, { recursive: true });
    await rename(from, join(made, nameOf(at.path)));
    await writeJsonAtomic(join(made, "entry.json"), { ...recordOf(at), digest: null });
    await mkdir(tasksDir, { recursive: true });
    await rm(dir, { recursive: true, force: true });
    await rename(made, dir);
  }

  return {
    async fetch(wanted) {
      const resolved = await Promise.all(wanted.map((task) => resolvedOf(task, commitOf)));
      const groups = new Map<string, Resolved[]>();
      const found = new Map<Resolved, FetchedTask>();
      for (const each of resolved) {
        if (each instanceof UserError) continue;
        const cached = await entry(each);
        if (cached !== null) found.set(each, cached);
        else {
          const key = `${each.url}\0${each.commit}`;
          groups.set(key, [...(groups.get(key) ?? []), each]);
        }
      }
      const failures = new Map<Resolved, UserError>();
      for (const group of groups.values()) {
        try {
          await fetchGroup(group);
        } catch (error) {
          if (!(error instanceof GitFailure) && !(error instanceof UserError)) throw error;
          for (const each of group) failures.set(each, cannotFetch(each, error));
        }
      }
      return Promise.all(
        resolved.map(async (each) => {
          if (each instanceof UserError) return each;
          const failure = failures.get(each);
          return found.get(each) ?? (await entry(each)) ?? failure ?? notInRepository(each);
        }),
      );
    },
  };
}

async function resolvedOf(
  { url, commit, path }: GitTask,
  commitOf: (url: string, name: string | null) => Promise<string>,
): Promise<Resolved | UserError> {
  const plain = posix.normalize(path).replace(/^\.\/|\/+$/g, "");
  if (
    plain === "" ||
    plain === "." ||
    plain.startsWith("..") ||
    plain.startsWith("/") ||
    plain.split("/").includes(".git")
  )
    return new UserError(`the registry's path "${path}" is no path in a repository`);
  try {
    return { url, commit: await commitOf(url, commit), path: plain };
  } catch (error) {
    if (error instanceof UserError) return error;
    if (error instanceof GitFailure) return cannotFetch({ url, commit: commit ?? "HEAD", path }, error);
    throw error;
  }
}

/** A branch, a tag or the head, as the server has it now; what it was the last time when the server cannot be asked. */
async function resolveName(cacheDir: string, url: string, name: string, say: (line: string) => void): Promise<string> {
  const file = join(cacheDir, "heads", `${hash(`${url}\0${name}`)}.json`);
  try {
    const listed = await git(
      ["ls-remote", "--", url, name, `refs/heads/${name}`, `refs/tags/${name}^{}`],
      process.cwd(),
    );
    const commit = listed
      .split("\n")
      .map((line) => line.split("\t")[0] ?? "")
      .filter((each) => FULL_COMMIT.test(each))
      .at(-1);
    if (commit === undefined) throw new GitFailure(`it has no branch, tag or commit "${name}"`);
    await mkdir(join(cacheDir, "heads"), { recursive: true });
    await writeJsonAtomic(file, { url: shownUrl(url), name, commit });
    return commit;
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    const before = await readJsonTolerant(file);
    const commit = before.state === "ok" && isRecord(before.value) ? before.value["commit"] : null;
    if (typeof commit !== "string" || !FULL_COMMIT.test(commit)) throw error;
    say(
      `${shownUrl(url)} cannot be asked what ${name} is (${error.message}): taking ${commit.slice(0, 12)}, as the last time`,
    );
    return commit;
  }
}

/** Only what is wanted, where the server can do that; everything where it cannot. */
async function checkout(tree: string, url: string, commit: string, paths: readonly string[]): Promise<void> {
  await git(["init", "--quiet", "."], tree);
  await git(["remote", "add", "origin", url], tree);
  try {
    await git(["fetch", "--quiet", "--no-tags", "--depth=1", "--filter=blob:none", "origin", commit], tree);
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    // A server may refuse partial fetches, or commits that no branch points at.
    await git(["fetch", "--quiet", "--tags", "origin", "+refs/heads/*:refs/remotes/origin/*"], tree);
  }
  await git(["sparse-checkout", "set", "--no-cone", ...paths.map((path) => `/${escaped(path)}/`)], tree);
  await git(["checkout", "--quiet", "--force", commit], tree);
}

/** sparse-checkout takes patterns. */
function escaped(path: string): string {
  return path.replaceAll(/[\\*?[\]]/g, "\\$&");
}

/** What killed processes left half fetched. */
async function removeAbandoned(dir: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(dir);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return;
    throw error;
  }
  for (const name of names) {
    const path = join(dir, name);
    const made = (await stat(path).catch(() => null))?.mtimeMs ?? Date.now();
    if (Date.now() - made > ABANDONED_MS) await rm(path, { recursive: true, force: true });
  }
}

function cannotFetch({ url, commit, path }: Resolved, error: Error): UserError {
  return new UserError(
    `${path} of ${shownUrl(url)} at ${commit.slice(0, 12)} cannot be fetched: ${error.message}`,
    [],
    {
      cause: error,
    },
  );
}

function notInRepository({ url, commit, path }: Resolved): UserError {
  return new UserError(`${shownUrl(url)} has no directory ${path} at ${commit.slice(0, 12)}`);
}

function recordOf({ url, commit, path }: Resolved): object {
  return { schema_version: 1, url: shownUrl(url), commit, path };
}

async function readEntry(dir: string): Promise<{ readonly digest: string | null } | null> {
  const read = await readJsonTolerant(join(dir, "entry.json"));
  if (read.state !== "ok" || !isRecord(read.value)) return null;
  const { digest } = read.value;
  return { digest: typeof digest === "string" ? digest : null };
}

function keyOf({ url, commit, path }: Resolved): string {
  return hash(`${url}\0${commit}\0${path}`);
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 24);
}

function nameOf(path: string): string {
  return basename(path);
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return false;
    throw error;
  }
}
