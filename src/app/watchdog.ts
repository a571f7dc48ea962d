/**
 * A small process beside a run, in a session of its own: it holds the end of a pipe whose other end is the run's, and when the run is
 * gone without a word, however it went, it has what was left removed at once. When that fails it is tried again for two minutes; what
 * was said last is then kept, for whoever looks next.
 */
import { spawn } from "node:child_process";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Writable } from "node:stream";
import { isErrno } from "../host/files.ts";
import { detachedLogsDir } from "../host/run-registry.ts";

/** `read` ends with the pipe; the shell that waits takes about a megabyte. */
const GUARD = `
word=
read -r word <&3
[ "$word" = over ] && exit 0
exec 3<&-
words=$1 waits=$2
shift 2
for wait in $waits; do
  sleep "$wait"
  said=$("$@" 2>&1) && exit 0
done
umask 077
mkdir -p "$(dirname "$words")" && printf '%s\\n' "$said" > "$words"
`;

/** Before each try, in seconds: a daemon that is restarted is back by then. */
const WAITS_SEC = [0, 2, 5, 15, 30, 60];

const WORDS_START = "watchdog-";
/** What a command printed may be long; its end says why. */
const WORDS_SHOWN = 600;

export interface Watchdog {
  /** The run has ended in good order: there is nothing to do. */
  dismiss(): void;
}

/** @param command what removes the leftovers of dead runs */
export function startWatchdog(command: readonly string[], waitsSec: readonly number[] = WAITS_SEC): Watchdog {
  const words = join(detachedLogsDir(), `${WORDS_START}${process.pid}.txt`);
  const child = spawn("/bin/sh", ["-c", GUARD, "sh", words, waitsSec.join(" "), ...command], {
    cwd: "/",
    stdio: ["ignore", "ignore", "ignore", "pipe"],
    detached: true,
  });
  // Without one the next command does its work.
  child.on("error", () => undefined);
  child.unref();
  // Of a process that could not be started at all there are no streams, whatever the types say.
  const streams = child.stdio as readonly unknown[] | undefined;
  const pipe = streams?.[3] as (Writable & { unref?: () => void }) | undefined;
  pipe?.on("error", () => undefined);
  pipe?.unref?.();
  return { dismiss: () => void pipe?.end("over\n") };
}

/** What a watchdog was told when it gave up. */
export interface LastWords {
  /** ISO time. */
  readonly at: string;
  readonly said: string;
  readonly file: string;
}

export async function lastWords(): Promise<readonly LastWords[]> {
  const dir = detachedLogsDir();
  const words: LastWords[] = [];
  try {
    for (const name of (await readdir(dir)).filter((each) => each.startsWith(WORDS_START)).toSorted()) {
      const file = join(dir, basename(name));
      const said = (await readFile(file, "utf8")).trim().split("\n").join("; ").slice(-WORDS_SHOWN);
      words.push({ at: (await stat(file)).mtime.toISOString(), said, file });
    }
  } catch (error) {
    // No folder, or somebody else has shown and removed them.
    if (!isErrno(error, "ENOENT")) throw error;
  }
  return words;
}

export async function forgetLastWords(words: readonly LastWords[]): Promise<void> {
  for (const { file } of words) await rm(file, { force: true });
}
