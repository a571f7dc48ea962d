/**
 * What a person sees when a command fails. Bad input is theirs: plain lines, exit code 2. A machine that says no
 * (permission, full disk) is nobody's bug: one line, exit code 1. Everything else is ours and says so.
 */
import { type ExitCode, exitCodeOfError } from "../contract/exit-codes.ts";
import { UserError } from "../contract/failure.ts";
import { printable, printableLines } from "../terminal/printable.ts";
import type { TextOutput } from "../terminal/terminal.ts";

const REFUSED: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "not permitted",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left on the device",
  EDQUOT: "disk quota exceeded",
  EMFILE: "too many open files (raise `ulimit -n`)",
};

const ROOM =
  "Nothing that was written before is damaged. Make room (regatta cache prune, docker system prune) and give the same command again.";

const TODO: Readonly<Record<string, string>> = {
  ENOSPC: ROOM,
  EDQUOT: ROOM,
  EROFS: "Choose another place (results_root in [run], or --output), or make this one writable.",
};

/** Prints the error to `stderr` and gives the exit code that goes with it. */
export function reportError(
  error: unknown,
  stderr: TextOutput,
  env: Readonly<Record<string, string | undefined>>,
): ExitCode {
  const debug = env["REGATTA_DEBUG"] === "1";
  const lines = describeError(error);
  if (debug && error instanceof Error && error.stack !== undefined) lines.push(error.stack);
  stderr.write(lines.map((line) => `${printableLines(line)}\n`).join(""));
  return exitCodeOfError(error);
}

function describeError(error: unknown): string[] {
  if (error instanceof UserError) return [`regatta: ${error.message}`, ...error.lines];
  if (error instanceof Error) {
    const { code, syscall, path } = error as NodeJS.ErrnoException;
    const refused = code === undefined ? undefined : REFUSED[code];
    if (refused !== undefined) {
      const where = [syscall, path].filter((part) => part !== undefined).join(" ");
      const todo = TODO[code ?? ""];
      return [`regatta: ${refused}${where === "" ? "" : `: ${where}`}`, ...(todo === undefined ? [] : [todo])];
    }
  }
  return [
    `regatta: internal error: ${withCauses(error)}`,
    "This is a fault of Regatta's, not yours. Run it again with REGATTA_DEBUG=1 to see where it happened.",
  ];
}

/** An error's message and those of its causes, first line of each. */
function withCauses(error: unknown): string {
  const messages: string[] = [];
  const seen = new Set<unknown>();
  for (let at: unknown = error; at !== undefined && !seen.has(at); at = at instanceof Error ? at.cause : undefined) {
    seen.add(at);
    const [line = ""] = (at instanceof Error ? at.message || at.name : thrownText(at)).split("\n");
    messages.push(printable(line));
  }
  return messages.join("; because: ");
}

/** Something thrown that is no Error. */
function thrownText(thrown: unknown): string {
  return typeof thrown === "string" ? thrown : (JSON.stringify(thrown) ?? typeof thrown);
}
