/**
 * McNemar's test of paired yes-or-no results: only pairs that differ count. Exact binomial and mid-p (Fagerland, Lydersen & Laake 2013).
 */
import { logChoose } from "./log-gamma.ts";

export interface PairTable {
  readonly both: number;
  readonly onlyA: number;
  readonly onlyB: number;
  readonly neither: number;
}

export interface McNemar {
  readonly exact: number;
  /** Closer to the stated level on average, and sometimes above it. */
  readonly midP: number;
}

export function mcnemar({ onlyA, onlyB }: Pick<PairTable, "onlyA" | "onlyB">): McNemar {
  const n = onlyA + onlyB;
  if (n === 0) return { exact: 1, midP: 1 };
  const least = Math.min(onlyA, onlyB);
  const point = (k: number): number => Math.exp(logChoose(n, k) - n * Math.LN2);
  let tail = 0;
  for (let k = 0; k <= least; k++) tail += point(k);
  return { exact: Math.min(1, 2 * tail), midP: Math.min(1, 2 * tail - point(least)) };
}
