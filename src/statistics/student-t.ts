/** Student's t distribution, through the incomplete beta function (A&S 26.7.1). */
import { betaCdf, bisect } from "./beta.ts";

/** P(|T| ≥ |t|). */
export function tTwoSided(t: number, df: number): number {
  return betaCdf(df / (df + t * t), df / 2, 0.5);
}

/** The t with P(T ≤ t) = p, 0.5 ≤ p < 1. */
export function tQuantile(p: number, df: number): number {
  if (p === 0.5) return 0;
  return bisect((t) => 1 - tTwoSided(t, df) / 2 - p, 0, 1e6);
}
