/** Two proportions of different observations: their difference and its size. */
import { type Computed, type Interval, isComputed } from "./computed.ts";
import { wilson } from "./proportion.ts";

/** Newcombe's hybrid score interval (1998, method 10) of p1 − p2. */
export function newcombe(
  first: { readonly successes: number; readonly n: number },
  second: { readonly successes: number; readonly n: number },
  level = 0.95,
): Computed<Interval> {
  const one = wilson(first.successes, first.n, level);
  const two = wilson(second.successes, second.n, level);
  if (!isComputed(one)) return one;
  if (!isComputed(two)) return two;
  const [p1, p2] = [first.successes / first.n, second.successes / second.n];
  return {
    low: p1 - p2 - Math.hypot(p1 - one.low, two.high - p2),
    high: p1 - p2 + Math.hypot(one.high - p1, p2 - two.low),
  };
}

/** Cohen's h (1988): positive when the first proportion is the larger. */
export function cohensH(p1: number, p2: number): number {
  return 2 * Math.asin(Math.sqrt(p1)) - 2 * Math.asin(Math.sqrt(p2));
}
