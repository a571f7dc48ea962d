/**
 * Files of a git repository at one commit. A token is used on this machine only: it reaches git through its environment, never
 * through an address or an argument, and nothing of it is in what is fetched.
 */
import { createHash } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isRecord } from "../base/is-record.ts";
import { UserError } from "../contract/failure.ts";
import { readJsonTolerant, writeJsonAtomic } from "../host/files.ts";
import { git, GitFailure } from "../host/git.ts";
import { shownUrl } from "../host/shown-url.ts";

export interface GitSource {
  /** With credentials perhaps: never shown, never recorded. */
  readonly url: string;
  readonly commit: string;
}

const FULL_COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

export interface GitSettings {
  readonly env: NodeJS.ProcessEnv;
  /** Where it is remembered what names meant. */
  readonly keptDir: string;
  readonly say: (line: string) => void;
}

/** A branch, a tag, a commit, or null for the head. @throws UserError */
export async function resolveGit(url: string, ref: string | null, settings: GitSettings): Promise<GitSource> {
  if (ref !== null && FULL_COMMIT.test(ref)) return { url, commit: ref };
  const name = ref ?? "HEAD";
  const file = join(settings.keptDir, `${digest(`${shownUrl(url)}\0${name}`)}.json`);
  try {
    const names = [name, `refs/heads/${name}`, `refs/tags/${name}^{}`];
    const listed = await withAccess(url, settings.env, (clean, env) =>
      git(["ls-remote", "--", clean, ...names], process.cwd(), { env }),
    );
    const commit = listed
      .split("\n")
      .map((line) => line.split("\t")[0] ?? "")
      .filter((each) => FULL_COMMIT.test(each))
      .at(-1);
    if (commit === undefined)
      throw new UserError(`${shownUrl(url)} has no branch, tag or full commit "${name}"`, [
        "a commit is given with all of its 40 digits",
      ]);
    await mkdir(settings.keptDir, { recursive: true });
    await writeJsonAtomic(file, { commit });
    return { url, commit };
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    const before = await readJsonTolerant(file);
    const commit = before.state === "ok" && isRecord(before.value) ? before.value["commit"] : null;
    if (typeof commit !== "string" || !FULL_COMMIT.test(commit)) throw unreadable(url, error);
    settings.say(
      `${shownUrl(url)} cannot be asked what ${name} is (${error.message}): taking ${commit.slice(0, 12)}, as the last time`,
    );
    return { url, commit };
  }
}

/** Into an empty directory, without git's own files. @throws UserError */
export async function fetchCommit(
  { url, commit }: GitSource,
  to: string,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<void> {
  const run = (args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<string> =>
    git(args, to, { env: more, ...(signal === undefined ? {} : { signal }) });
  try {
    await run(["init", "--quiet", "."]);
    await withAccess(url, env, async (clean, more) => {
      try {
        await run(["fetch", "--quiet", "--no-tags", "--depth=1", "--", clean, commit], more);
      } catch (error) {
        if (!(error instanceof GitFailure)) throw error;
        // A server may refuse commits that no branch points at.
        await run(["fetch", "--quiet", "--tags", "--", clean, "+refs/heads/*:refs/remotes/origin/*"], more);
      }
    });
    await run(["checkout", "--quiet", "--force", commit]);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof GitFailure) throw unreadable(url, error, commit);
    throw error;
  }
  await rm(join(to, ".git"), { recursive: true, force: true });
}

/** As git's own configuration has it; where that is refused, with GITHUB_TOKEN. */
async function withAccess<T>(
  url: string,
  env: NodeJS.ProcessEnv,
  work: (url: string, env: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  const own = URL.canParse(url) ? new URL(url) : null;
  const isWeb = own !== null && (own.protocol === "https:" || own.protocol === "http:");
  if (!isWeb) return work(url, {});
  const user = `${decodeURIComponent(own.username)}:${decodeURIComponent(own.password)}`;
  own.username = "";
  own.password = "";
  if (user !== ":") return work(own.href, header(own.origin, user, env));
  const token = env["GITHUB_TOKEN"] ?? env["GH_TOKEN"] ?? "";
  try {
    return await work(url, {});
  } catch (error) {
    if (!(error instanceof GitFailure) || own.host !== "github.com" || own.protocol !== "https:" || token === "")
      throw error;
    return work(url, header(own.origin, `x-access-token:${token}`, env));
  }
}

/** https://git-scm.com/docs/git-config#Documentation/git-config.txt-GITCONFIGCOUNT */
function header(origin: string, user: string, env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const count = Number(env["GIT_CONFIG_COUNT"] ?? 0) || 0;
  return {
    GIT_CONFIG_COUNT: String(count + 1),
    [`GIT_CONFIG_KEY_${count}`]: `http.${origin}/.extraHeader`,
    [`GIT_CONFIG_VALUE_${count}`]: `Authorization: Basic ${Buffer.from(user).toString("base64")}`,
  };
}

function unreadable(url: string, cause: Error, commit?: string): UserError {
  const at = commit === undefined ? "" : ` at ${commit.slice(0, 12)}`;
  return new UserError(
    `the repository ${shownUrl(url)} cannot be read${at}: ${cause.message}`,
    [
      "of a private one: git's own credentials are used (a credential helper, an ssh agent), and GITHUB_TOKEN for github.com",
    ],
    { cause },
  );
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
