/** A program of this machine that makes a part of a toolchain. It gets no variable that it was not meant to have. */
import { spawn } from "node:child_process";
import { UserError } from "../contract/failure.ts";
import { isErrno } from "../host/files.ts";

export interface ProgramRequest {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** For people: "npm install", "uv sync". */
  readonly what: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

const LAST_LINES = 12;
const KEPT = 64 << 10;

/** What programs need to find their way and the network: no keys of models, no tokens. */
const PASSED =
  /^(?:PATH|HOME|USER|LOGNAME|LANG|LC_.*|TZ|TMPDIR|XDG_.*|(?:HTTPS?|ALL|NO)_PROXY|SSL_CERT_(?:FILE|DIR)|REQUESTS_CA_BUNDLE|NODE_EXTRA_CA_CERTS)$/i;

export function programEnv(env: NodeJS.ProcessEnv, more: RegExp): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && (PASSED.test(entry[0]) || more.test(entry[0])),
    ),
  );
}

/** @returns stdout. @throws UserError with the last lines of what it said; the signal's reason. */
export function runProgram({ argv, cwd, env, what, log, signal }: ProgramRequest): Promise<string> {
  signal.throwIfAborted();
  const [program = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const kill = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch (error) {
        if (!isErrno(error, "ESRCH")) throw error;
      }
    };
    signal.addEventListener("abort", kill, { once: true });
    let stdout = "";
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      said = (said + text).slice(-KEPT);
    });
    let rest = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-KEPT);
      const lines = (rest + text).split("\n");
      rest = (lines.pop() ?? "").slice(-KEPT);
      for (const line of lines) if (line.trim() !== "") log(line.trimEnd());
    });
    child.once("error", (error) => {
      signal.removeEventListener("abort", kill);
      reject(new UserError(`${what} cannot be started: ${error.message}`, [], { cause: error }));
    });
    child.once("close", (code, end) => {
      signal.removeEventListener("abort", kill);
      if (signal.aborted) reject(signal.reason as Error);
      else if (code === 0) resolve(stdout);
      else {
        const lines = said.split("\n").filter((line) => line.trim() !== "");
        reject(
          new UserError(`${what} failed (${code === null ? end : `exit code ${code}`})`, lines.slice(-LAST_LINES)),
        );
      }
    });
  });
}
