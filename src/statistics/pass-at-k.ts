/** How likely k attempts at a task are to bring one success, or nothing but successes, from n attempts with c successes. */

/** pass@k = 1 − C(n−c, k)/C(n, k), unbiased (Chen et al. 2021, arXiv 2107.03374). null = fewer than k attempts. */
export function passAtK(n: number, c: number, k: number): number | null {
  if (n < k) return null;
  return 1 - ratio(n - c, n, k);
}

/** pass^k = C(c, k)/C(n, k) (τ-bench, arXiv 2406.12045). null = fewer than k attempts. */
export function passHatK(n: number, c: number, k: number): number | null {
  if (n < k) return null;
  return ratio(c, n, k);
}

/** C(m, k)/C(n, k) as a product, exact where factorials would overflow. */
function ratio(m: number, n: number, k: number): number {
  if (m < k) return 0;
  let product = 1;
  for (let index = 0; index < k; index++) product *= (m - index) / (n - index);
  return product;
}
