import type { Clock } from "../engine/clock.ts";

/** setTimeout counts in 32 bits: longer waits are made of several. */
const LONGEST_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  monotonic: () => performance.now(),
  iso: () => new Date().toISOString(),
  after(milliseconds, call) {
    let timer: NodeJS.Timeout;
    const arm = (left: number): void => {
      timer = setTimeout(() => (left > LONGEST_MS ? arm(left - LONGEST_MS) : call()), Math.min(left, LONGEST_MS));
    };
    arm(Math.max(0, milliseconds));
    return () => clearTimeout(timer);
  },
};
