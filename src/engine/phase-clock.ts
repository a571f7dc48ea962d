/**
 * Runs the phases of one try: each with its own limit, its recorded times, and its two events.
 *
 * When a limit runs out the body's signal is aborted and the phase fails with the given failure. A body that does not
 * react is left behind after a grace, because the next phase (in the end, teardown) kills what it waits for.
 */
import { TrialFailure, type Failure, type Phase } from "../contract/failure.ts";
import type { Span } from "../contract/trial-record.ts";
import type { Clock } from "./clock.ts";

const GRACE_MS = 10_000;

export interface PhaseLimit {
  /** null = none */
  readonly seconds: number | null;
  /** What it is when the limit runs out. */
  readonly overrun: Failure;
}

export interface PhaseClock {
  readonly spans: Partial<Record<Phase, Span>>;
  /** @param outer ends the phase too, by the signal's own reason. */
  run<T>(
    phase: Phase,
    limit: PhaseLimit | null,
    outer: readonly AbortSignal[],
    body: (signal: AbortSignal) => Promise<T>,
  ): Promise<T>;
}

export interface PhaseListener {
  started(phase: Phase): void;
  ended(phase: Phase, seconds: number, ok: boolean): void;
}

export function createPhaseClock(clock: Clock, listener: PhaseListener): PhaseClock {
  const spans: Partial<Record<Phase, Span>> = {};
  return {
    spans,
    async run(phase, limit, outer, body) {
      const startedAt = clock.iso();
      const began = clock.monotonic();
      spans[phase] = { startedAt, finishedAt: null };
      listener.started(phase);
      const overrun = new AbortController();
      const signal = AbortSignal.any([...outer, overrun.signal]);
      const cancelLimit =
        limit === null || limit.seconds === null
          ? null
          : clock.after(limit.seconds * 1000, () => overrun.abort(new TrialFailure(limit.overrun)));
      let ok = false;
      try {
        signal.throwIfAborted();
        const result = await settledOrLeft(body(signal), signal, clock);
        // A body that finished in spite of its limit still broke it.
        overrun.signal.throwIfAborted();
        ok = true;
        return result;
      } catch (error) {
        // The limit is the first cause; what the body threw is how it noticed.
        if (overrun.signal.aborted) throw overrun.signal.reason;
        throw error;
      } finally {
        cancelLimit?.();
        spans[phase] = { startedAt, finishedAt: clock.iso() };
        listener.ended(phase, (clock.monotonic() - began) / 1000, ok);
      }
    },
  };
}

async function settledOrLeft<T>(work: Promise<T>, signal: AbortSignal, clock: Clock): Promise<T> {
  let cancelGrace: (() => void) | undefined;
  let onAbort: (() => void) | undefined;
  const left = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      cancelGrace = clock.after(GRACE_MS, () => reject(signal.reason as Error));
    };
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([work, left]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener("abort", onAbort);
    cancelGrace?.();
  }
}
