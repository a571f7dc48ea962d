/** Intervals for one proportion: `successes` of `n` independent observations. */
import { betaQuantile } from "./beta.ts";
import { type Computed, type Interval, notComputed } from "./computed.ts";
import { normalQuantile } from "./normal.ts";

/** Wilson's score interval (1927). Good down to a handful of observations. */
export function wilson(successes: number, n: number, level = 0.95): Computed<Interval> {
  if (n === 0) return notComputed("there are no observations");
  const z = normalQuantile(1 - (1 - level) / 2);
  const p = successes / n;
  const centre = p + (z * z) / (2 * n);
  const half = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  // At the ends the formula is exact, and its rounding is not.
  return {
    low: successes === 0 ? 0 : (centre - half) / scale,
    high: successes === n ? 1 : (centre + half) / scale,
  };
}

/** Clopper and Pearson's exact interval (1934): never too narrow, often too wide. */
export function clopperPearson(successes: number, n: number, level = 0.95): Computed<Interval> {
  if (n === 0) return notComputed("there are no observations");
  const tail = (1 - level) / 2;
  return {
    low: successes === 0 ? 0 : betaQuantile(tail, successes, n - successes + 1),
    high: successes === n ? 1 : betaQuantile(1 - tail, successes + 1, n - successes),
  };
}
