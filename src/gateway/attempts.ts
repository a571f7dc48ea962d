/**
 * Gets a provider's answer, with as many attempts as the agent's patience allows. Nothing of an answer reaches the client before
 * it is known to be worth passing on: an overload, a provider that is down and a broken connection are tried again here.
 */
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { AccountGuard, Slot } from "./account-guard.ts";
import { answerKind, type AnswerKind, needsLook, retryAfterMs } from "./answer-kind.ts";
import type { GatewayClock } from "./clock.ts";
import { type Connections, isPassing } from "./upstream.ts";

export interface AttemptRequest {
  readonly base: URL;
  readonly path: string;
  readonly method: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer | null;
  /** The client left or the trial is over. */
  readonly signal: AbortSignal;
  /** Of the gateway's clock: no attempt is begun after it. */
  readonly deadline: number;
  /** Aborted at the deadline. */
  readonly late: AbortSignal;
}

export interface AttemptParts {
  readonly connections: Connections;
  readonly guard: AccountGuard;
  readonly clock: GatewayClock;
  /** In [0, 1). */
  readonly random: () => number;
}

export type Answer =
  | {
      readonly kind: "streaming";
      readonly response: IncomingMessage;
      readonly slot: Slot;
      readonly tally: Tally;
    }
  | {
      /** Read whole, being an error. */
      readonly kind: "read";
      readonly response: IncomingMessage;
      readonly body: Buffer;
      readonly meaning: AnswerKind;
      readonly tally: Tally;
    }
  /** Nobody answered, or no slot was free in time. */
  | { readonly kind: "none"; readonly why: "busy" | "unreachable"; readonly message: string; readonly tally: Tally };

export interface Tally {
  readonly attempts: number;
  readonly waitedMs: number;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 4000;
const MAX_ERROR_BODY = 1024 * 1024;

/** @throws the signal's reason when the client left or the trial ended */
export async function answerOf(request: AttemptRequest, parts: AttemptParts): Promise<Answer> {
  const { clock, guard, connections } = parts;
  const { signal, deadline, late } = request;
  let attempts = 0;
  let waitedMs = 0;
  let pauses = 0;
  let last: ((tally: Tally) => Answer) | null = null;
  const tally = (): Tally => ({ attempts, waitedMs });
  const waiting = async <T>(wait: Promise<T>): Promise<T> => {
    const from = clock.monotonic();
    try {
      return await wait;
    } finally {
      waitedMs += clock.monotonic() - from;
    }
  };
  const pause = (): Promise<void> => {
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** pauses);
    pauses += 1;
    return waiting(delay(clock, longest / 2 + (parts.random() * longest) / 2, signal));
  };

  for (;;) {
    // A pause of hours, say: nobody waits for what cannot come.
    const hopeless = clock.monotonic() + guard.pausedMs() >= deadline;
    const slot = hopeless ? null : await waiting(slotInTime(guard, late, signal));
    if (slot === null) {
      const message = "The provider limits this account, and this call's turn does not come in time.";
      return last?.(tally()) ?? { kind: "none", why: "busy", message, tally: tally() };
    }
    attempts += 1;
    let response: IncomingMessage;
    try {
      response = await connections.send(request);
    } catch (error) {
      slot.give();
      signal.throwIfAborted();
      const message = `The model provider at ${request.base.host} could not be reached: ${wordOf(error)}.`;
      last = (all) => ({ kind: "none", why: "unreachable", message, tally: all });
      if (!isPassing(error) || clock.monotonic() >= deadline) return last(tally());
      await pause();
      continue;
    }
    const status = response.statusCode ?? 502;
    if (!needsLook(status)) {
      if (status < 400) slot.accepted();
      return { kind: "streaming", response, slot, tally: tally() };
    }
    let body: Buffer;
    try {
      body = await readWhole(response);
    } catch (error) {
      slot.give();
      signal.throwIfAborted();
      if (!isPassing(error)) throw error;
      body = Buffer.alloc(0);
    }
    const meaning = answerKind(status, body);
    const asked = retryAfterMs(response.headers, Date.now());
    if (meaning === "overloaded") slot.overloaded(asked);
    slot.give();
    const again = meaning === "overloaded" || meaning === "unavailable";
    last = (all) => ({ kind: "read", response, body, meaning, tally: all });
    if (!again || clock.monotonic() + (asked ?? 0) >= deadline) return last(tally());
    // An overload pauses the whole account, this call with it.
    if (meaning === "unavailable") {
      if (asked !== null) await waiting(delay(clock, asked, signal));
      else await pause();
    }
  }
}

/** Null when none was free in time. */
async function slotInTime(guard: AccountGuard, late: AbortSignal, signal: AbortSignal): Promise<Slot | null> {
  try {
    return await guard.take(AbortSignal.any([signal, late]));
  } catch (error) {
    signal.throwIfAborted();
    if (late.aborted) return null;
    throw error;
  }
}

function delay(clock: GatewayClock, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const leave = (): void => {
      cancel();
      reject(signal.reason as Error);
    };
    const cancel = clock.after(milliseconds, () => {
      signal.removeEventListener("abort", leave);
      resolve();
    });
    signal.addEventListener("abort", leave, { once: true });
  });
}

/** @throws what cut it off */
async function readWhole(response: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ERROR_BODY) break;
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

function wordOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : String(error));
}
