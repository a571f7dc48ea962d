/** p-values of a family of tests, adjusted so that they can be held against the level of one. The order is kept. */

/** Holm (1979): keeps the chance of any false alarm; for a family that was declared beforehand. */
export function holm(ps: readonly number[]): readonly number[] {
  const order = ascending(ps);
  const adjusted: number[] = Array.from({ length: ps.length }, () => 1);
  let running = 0;
  for (const [rank, index] of order.entries()) {
    running = Math.max(running, Math.min(1, (ps.length - rank) * (ps[index] ?? 1)));
    adjusted[index] = running;
  }
  return adjusted;
}

/** Benjamini & Hochberg (1995): keeps the share of false alarms among the findings; for looking around. */
export function benjaminiHochberg(ps: readonly number[]): readonly number[] {
  const order = ascending(ps);
  const adjusted: number[] = Array.from({ length: ps.length }, () => 1);
  let running = 1;
  for (const [rank, index] of [...order.entries()].toReversed()) {
    running = Math.min(running, (ps.length / (rank + 1)) * (ps[index] ?? 1));
    adjusted[index] = running;
  }
  return adjusted;
}

function ascending(ps: readonly number[]): readonly number[] {
  return ps.map((_, index) => index).toSorted((a, b) => (ps[a] ?? 0) - (ps[b] ?? 0) || a - b);
}
