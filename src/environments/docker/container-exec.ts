/**
 * One command in a container, streamed, with an end that is exact.
 *
 * The command runs below an init of its own (the engine's, which is mounted into the container) that adopts all processes the
 * command starts and leaves behind. So a timeout can end every one of them, and only them.
 */
import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { isErrno } from "../../host/files.ts";
import { EnvironmentFailure, type ExecRequest, type ExecResult } from "../environment.ts";
import { type EngineClient, EngineError, EngineUnreachable } from "./engine-client.ts";
import { imagesOwn, LISTENING, type Listening, listeningIn, type Service, settledServices } from "../listening.ts";
import { KILL_TREE } from "../process-scripts.ts";
import { type OutputStream, outputFrames } from "./output-frames.ts";

const INIT = "/sbin/docker-init";
/** 128 + SIGKILL. */
const KILLED = 137;
const LOOKS = 4;
const LOOK_EVERY_MS = 50;
const DEFAULT_GRACE_SEC = 2;
const GRACE_STEP_SEC = 0.05;
const MAX_TIMER_MS = 2 ** 31 - 1;
/** The end of a command's output and the end of the command are told apart by the engine, a moment later. */
const SETTLE_MS = 15_000;
const KILL_GIVE_UP_MS = 30_000;
const LISTENING_MS = 10_000;
/** What the engine says instead of the command's output when it could not start it. */
const COMPLAINT_BYTES = 4000;

export interface ContainerExec {
  readonly client: EngineClient;
  readonly container: string;
  /** Ended by us, on purpose. */
  wasStopped(): boolean;
  /** The last resort when processes cannot be ended from inside. */
  restart(): Promise<void>;
}

export async function runInContainer(target: ContainerExec, request: ExecRequest): Promise<ExecResult> {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const isAborted = (): boolean => request.signal?.aborted === true;
  if (isAborted()) return { ended: "aborted", exitCode: null, seconds: 0 };
  const mark = `regatta-${randomUUID()}`;
  const argv = [INIT, "-s", "--", "env", "-u", mark, ...request.argv];
  const exec = await startExec(target, argv, request);

  let stopped: "timed-out" | "aborted" | null = null;
  let failure: { readonly error: unknown } | null = null;
  let killing: Promise<void> | null = null;
  let over = false;
  const stop = (reason: "timed-out" | "aborted"): void => {
    stopped ??= reason;
    const kill = {
      mark,
      graceSec: request.graceSec ?? DEFAULT_GRACE_SEC,
      first: request.firstSignal ?? "SIGTERM",
      spare: request.spareServices === true,
    };
    killing ??= killTree(target, kill, () => over).catch((error: unknown) => {
      failure ??= { error };
      exec.socket.destroy();
    });
  };
  const onAbort = (): void => stop("aborted");
  request.signal?.addEventListener("abort", onAbort, { once: true });
  if (isAborted()) onAbort();
  const { timeoutSec } = request;
  const timer =
    timeoutSec === undefined || timeoutSec === null
      ? null
      : setTimeout(() => stop("timed-out"), Math.min(timeoutSec * 1000, MAX_TIMER_MS));
  const fail = (error: unknown): void => {
    failure ??= { error };
    stop("aborted");
  };
  try {
    feed(exec.socket, request.stdin, fail);
    const complaint = await readOutput(exec.socket, request.onOutput, fail);
    const state = await stateAfter(target, exec.id);
    over = true;
    if (timer !== null) clearTimeout(timer);
    if (killing !== null) await (killing as Promise<void>);
    if (failure !== null) throw (failure as { error: unknown }).error;
    if (stopped === null && target.wasStopped()) stopped = "aborted";
    if (stopped !== null) return { ended: stopped, exitCode: null, seconds: seconds() };
    if (state === null) throw new EnvironmentFailure("sandbox-gone", "the container ended while a command ran in it");
    if (state.pid === 0 && state.exitCode !== 0) throw new EnvironmentFailure("exec-refused", complaint);
    if (state.exitCode === KILLED && (await isGone(target)))
      throw new EnvironmentFailure("sandbox-gone", "the container was ended while a command ran in it");
    return { ended: "exited", exitCode: state.exitCode, seconds: seconds() };
  } finally {
    if (timer !== null) clearTimeout(timer);
    request.signal?.removeEventListener("abort", onAbort);
    exec.socket.destroy();
  }
}

async function startExec(
  target: ContainerExec,
  argv: readonly string[],
  { cwd, env = {}, user, stdin }: Pick<ExecRequest, "cwd" | "env" | "user" | "stdin">,
): Promise<{ readonly id: string; readonly socket: Duplex }> {
  const { client, container } = target;
  try {
    const made = (await client.json({
      method: "POST",
      path: `/containers/${container}/exec`,
      body: {
        AttachStdin: hasInput(stdin),
        AttachStdout: true,
        AttachStderr: true,
        Tty: false,
        Cmd: argv,
        Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
        ...(user === undefined ? {} : { User: String(user) }),
        ...(cwd === undefined ? {} : { WorkingDir: cwd }),
      },
    })) as { Id: string };
    const path = `/exec/${made.Id}/start`;
    const socket = await client.hijack({ method: "POST", path, body: { Detach: false, Tty: false } });
    return { id: made.Id, socket };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (error.status === 404 || error.status === 409)
      throw new EnvironmentFailure(
        "not-running",
        target.wasStopped() ? "the sandbox was stopped" : `the container does not run any more: ${error.message}`,
        { cause: error },
      );
    throw new EnvironmentFailure("exec-refused", error.message, { cause: error });
  }
}

function hasInput(stdin: ExecRequest["stdin"]): boolean {
  return stdin !== undefined && (stdin instanceof Readable || stdin.length > 0);
}

function feed(socket: Duplex, stdin: ExecRequest["stdin"], fail: (error: unknown) => void): void {
  socket.on("error", () => {
    // A connection that breaks ends the reading, and what became of the command is asked for then.
  });
  if (stdin === undefined || !hasInput(stdin)) return;
  const source = stdin instanceof Readable ? stdin : Readable.from([stdin], { objectMode: false });
  source.once("error", fail);
  // Not a pipeline: that would destroy the connection, on which the output is still to come.
  source.pipe(socket);
  socket.once("close", () => source.unpipe(socket));
}

/** @returns the beginning of stdout, which holds the engine's complaint when the command could not be started. */
async function readOutput(
  socket: Duplex,
  onOutput: ExecRequest["onOutput"],
  fail: (error: unknown) => void,
): Promise<string> {
  const frames = outputFrames();
  let complaint = "";
  let refused = false;
  const deliver = async (stream: OutputStream, data: Buffer): Promise<void> => {
    if (stream === "stdout" && complaint.length < COMPLAINT_BYTES) complaint += data.toString("latin1");
    if (refused) return;
    try {
      const taken = onOutput?.(stream, data);
      if (taken instanceof Promise) await taken;
    } catch (error) {
      refused = true;
      fail(error);
    }
  };
  try {
    for await (const chunk of socket)
      for (const { stream, data } of frames(chunk as Buffer)) await deliver(stream, data);
  } catch (error) {
    if (!isErrno(error, "ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE")) throw error;
  }
  return Buffer.from(complaint.slice(0, COMPLAINT_BYTES), "latin1").toString("utf8").trim();
}

/** A command that is killed together with its container can be told of sooner than the container is. */
async function isGone({ client, container }: ContainerExec): Promise<boolean> {
  for (let look = 0; look < LOOKS; look++) {
    try {
      const found = (await client.json({ method: "GET", path: `/containers/${container}/json` })) as {
        State?: { Running?: boolean };
      };
      if (found.State?.Running === false) return true;
    } catch (error) {
      if (error instanceof EngineError && (error.status === 404 || error.status === 409)) return true;
      throw error;
    }
    await delay(LOOK_EVERY_MS);
  }
  return false;
}

/** @returns null when the container, and the exec with it, is gone. */
async function stateAfter(
  { client }: ContainerExec,
  id: string,
): Promise<{ readonly exitCode: number; readonly pid: number } | null> {
  const until = performance.now() + SETTLE_MS;
  for (let wait = 1; ; wait = Math.min(wait * 2, 200)) {
    try {
      const state = (await client.json({ method: "GET", path: `/exec/${id}/json` })) as {
        Running: boolean;
        ExitCode: number | null;
        Pid: number;
      };
      if (!state.Running && state.ExitCode !== null) return { exitCode: state.ExitCode, pid: state.Pid };
    } catch (error) {
      if (error instanceof EngineError && (error.status === 404 || error.status === 409)) return null;
      throw error;
    }
    if (performance.now() > until) return null;
    await delay(wait);
  }
}

interface Kill {
  readonly mark: string;
  readonly graceSec: number;
  readonly first: "SIGTERM" | "SIGINT";
  /** Those with a listening socket. */
  readonly spare: boolean;
}

/** Until none of the exec's processes is left, by way of the container itself if it must be. */
async function killTree(
  target: ContainerExec,
  { mark, graceSec, first, spare }: Kill,
  isOver: () => boolean,
): Promise<void> {
  // Out of time is out of time: who does not listen by now is not waited for.
  const spared = spare ? (await lookAt(target)).services.map(({ pid }) => String(pid)) : [];
  const steps = String(Math.ceil(graceSec / GRACE_STEP_SEC));
  const until = performance.now() + graceSec * 1000 + KILL_GIVE_UP_MS;
  while (!isOver() && !target.wasStopped()) {
    const code = await runTool(
      target,
      KILL_TREE,
      [mark, steps, first.replace("SIG", ""), ...spared],
      until - performance.now(),
    );
    if (code === 0) return;
    // Not there: it has not begun yet, or its end is just being told.
    if (code === 3 && performance.now() < until) await delay(10);
    else break;
  }
  if (!isOver() && !target.wasStopped()) await target.restart();
}

/** Root cannot see the open files of others here: each user is asked for its own. */
async function lookAt(target: ContainerExec): Promise<Listening> {
  const ask = async (user: string) => {
    let said = "";
    await runTool(target, LISTENING, [], LISTENING_MS, { user, onOutput: (text) => (said += text) });
    return listeningIn(said);
  };
  const seen = await ask("0");
  const others = await Promise.all(seen.users.map(async (user) => (await ask(user)).services));
  return { ...seen, services: [...seen.services, ...others.flat()] };
}

export function servicesIn(target: ContainerExec): Promise<readonly Service[]> {
  return settledServices(() => lookAt(target), imagesOwn);
}

/** One of our own scripts, as root, without an init of its own. @returns its exit status; null when it came to nothing. */
export async function runTool(
  target: ContainerExec,
  script: string,
  args: readonly string[],
  limitMs: number,
  more: { readonly user?: string; readonly onOutput?: (text: string) => void } = {},
): Promise<number | null> {
  const argv = ["/bin/sh", "-c", script, "sh", ...args];
  let exec: Awaited<ReturnType<typeof startExec>>;
  try {
    exec = await startExec(target, argv, { cwd: "/", user: more.user ?? "0" });
  } catch (error) {
    if (error instanceof EnvironmentFailure && !(error instanceof EngineUnreachable)) return null;
    throw error;
  }
  const late = setTimeout(() => exec.socket.destroy(), Math.max(0, limitMs));
  try {
    feed(exec.socket, undefined, () => undefined);
    await readOutput(
      exec.socket,
      (stream, data) => {
        if (stream === "stdout") more.onOutput?.(Buffer.from(data).toString());
      },
      () => undefined,
    );
    const state = await stateAfter(target, exec.id);
    return state === null || (state.pid === 0 && state.exitCode !== 0) ? null : state.exitCode;
  } finally {
    clearTimeout(late);
    exec.socket.destroy();
  }
}
