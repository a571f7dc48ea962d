/** The standard normal distribution. */
import { bisect } from "./beta.ts";

/** P(Z ≤ z): the complementary error function by its continued fraction far out and its series near 0 (A&S 7.1.6, 7.1.14). */
export function normalCdf(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const tail = x < 2.5 ? (1 - erfSeries(x)) / 2 : erfcFraction(x) / 2;
  return z > 0 ? 1 - tail : tail;
}

function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
    if (term < sum * 1e-17) break;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

function erfcFraction(x: number): number {
  let value = x;
  for (let k = 120; k >= 1; k--) value = x + k / 2 / value;
  return Math.exp(-x * x) / (value * Math.sqrt(Math.PI));
}

/** The z with P(Z ≤ z) = p, 0 < p < 1. */
export function normalQuantile(p: number): number {
  if (p === 0.5) return 0;
  return p > 0.5 ? -normalQuantile(1 - p) : bisect((z) => normalCdf(z) - p, -40, 0);
}
