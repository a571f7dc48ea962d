/**
 * Ctrl-C and its relatives → the engine's stop signals. Once: in good order. Twice: at once. A third time, or when even
 * "at once" takes too long: the process leaves, and what it started dies with it.
 */
import type { StopForce, StopReason } from "../contract/event.ts";
import type { ExitCode } from "../contract/exit-codes.ts";
import { EXIT } from "../contract/exit-codes.ts";
import type { StopSignals } from "../engine/stop-signals.ts";

const HARD_BOUND_MS = 15_000;

export interface StopRequests extends StopSignals {
  /** What ended the run early; null = nothing. */
  reason(): StopReason | null;
  /** The exit code that goes with it; null = the results decide. */
  exitCode(): ExitCode | null;
  request(reason: StopReason): void;
  deadlineReached(): void;
  hurryUp(): void;
  /** Nothing new starts, what runs goes on to its end. */
  nothingNew(reason: "budget-spent" | "disk-full" | "results-unwritable"): void;
  /** The run is over: a signal changes no exit code any more and ends only what still waits. @returns aborted by the next one */
  over(): AbortSignal;
  dispose(): void;
}

const SIGNALS = { SIGINT: "interrupted", SIGTERM: "terminated", SIGHUP: "terminated" } as const;

export function listenForStop(onStop: (reason: StopReason, force: StopForce) => void): StopRequests {
  const soft = new AbortController();
  const hard = new AbortController();
  const deadline = new AbortController();
  const hurry = new AbortController();
  const enough = new AbortController();
  let after: AbortController | null = null;
  let first: StopReason | null = null;
  let code: ExitCode | null = null;
  let times = 0;
  let bound: NodeJS.Timeout | undefined;

  const request = (reason: StopReason): void => {
    if (after !== null) {
      after.abort(new Error(STOP_WORDS[reason]));
      return;
    }
    times += 1;
    first ??= reason;
    // Whatever came before: who stops a run by a signal is told so.
    code ??= exitCodeOf(reason);
    if (times === 1) {
      // Said before it acts: a run that has nothing to wait for is over at once.
      onStop(reason, "all");
      soft.abort(new Error(STOP_WORDS[reason]));
    } else if (times === 2) {
      onStop(reason, "at-once");
      hard.abort(new Error(STOP_WORDS[reason]));
      bound = setTimeout(() => process.exit(code ?? EXIT.interrupted), HARD_BOUND_MS).unref();
    } else {
      process.exit(code ?? EXIT.interrupted);
    }
  };
  const handlers = Object.entries(SIGNALS).map(([signal, reason]) => [signal, () => request(reason)] as const);
  for (const [signal, handler] of handlers) process.on(signal, handler);

  return {
    soft: soft.signal,
    hard: hard.signal,
    deadline: deadline.signal,
    hurry: hurry.signal,
    enough: enough.signal,
    reason: () => first,
    exitCode: () => code,
    request,
    deadlineReached() {
      if (deadline.signal.aborted) return;
      first ??= "run-timeout";
      onStop("run-timeout", "agents");
      deadline.abort(new Error(STOP_WORDS["run-timeout"]));
    },
    nothingNew(reason) {
      if (enough.signal.aborted) return;
      first ??= reason;
      onStop(reason, "nothing-new");
      enough.abort(new Error(STOP_WORDS[reason]));
    },
    hurryUp: () => hurry.abort(),
    over() {
      clearTimeout(bound);
      after = new AbortController();
      return after.signal;
    },
    dispose() {
      for (const [signal, handler] of handlers) process.off(signal, handler);
    },
  };
}

/** Of a run that ends early, for people. */
export const STOP_WORDS: Readonly<Record<StopReason, string>> = {
  interrupted: "interrupted by Ctrl-C",
  terminated: "terminated by a signal",
  killed: "stopped by regatta kill",
  "run-timeout": "run_timeout_sec was reached",
  "disk-full": "the disk is full",
  "results-unwritable": "results cannot be written",
  "budget-spent": "a budget is spent",
  "dead-key": "the model's provider does not take the key",
};

function exitCodeOf(reason: StopReason): ExitCode | null {
  switch (reason) {
    case "interrupted":
      return EXIT.interrupted;
    case "terminated":
    case "killed":
      return EXIT.terminated;
    case "run-timeout":
    case "disk-full":
    case "results-unwritable":
    case "budget-spent":
    case "dead-key":
      return null;
  }
}
