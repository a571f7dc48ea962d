/**
 * Git as a child process, on repositories that are not trusted: no hooks, no prompts, no transport that runs commands.
 * The user's own configuration counts, for that is where credentials are.
 */
import { spawn } from "node:child_process";
import { UserError } from "../contract/failure.ts";
import { shownUrl } from "./shown-url.ts";

export class GitFailure extends Error {
  override readonly name = "GitFailure";
}

const SAFE = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.autocrlf=false",
  "protocol.ext.allow=never",
  "advice.detachedHead=false",
  "gc.auto=0",
  "maintenance.auto=false",
].flatMap((setting) => ["-c", setting]);
const TIMEOUT_MS = 30 * 60_000;
/** A transfer that stands still this long is over. */
const STALLED = { GIT_HTTP_LOW_SPEED_LIMIT: "1000", GIT_HTTP_LOW_SPEED_TIME: "60" };
const KEPT_OUTPUT = 4000;

/** @returns stdout. @throws GitFailure with git's own words, UserError when there is no git. */
export function git(
  args: readonly string[],
  cwd: string,
  options: { readonly env?: Readonly<Record<string, string>>; readonly signal?: AbortSignal } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", [...SAFE, ...args], {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: TIMEOUT_MS,
      env: {
        ...process.env,
        ...STALLED,
        GIT_TERMINAL_PROMPT: "0",
        GIT_SSH_COMMAND: "ssh -o BatchMode=yes",
        LC_ALL: "C",
        ...options.env,
      },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr = (stderr + text).slice(-KEPT_OUTPUT)));
    child.once("error", (error: NodeJS.ErrnoException) => {
      const missing = error.code === "ENOENT";
      reject(
        missing
          ? new UserError("git is needed to fetch from repositories, and there is none in PATH: install git")
          : error,
      );
    });
    child.once("close", (code, signal) => {
      if (code === 0) resolve(stdout);
      else reject(new GitFailure(lastWords(stderr) || `git ${args[0] ?? ""} ended with ${code ?? signal}`));
    });
  });
}

/** git says what went wrong in its last lines, some of which may repeat an address. */
function lastWords(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("hint:"));
  return lines
    .slice(-3)
    .map((line) => line.replaceAll(/[a-z][a-z0-9+.-]*:\/\/\S+/gi, (url) => shownUrl(url)))
    .join("; ");
}
