/**
 * Wilcoxon's signed-rank test of paired values: the ranks of the differences' sizes, differences of nothing left out, equal sizes
 * sharing their mean rank. Exact over all signs up to 50 differences, with the normal approximation and its continuity and tie
 * corrections beyond.
 */
import { type Computed, notComputed } from "./computed.ts";
import { normalCdf } from "./normal.ts";

const EXACT_UP_TO = 50;

export interface Wilcoxon {
  /** Sum of the ranks of the positive differences. */
  readonly wPlus: number;
  readonly wMinus: number;
  /** Differences that are not nothing. */
  readonly n: number;
  /** Two-sided. */
  readonly p: number;
  readonly exact: boolean;
}

export function wilcoxon(differences: readonly number[]): Computed<Wilcoxon> {
  const used = differences.filter((value) => value !== 0);
  if (used.length === 0) return notComputed("there is no difference in any pair");
  const ranks = meanRanks(used.map(Math.abs));
  const wPlus = used.reduce((sum, value, index) => sum + (value > 0 ? (ranks[index] ?? 0) : 0), 0);
  const total = (used.length * (used.length + 1)) / 2;
  const common = { wPlus, wMinus: total - wPlus, n: used.length };
  return used.length <= EXACT_UP_TO
    ? { ...common, p: exactP(ranks, wPlus), exact: true }
    : { ...common, p: normalP(ranks, wPlus, total), exact: false };
}

function meanRanks(sizes: readonly number[]): readonly number[] {
  const order = sizes.map((_, index) => index).toSorted((a, b) => (sizes[a] ?? 0) - (sizes[b] ?? 0));
  const ranks: number[] = Array.from({ length: sizes.length }, () => 0);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && sizes[order[to] ?? 0] === sizes[order[from] ?? 0]) to += 1;
    for (let at = from; at < to; at++) ranks[order[at] ?? 0] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}

/** Counts sign patterns by their sum, in halves of a rank: mean ranks are whole or half numbers. */
function exactP(ranks: readonly number[], wPlus: number): number {
  const doubled = ranks.map((rank) => Math.round(2 * rank));
  const top = doubled.reduce((sum, rank) => sum + rank, 0);
  const share = new Float64Array(top + 1);
  share[0] = 1;
  for (const rank of doubled) {
    for (let sum = top; sum >= 0; sum--) {
      share[sum] = ((share[sum] ?? 0) + (sum >= rank ? (share[sum - rank] ?? 0) : 0)) / 2;
    }
  }
  const least = Math.min(Math.round(2 * wPlus), top - Math.round(2 * wPlus));
  let tail = 0;
  for (let sum = 0; sum <= least; sum++) tail += share[sum] ?? 0;
  return Math.min(1, 2 * tail);
}

function normalP(ranks: readonly number[], wPlus: number, total: number): number {
  const variance = ranks.reduce((sum, rank) => sum + rank * rank, 0) / 4;
  const away = Math.max(0, Math.abs(wPlus - total / 2) - 0.5);
  return Math.min(1, 2 * (1 - normalCdf(away / Math.sqrt(variance))));
}
