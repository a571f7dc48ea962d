/**
 * Time that passes as soon as nobody has anything else to do: a timer of seconds fires in a millisecond, in order with the others.
 * Timers of more than a minute, such as patience, only fire when shorter ones have brought the time so far.
 */
import type { GatewayClock } from "../../src/gateway/clock.ts";

interface Timer {
  readonly at: number;
  readonly delay: number;
  readonly call: () => void;
}

export function scriptedClock(): GatewayClock & { readonly timers: number } {
  let now = 0;
  const timers = new Set<Timer>();
  let scheduled = false;

  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    // Later than whatever the loop has to do now.
    setTimeout(() => {
      scheduled = false;
      const next = [...timers].reduce<Timer | null>(
        (first, timer) => (first === null || timer.at < first.at ? timer : first),
        null,
      );
      const short = [...timers].some((timer) => timer.delay <= 60_000);
      if (next === null || (!short && next.at > now)) return;
      timers.delete(next);
      now = Math.max(now, next.at);
      next.call();
      schedule();
    }, 1);
  };

  return {
    monotonic: () => now,
    iso: () => new Date(now).toISOString(),
    after(milliseconds, call) {
      const timer = { at: now + milliseconds, delay: milliseconds, call };
      timers.add(timer);
      schedule();
      return () => void timers.delete(timer);
    },
    get timers() {
      return timers.size;
    },
  };
}
