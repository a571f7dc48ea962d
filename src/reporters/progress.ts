/**
 * Live progress on a terminal: at most ten frames a second, one a second when nothing happens, none when nothing changed.
 * What should be read later (a failure, a retry, a note) is written above the frame and stays.
 */
import type { StampedEvent } from "../contract/event.ts";
import { eventText } from "../views/event-text.ts";
import { clock } from "../terminal/figures.ts";
import { paintFor } from "../terminal/paint.ts";
import { progressFrame } from "./progress-frame.ts";
import { initialProgress, reduceProgress, type KeptTrial } from "./progress-state.ts";
import type { Reporter } from "./reporter.ts";
import { openScreen } from "../terminal/screen.ts";
import { terminalOf, type EnvironmentVariables, type TextOutput } from "../terminal/terminal.ts";

const FRAME_MS = 100;
const TICK_MS = 1000;

/** Signals and exit of the process that owns the terminal; `process` is one. */
export interface TerminalOwner {
  on(event: "exit" | "SIGTSTP" | "SIGCONT", listener: () => void): unknown;
  off(event: "exit" | "SIGTSTP" | "SIGCONT", listener: () => void): unknown;
  kill(pid: number, signal: "SIGSTOP"): unknown;
  readonly pid: number;
}

export interface ProgressOptions {
  readonly output: TextOutput;
  readonly env: EnvironmentVariables;
  readonly kept?: readonly KeptTrial[];
  readonly owner?: TerminalOwner;
}

export function progressReporter({ output, env, kept = [], owner = process }: ProgressOptions): Reporter {
  const screen = openScreen(output);
  let state = initialProgress(kept);
  let soon: NodeJS.Timeout | null = null;
  let lastDrawn = 0;
  let closed = false;

  function draw(): void {
    const { columns, rows, color } = terminalOf(output, env);
    lastDrawn = performance.now();
    screen.draw(progressFrame(state, { columns, rows, now: Date.now(), color }));
  }

  /** Timers never keep the process alive: progress is of no use once the run is over. */
  function drawSoon(): void {
    if (closed || soon !== null) return;
    const wait = Math.max(0, lastDrawn + FRAME_MS - performance.now());
    soon = setTimeout(() => {
      soon = null;
      draw();
    }, wait);
    soon.unref();
  }

  const tick = setInterval(drawSoon, TICK_MS);
  tick.unref();
  const onResize = () => {
    screen.resized(terminalOf(output, env).columns);
    drawSoon();
  };
  const onExit = () => screen.clear();
  // Ctrl-Z: hand the terminal over in order, then stop as asked; on return the frame is drawn afresh.
  const onStop = () => {
    screen.clear();
    owner.kill(owner.pid, "SIGSTOP");
  };
  output.on?.("resize", onResize);
  owner.on("exit", onExit);
  owner.on("SIGTSTP", onStop);
  owner.on("SIGCONT", drawSoon);

  return {
    onEvent(event) {
      if (closed) return;
      state = reduceProgress(state, event);
      const line = worthKeeping(event) ? eventText(event) : null;
      if (line !== null) {
        const { color } = terminalOf(output, env);
        const since = state.startedAt === null ? 0 : (Date.parse(event.at) - state.startedAt) / 1000;
        screen.above([paintFor(color)(`${clock(since)}  ${line}`, "yellow")]);
      }
      drawSoon();
    },
    async close() {
      if (closed) return;
      closed = true;
      clearInterval(tick);
      if (soon !== null) clearTimeout(soon);
      output.off?.("resize", onResize);
      owner.off("exit", onExit);
      owner.off("SIGTSTP", onStop);
      owner.off("SIGCONT", drawSoon);
      screen.clear();
    },
  };
}

const KEPT_TYPES: ReadonlySet<StampedEvent["type"]> = new Set([
  "trial-retrying",
  "stopping",
  "listener-failed",
  "note",
]);

function worthKeeping(event: StampedEvent): boolean {
  return KEPT_TYPES.has(event.type) || (event.type === "trial-ended" && event.outcome.kind === "not-scored");
}
