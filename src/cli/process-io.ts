import { terminalOf } from "../terminal/terminal.ts";
import type { CommandIo } from "./io.ts";

/** Of a reader that has gone; EIO: of a terminal that was closed, whose SIGHUP then ends a run in good order. */
const GONE = new Set(["EPIPE", "EIO", "ERR_STREAM_DESTROYED"]);

/**
 * The real process. A reader that goes away is not an error of ours: it ends neither a run in the middle of its
 * trials nor prints anything.
 */
export function processIo(): CommandIo {
  const closed = new AbortController();
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (!GONE.has(error.code ?? "")) throw error;
      closed.abort();
    });
  }
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    env: process.env,
    cwd: process.cwd(),
    outputClosed: closed.signal,
    terminal: (output = "stdout") => terminalOf(process[output], process.env),
  };
}
