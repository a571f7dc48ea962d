/** The calls of one account, started in order as its pace allows. */
import { createPace, type PaceSettings } from "./account-pace.ts";
import type { GatewayClock } from "./clock.ts";

export interface AccountGuard {
  /** Resolves when a call may be sent. @throws the signal's reason */
  take(signal: AbortSignal): Promise<Slot>;
  /** For how long nothing is sent at all. */
  pausedMs(): number;
}

export interface Slot {
  /** The provider took it. */
  accepted(): void;
  /** The provider has no room for it. */
  overloaded(retryAfterMs: number | null): void;
  /** Safe to call again. */
  give(): void;
}

interface Waiter {
  start(): void;
}

export function createAccountGuard(clock: GatewayClock, random: () => number, settings: PaceSettings): AccountGuard {
  const pace = createPace(settings);
  const waiting = new Set<Waiter>();
  let cancelTimer: (() => void) | null = null;

  const startMore = (): void => {
    cancelTimer?.();
    cancelTimer = null;
    for (const waiter of waiting) {
      const wait = pace.msUntilStart(clock.monotonic());
      if (wait === null) return;
      if (wait > 0) {
        cancelTimer = clock.after(Math.ceil(wait), startMore);
        return;
      }
      waiting.delete(waiter);
      waiter.start();
    }
  };

  const slot = (): Slot => {
    const startedAt = clock.monotonic();
    let given = false;
    pace.started();
    return {
      accepted: () => pace.accepted(),
      overloaded: (retryAfterMs) => pace.overloaded(startedAt, clock.monotonic(), retryAfterMs, random()),
      give() {
        if (given) return;
        given = true;
        pace.ended();
        startMore();
      },
    };
  };

  return {
    pausedMs: () => pace.pausedMs(clock.monotonic()),
    take: (signal) =>
      new Promise<Slot>((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error);
        const leave = (): void => {
          waiting.delete(waiter);
          reject(signal.reason as Error);
        };
        const waiter: Waiter = {
          start() {
            signal.removeEventListener("abort", leave);
            resolve(slot());
          },
        };
        signal.addEventListener("abort", leave, { once: true });
        waiting.add(waiter);
        startMore();
      }),
  };
}
