/**
 * One command inside a sandbox: a single nsenter, streamed output, and an end that is exact.
 *
 * The command has ended when it has, not when its output pipes close: a daemon it left behind may hold them for ever.
 * What lies in the pipes at that moment is still delivered.
 */
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { closeSync, openSync, readSync } from "node:fs";
import { Socket } from "node:net";
import { constants as osConstants } from "node:os";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { isErrno } from "../../host/files.ts";
import { EnvironmentFailure, type ExecRequest, type ExecResult } from "../environment.ts";
import type { Pipe, PipeSource } from "./pipes.ts";
import { type ProcessTree, reviveEntrance } from "./process-tree.ts";
import { type Sandbox, TOOL_ENV } from "./sandbox.ts";

export interface ExecSettings {
  /** Program and arguments that lead into the sandbox and end before the command's own. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly pipes: PipeSource;
  readonly tree: ProcessTree;
  readonly sandbox: Pick<Sandbox, "isEnding" | "wasEnded">;
}

export type StreamRequest = Pick<
  ExecRequest,
  "stdin" | "timeoutSec" | "graceSec" | "firstSignal" | "signal" | "onOutput"
>;

const DEFAULT_GRACE_SEC = 2;
const REVIVE_MS = 250;
/** A pipe holds at most this much unless somebody inside enlarged it; a daemon may write for ever. */
const DRAIN_BYTES = 1 << 20;
const MAX_TIMER_MS = 2 ** 31 - 1;

export async function runExec(settings: ExecSettings, request: StreamRequest): Promise<ExecResult> {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const isAborted = (): boolean => request.signal?.aborted === true;
  if (isAborted()) return { ended: "aborted", exitCode: null, seconds: 0 };

  const opened: number[] = [];
  const keep = (pipe: Pipe): Pipe => {
    opened.push(pipe.read, pipe.write);
    return pipe;
  };
  const give = (fd: number) => opened.splice(opened.indexOf(fd), 1);
  let child: ChildProcess;
  let input: Pipe | null = null;
  const outputs: { stream: "stdout" | "stderr"; pipe: Pipe }[] = [];
  try {
    const wantsInput = request.stdin instanceof Readable || (request.stdin !== undefined && request.stdin.length !== 0);
    if (wantsInput) input = keep(await settings.pipes.forInput());
    if (request.onOutput !== undefined) {
      for (const stream of ["stdout", "stderr"] as const)
        outputs.push({ stream, pipe: keep(await settings.pipes.forOutput()) });
    }
    const procs = openSync(settings.tree.procs ?? "/dev/null", "w");
    opened.push(procs);
    const stdio: StdioOptions = [
      input?.read ?? "ignore",
      outputs[0]?.pipe.write ?? "ignore",
      outputs[1]?.pipe.write ?? "ignore",
      "pipe",
      procs,
    ];
    // A session of its own: a Ctrl-C at the terminal is the runner's to handle.
    child = spawn(settings.command, settings.args, { stdio, detached: true, env: { ...TOOL_ENV, ...settings.env } });
    for (const fd of [procs, ...(input === null ? [] : [input.read]), ...outputs.map(({ pipe }) => pipe.write)]) {
      give(fd);
      closeSync(fd);
    }
  } catch (error) {
    for (const fd of opened) closeSync(fd);
    throw error;
  }

  const { pid } = child;
  if (pid !== undefined) settings.tree.started(pid);
  const revive = setInterval(() => void (pid !== undefined && reviveEntrance(pid)), REVIVE_MS);
  // At once: from then on the pid may be somebody else's.
  for (const event of ["exit", "error"] as const) child.once(event, () => clearInterval(revive));
  let said = "";
  const report = child.stdio[3] as Readable;
  const reported = new Promise<void>((resolve) => {
    report.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(0, 2000)));
    report.once("close", resolve);
    report.once("error", () => resolve());
  });
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
    child.once("error", reject);
  });

  let stopped: "timed-out" | "aborted" | null = null;
  let failure: { readonly error: unknown } | null = null;
  let killing = null as Promise<void> | null;
  const stop = (reason: "timed-out" | "aborted") => {
    stopped ??= reason;
    killing ??= settings.tree
      .kill(exited.then(noop, noop), (request.graceSec ?? DEFAULT_GRACE_SEC) * 1000, request.firstSignal ?? "SIGTERM")
      .catch((error: unknown) => {
        failure ??= { error };
      });
  };
  const readers = outputs.map(({ stream, pipe }) => {
    give(pipe.read);
    return readOutput(
      pipe.read,
      (chunk) => request.onOutput?.(stream, chunk),
      (error) => {
        failure ??= { error };
        stop("aborted");
      },
    );
  });
  const feeding =
    input === null
      ? null
      : feed(input.write, request.stdin ?? "", (error) => {
          failure ??= { error };
          stop("aborted");
        });
  if (input !== null) give(input.write);

  const onAbort = () => stop("aborted");
  request.signal?.addEventListener("abort", onAbort, { once: true });
  // Aborted while the pipes were made: that event has passed.
  if (isAborted()) onAbort();
  const { timeoutSec } = request;
  const timer =
    timeoutSec === undefined || timeoutSec === null
      ? null
      : setTimeout(() => stop("timed-out"), Math.min(timeoutSec * 1000, MAX_TIMER_MS));
  try {
    const { code, signal } = await exited;
    if (timer !== null) clearTimeout(timer);
    if (killing !== null) await killing;
    const took = seconds();
    feeding?.cancel();
    await Promise.all(readers.map((reader) => reader.drain()));
    await reported;
    if (failure !== null) throw (failure as { error: unknown }).error;
    if (stopped === null && settings.sandbox.isEnding()) {
      if (!settings.sandbox.wasEnded())
        throw new EnvironmentFailure("sandbox-gone", "the sandbox ended while a command ran in it");
      stopped = "aborted";
    }
    if (stopped !== null) return { ended: stopped, exitCode: null, seconds: took };
    if (said !== "") throw new EnvironmentFailure("exec-refused", said.trim());
    const exitCode = code ?? 128 + (signal === null ? 0 : osConstants.signals[signal]);
    return { ended: "exited", exitCode, seconds: took };
  } finally {
    if (timer !== null) clearTimeout(timer);
    request.signal?.removeEventListener("abort", onAbort);
    for (const reader of readers) reader.close();
    feeding?.cancel();
    settings.tree.release();
  }
}

function noop(): void {}

interface OutputReader {
  drain(): Promise<void>;
  close(): void;
}

function readOutput(
  fd: number,
  take: (chunk: Uint8Array) => void | Promise<void>,
  fail: (error: unknown) => void,
): OutputReader {
  const socket = new Socket({ fd, readable: true, writable: false });
  let pending: Promise<void> = Promise.resolve();
  let ended = false;
  let failed = false;
  const refuse = (error: unknown) => {
    failed = true;
    fail(error);
  };
  const deliver = (chunk: Uint8Array): Promise<void> | null => {
    if (failed) return null;
    try {
      const taken = take(chunk);
      return taken instanceof Promise ? taken.catch(refuse) : null;
    } catch (error) {
      refuse(error);
      return null;
    }
  };
  const onData = (chunk: Buffer): void => {
    const taken = deliver(chunk);
    if (taken === null) return;
    socket.pause();
    pending = taken.then(() => void socket.resume());
  };
  socket.on("data", onData);
  socket.once("end", () => (ended = true));
  socket.on("error", refuse);
  return {
    async drain() {
      socket.off("data", onData);
      socket.pause();
      await pending;
      socket.pause();
      const buffer = Buffer.alloc(1 << 16);
      for (let total = 0; total < DRAIN_BYTES;) {
        // What the socket has read meanwhile is older than what the pipe still holds; no await between the two.
        const chunk = (socket.read() as Buffer | null) ?? (ended || socket.destroyed ? null : readNow(fd, buffer));
        if (chunk === null) break;
        total += chunk.length;
        await deliver(chunk);
      }
    },
    close: () => void socket.destroy(),
  };
}

/** @returns null when nothing is there now, or at the end. */
function readNow(fd: number, buffer: Buffer): Buffer | null {
  try {
    const count = readSync(fd, buffer);
    return count === 0 ? null : Buffer.from(buffer.subarray(0, count));
  } catch (error) {
    if (isErrno(error, "EAGAIN", "EOF")) return null;
    throw error;
  }
}

function feed(fd: number, source: string | Uint8Array | Readable, fail: (error: unknown) => void): { cancel(): void } {
  const socket = new Socket({ fd, readable: false, writable: true });
  socket.on("error", noop);
  const bytes = source instanceof Readable ? source : Readable.from([source], { objectMode: false });
  let cancelled = false;
  pipeline(bytes, socket).catch((error: unknown) => {
    // A command that does not read its input to the end is no fault; a source that fails is.
    if (!cancelled && !isErrno(error, "EPIPE", "ECONNRESET", "ERR_STREAM_PREMATURE_CLOSE")) fail(error);
  });
  return {
    cancel() {
      cancelled = true;
      socket.destroy();
    },
  };
}
