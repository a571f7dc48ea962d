/** Plain sums: standard deviation, quantiles. */
import { type Computed, notComputed } from "./computed.ts";

/** Compensated (Neumaier): the result does not depend on the order of values of very different size more than it must. */
export function sum(values: readonly number[]): number {
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total + lost;
}

/** Of a sample: n − 1 in the denominator. */
export function standardDeviation(values: readonly number[]): Computed<number> {
  if (values.length < 2) return notComputed("it takes two values to differ");
  const centre = sum(values) / values.length;
  return Math.sqrt(sum(values.map((value) => (value - centre) ** 2)) / (values.length - 1));
}

/** Linear between the order statistics (type 7 of Hyndman & Fan 1996, R's and NumPy's default). */
export function quantile(values: readonly number[], p: number): Computed<number> {
  if (values.length === 0) return notComputed("there are no values");
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * p;
  const low = sorted[Math.floor(at)] ?? 0;
  const high = sorted[Math.ceil(at)] ?? 0;
  return low + (high - low) * (at - Math.floor(at));
}
