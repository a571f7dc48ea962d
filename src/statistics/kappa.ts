/**
 * Agreement of two raters beyond chance: Cohen's kappa (1960), weighted for ordered categories (1968), with the large-sample
 * standard error of Fleiss, Cohen and Everitt (1969).
 */
import { type Computed, type Interval, notComputed } from "./computed.ts";
import { normalQuantile } from "./normal.ts";

export interface Kappa {
  readonly kappa: number;
  readonly n: number;
  /** Shares of (weighted) agreement: seen, and expected of raters who guess by their own habits. */
  readonly observed: number;
  readonly expected: number;
  readonly se: number;
  /** 95 %, cut at −1 and 1. */
  readonly interval: Interval;
}

/**
 * @param categories all of them, in their order where the weights are quadratic
 * @param weights none: only the same counts; quadratic: 1 − (distance / greatest distance)²
 */
export function cohensKappa(
  pairs: readonly (readonly [string, string])[],
  categories: readonly string[],
  weights: "none" | "quadratic" = "none",
): Computed<Kappa> {
  const n = pairs.length;
  if (n < 2) return notComputed(`${n === 0 ? "nothing" : "one trial alone"} is labelled by both`);
  const size = categories.length;
  const cells = categories.map(() => categories.map(() => 0));
  for (const [a, b] of pairs) {
    const [row, column] = [categories.indexOf(a), categories.indexOf(b)];
    if (row < 0 || column < 0) return notComputed(`"${row < 0 ? a : b}" is none of the categories`);
    (cells[row] as number[])[column] = (cells[row]?.[column] ?? 0) + 1 / n;
  }
  const rows = cells.map((row) => row.reduce((sum, share) => sum + share, 0));
  const columns = categories.map((_, at) => cells.reduce((sum, row) => sum + (row[at] ?? 0), 0));
  const weight = (a: number, b: number): number =>
    weights === "none" ? Number(a === b) : 1 - ((a - b) / (size - 1)) ** 2;
  let observed = 0;
  let expected = 0;
  for (let a = 0; a < size; a++) {
    for (let b = 0; b < size; b++) {
      observed += weight(a, b) * (cells[a]?.[b] ?? 0);
      expected += weight(a, b) * (rows[a] ?? 0) * (columns[b] ?? 0);
    }
  }
  if (1 - expected < 1e-12) return notComputed("both used one category alone, so that chance explains everything");
  const kappa = (observed - expected) / (1 - expected);
  const rowMeans = categories.map((_, a) => columns.reduce((sum, share, b) => sum + share * weight(a, b), 0));
  const columnMeans = categories.map((_, b) => rows.reduce((sum, share, a) => sum + share * weight(a, b), 0));
  let spread = 0;
  for (let a = 0; a < size; a++) {
    for (let b = 0; b < size; b++) {
      const term = weight(a, b) - ((rowMeans[a] ?? 0) + (columnMeans[b] ?? 0)) * (1 - kappa);
      spread += (cells[a]?.[b] ?? 0) * term ** 2;
    }
  }
  const variance = (spread - (kappa - expected * (1 - kappa)) ** 2) / (n * (1 - expected) ** 2);
  const se = Math.sqrt(Math.max(0, variance));
  const half = normalQuantile(0.975) * se;
  return {
    kappa,
    n,
    observed,
    expected,
    se,
    interval: { low: Math.max(-1, kappa - half), high: Math.min(1, kappa + half) },
  };
}
