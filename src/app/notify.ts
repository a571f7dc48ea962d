/** `[run] notify`: the user's own command is told how a run goes, so that nobody has to look every hour of the night. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import type { StampedEvent } from "../contract/event.ts";
import { STOP_WORDS } from "./stop-requests.ts";

const LIMIT_MS = 30_000;
/**
 * The user's command ($1), and beside it a guard over a pipe whose other end is the run's: when the run is gone without a word, so is
 * the command with all of its group. What a shell starts in the background gets no stdin but by another number.
 */
const GUARDED = `
exec 4<&0
sh -c "$1" <&4 3<&- 4<&- &
command=$!
{ read -r word <&3; [ "$word" = over ] || kill -s KILL -- "-$$"; } >/dev/null 2>&1 &
exec 3<&- 4<&- 0<&-
wait $command
`;
/** Before a person is told what is waited for. */
const PATIENCE_MS = 1000;
/** Of what a command that failed said. */
const LAST_CHARACTERS = 500;

/** Passed on as REGATTA_EVENT: add, never rename. */
export type Occasion =
  /** The run is over, however it ended. */
  | "finished"
  /** No new trials start, and somebody has to do something about it. */
  | "blocked"
  /** A budget is spent. */
  | "budget";

export interface Notice {
  readonly event: Occasion;
  /** One line, without secrets. */
  readonly message: string;
  readonly slug: string;
  readonly batch: number;
  /** Absolute. */
  readonly batch_dir: string;
  /** Of a run that is over. */
  readonly exit_code?: number;
}

export interface Notifier {
  tell(event: Occasion, message: string, more?: Pick<Notice, "exit_code">): void;
  /** Resolves when every command is over; each has half a minute, and none outlives an abort. */
  settle(abort: AbortSignal): Promise<void>;
}

export interface NotifierParts {
  /** For `sh -c`, in the folder `root`; null = nobody is told. */
  readonly command: string | null;
  readonly root: string;
  readonly about: Pick<Notice, "slug" | "batch" | "batch_dir">;
  readonly env: NodeJS.ProcessEnv;
  /** Called when the command did not work, and when it is waited for. */
  readonly say: (message: string) => void;
}

export function createNotifier({ command, root, about, env, say }: NotifierParts): Notifier {
  const pending = new Set<Promise<void>>();
  const ended = new AbortController();
  return {
    tell(event, message, more = {}) {
      if (command === null) return;
      const notice: Notice = { event, message, ...about, ...more };
      const telling: Promise<void> = runCommand(command, root, env, notice, ended.signal)
        .catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
        .then((failed) => {
          if (failed !== null) say(`the command of notify did not work: ${failed}`);
          pending.delete(telling);
        });
      pending.add(telling);
    },
    async settle(abort) {
      if (pending.size === 0) return;
      const waiting = setTimeout(() => {
        say(`waiting for the command of notify, ${LIMIT_MS / 1000} s at most (Ctrl-C ends it)`);
      }, PATIENCE_MS);
      abort.addEventListener("abort", () => ended.abort(), { once: true });
      await Promise.all(pending);
      clearTimeout(waiting);
    },
  };
}

/** @returns why it failed, null = it did not */
async function runCommand(
  command: string,
  cwd: string,
  env: NodeJS.ProcessEnv,
  notice: Notice,
  ended: AbortSignal,
): Promise<string | null> {
  const child = spawn("/bin/sh", ["-c", GUARDED, "sh", command], {
    cwd,
    env: {
      ...env,
      REGATTA_EVENT: notice.event,
      REGATTA_MESSAGE: notice.message,
      REGATTA_BATCH: `${notice.slug}/${notice.batch}`,
      REGATTA_BATCH_DIR: notice.batch_dir,
    },
    stdio: ["pipe", "ignore", "pipe", "pipe"],
    // A group of its own: Ctrl-C in the terminal is for the run, and what the command starts ends with it.
    detached: true,
  });
  // Of a process that cannot be started there are no streams.
  await once(child, "spawn");
  const [stdin, , stderr, line] = child.stdio as unknown as [Writable, null, Readable, Writable];
  let said = "";
  stderr.setEncoding("utf8");
  stderr.on("data", (text: string) => void (said = (said + text).slice(-LAST_CHARACTERS)));
  // A command that does not read its stdin closes it.
  stdin.on("error", () => undefined);
  stdin.end(`${JSON.stringify(notice)}\n`);
  line.on("error", () => undefined);
  let why: string | null = null;
  const kill = (): void => {
    stderr.destroy();
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  };
  const timer = setTimeout(() => {
    why = `it was not over after ${LIMIT_MS / 1000} s`;
    kill();
  }, LIMIT_MS);
  const end = (): void => {
    why = "it was ended before it was over";
    kill();
  };
  // Also when this process leaves at once.
  process.once("exit", kill);
  if (ended.aborted) end();
  else ended.addEventListener("abort", end, { once: true });
  try {
    // Not "close": what it left running in the background may keep its stderr open.
    const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    if (why !== null) return why;
    if (code === 0) return null;
    return [code === null ? `it ended by ${signal ?? "a signal"}` : `exit code ${code}`, said.trim()]
      .filter((part) => part !== "")
      .join(": ");
  } finally {
    clearTimeout(timer);
    line.end("over\n");
    process.off("exit", kill);
    ended.removeEventListener("abort", end);
    stderr.destroy();
  }
}

/** Which events somebody has to know of who is not there. */
export function occasionOf(event: StampedEvent): { readonly event: Occasion; readonly message: string } | null {
  if (event.type === "paused") return { event: "blocked", message: event.message };
  if (event.type !== "stopping") return null;
  switch (event.reason) {
    case "budget-spent":
      return { event: "budget", message: "a budget is spent: nothing new starts" };
    case "disk-full":
    case "results-unwritable":
    case "dead-key":
      return { event: "blocked", message: `nothing new starts: ${STOP_WORDS[event.reason]}` };
    case "interrupted":
    case "terminated":
    case "killed":
    case "run-timeout":
      return null;
  }
}
