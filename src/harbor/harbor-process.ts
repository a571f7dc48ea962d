/**
 * One run of Harbor as a process group of its own. A guard in the group holds the end of a pipe whose other end is the runner's:
 * when the runner is gone, however it went, the guard ends the group.
 */
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { isErrno } from "../host/files.ts";
import type { HarborCommand } from "./harbor-command.ts";

const GUARD = `
(trap '' TERM; cat <&3 >/dev/null; kill -TERM 0; sleep 5; kill -KILL 0) >/dev/null 2>&1 &
exec "$@" 3<&-
`;
const LAST_LINES = 20;

export interface HarborRun {
  readonly pid: number | null;
  /** Settles when it is over; never rejects. */
  readonly ended: Promise<HarborEnd>;
  /** SIGINT lets it record what it has; SIGTERM and SIGKILL do not. The whole group gets it. */
  signal(signal: "SIGINT" | "SIGTERM" | "SIGKILL"): void;
}

export interface HarborEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not be started. */
  readonly error: string | null;
  /** Of its output, secrets taken out. */
  readonly lastLines: readonly string[];
}

export interface HarborRunRequest {
  readonly command: HarborCommand;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Absolute; everything it prints. */
  readonly logFile: string;
  readonly redact: (text: string) => string;
}

export function startHarbor({ command, args, cwd, env, logFile, redact }: HarborRunRequest): HarborRun {
  const child = spawn("/bin/sh", ["-c", GUARD, "sh", command.program, ...command.args, ...args], {
    cwd,
    env: { ...env },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    detached: true,
  });
  const log = createWriteStream(logFile, { flags: "a" });
  log.on("error", () => {
    // Its last lines are kept here; a log that cannot be written stops nothing.
  });
  const lines: string[] = [];
  let rest = "";
  const take = (text: string): void => {
    const all = (rest + text).split("\n");
    rest = all.pop() ?? "";
    for (const line of all) {
      const clean = redact(line);
      log.write(`${clean}\n`);
      lines.push(clean);
      if (lines.length > LAST_LINES) lines.shift();
    }
  };
  child.stdout?.setEncoding("utf8").on("data", take);
  child.stderr?.setEncoding("utf8").on("data", take);

  const signalGroup = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch (error) {
      if (!isErrno(error, "ESRCH")) throw error;
    }
  };
  const ended = new Promise<HarborEnd>((resolve) => {
    const over = (end: Omit<HarborEnd, "lastLines">): void => {
      if (rest !== "") take("\n");
      // The guard, and whatever of the group has outlived its leader.
      signalGroup("SIGKILL");
      child.stdio[3]?.destroy();
      log.end(() => resolve({ ...end, lastLines: lines.filter((line) => line.trim() !== "") }));
    };
    child.once("error", (error) => over({ code: null, signal: null, error: error.message }));
    child.once("exit", (code, signal) => {
      // A child of it that outlives it may hold the output open: what was said until now is enough.
      setImmediate(() => over({ code, signal, error: null }));
    });
  });
  return {
    pid: child.pid ?? null,
    ended,
    signal: signalGroup,
  };
}
