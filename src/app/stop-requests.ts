/**
 * Ctrl-C and its relatives → the engine's stop signals. Once: in good order. Twice: at once. A third time, or when even
 * "at once" takes too long: the process leaves, and what it started dies with it.
 */
import type { StopReason } from "../contract/event.ts";
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
  /** Nothing new starts, what runs goes on to its end. */
  nothingNew(reason: "budget-spent" | "disk-full" | "results-unwritable"): void;
  dispose(): void;
}

const SIGNALS = { SIGINT: "interrupted", SIGTERM: "terminated", SIGHUP: "terminated" } as const;

export function listenForStop(onStop: (reason: StopReason, urgent: boolean) => void): StopRequests {
  const soft = new AbortController();
  const hard = new AbortController();
  const deadline = new AbortController();
  const enough = new AbortController();
  let first: StopReason | null = null;
  let times = 0;

  const request = (reason: StopReason): void => {
    times += 1;
    first ??= reason;
    if (times === 1) {
      // Said before it acts: a run that has nothing to wait for is over at once.
      onStop(reason, false);
      soft.abort(new Error(WORDS[reason]));
    } else if (times === 2) {
      onStop(reason, true);
      hard.abort(new Error(WORDS[reason]));
      setTimeout(() => process.exit(exitCodeOf(first) ?? EXIT.interrupted), HARD_BOUND_MS).unref();
    } else {
      process.exit(exitCodeOf(first) ?? EXIT.interrupted);
    }
  };
  const handlers = Object.entries(SIGNALS).map(([signal, reason]) => [signal, () => request(reason)] as const);
  for (const [signal, handler] of handlers) process.on(signal, handler);

  return {
    soft: soft.signal,
    hard: hard.signal,
    deadline: deadline.signal,
    enough: enough.signal,
    reason: () => first,
    exitCode: () => exitCodeOf(first),
    request,
    deadlineReached() {
      if (deadline.signal.aborted) return;
      first ??= "run-timeout";
      onStop("run-timeout", false);
      deadline.abort(new Error(WORDS["run-timeout"]));
    },
    nothingNew(reason) {
      if (enough.signal.aborted) return;
      first ??= reason;
      onStop(reason, false);
      enough.abort(new Error(WORDS[reason]));
    },
    dispose() {
      for (const [signal, handler] of handlers) process.off(signal, handler);
    },
  };
}

const WORDS: Readonly<Record<StopReason, string>> = {
  interrupted: "interrupted by Ctrl-C",
  terminated: "terminated by a signal",
  killed: "stopped by regatta kill",
  "run-timeout": "run_timeout_sec was reached",
  "disk-full": "the disk is full",
  "results-unwritable": "results cannot be written",
  "budget-spent": "a budget is spent",
  "dead-key": "the model's provider does not take the key",
};

function exitCodeOf(reason: StopReason | null): ExitCode | null {
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
    case null:
      return null;
  }
}
