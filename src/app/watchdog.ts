/**
 * A small process beside a run, in a session of its own: it holds the end of a pipe whose other end is the run's, and when the run is
 * gone without a word, however it went, it has what was left removed at once.
 */
import { spawn } from "node:child_process";
import type { Writable } from "node:stream";

/** `read` ends with the pipe; the shell that waits takes about a megabyte. */
const GUARD = `
word=
read -r word <&3
[ "$word" = over ] && exit 0
exec 3<&-
exec "$@"
`;

export interface Watchdog {
  /** The run has ended in good order: there is nothing to do. */
  dismiss(): void;
}

/** @param command what removes the leftovers of dead runs */
export function startWatchdog(command: readonly string[]): Watchdog {
  const child = spawn("/bin/sh", ["-c", GUARD, "sh", ...command], {
    cwd: "/",
    stdio: ["ignore", "ignore", "ignore", "pipe"],
    detached: true,
  });
  // Without one the next command does its work.
  child.on("error", () => undefined);
  child.unref();
  const pipe = child.stdio[3] as (Writable & { unref?: () => void }) | undefined;
  pipe?.on("error", () => undefined);
  pipe?.unref?.();
  return { dismiss: () => void pipe?.end("over\n") };
}
