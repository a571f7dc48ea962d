/**
 * What a person sees when a command fails. Bad input is theirs: plain lines, exit code 2. A machine that says no
 * (permission, full disk, a limit) is nobody's bug: what, where and what to do, exit code 1. Everything else is ours and says so.
 */
import { type ExitCode, exitCodeOfError } from "../contract/exit-codes.ts";
import { MachineRefusal, UserError } from "../contract/failure.ts";
import { printable, printableLines } from "../terminal/printable.ts";
import type { TextOutput } from "../terminal/terminal.ts";

const REFUSED: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "not permitted",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left on the device",
  EDQUOT: "disk quota exceeded",
  EMFILE: "this process may not open any more files",
  ENFILE: "this machine has too many open files",
  ENOMEM: "there is no memory left",
};

/** The system's word for it where a process or a thread could not be started. */
const NO_PROCESS = "this user may not have any more processes and threads";

const ROOM =
  "Nothing that was written before is damaged. Make room (regatta cache prune, docker system prune) and give the same command again.";

const LIMIT = "and give the same command again. With fewer trials at a time (--parallel 1) a run needs less.";

const TODO: Readonly<Record<string, string>> = {
  EMFILE: `Raise the limit, such as by \`ulimit -n 1024\` (\`ulimit -n\` shows it), ${LIMIT}`,
  EAGAIN: `End some, or raise the limit, such as by \`ulimit -u 4096\` (\`ulimit -u\` shows it), ${LIMIT}`,
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
  if (error instanceof UserError || error instanceof MachineRefusal)
    return [`regatta: ${error.message}`, ...error.lines];
  if (error instanceof Error) {
    const { code, syscall, path, message } = error as NodeJS.ErrnoException;
    // Where a file of a package cannot be opened, Node says that the package is not there.
    if (code === "ERR_MODULE_NOT_FOUND")
      return [
        `regatta: a part of it cannot be loaded: ${message}`,
        "Where few files may be open, raise the limit, such as by `ulimit -n 1024`; else install it again.",
      ];
    const refused = code === "EAGAIN" && syscall?.startsWith("spawn") ? NO_PROCESS : REFUSED[code ?? ""];
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
