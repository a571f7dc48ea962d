/**
 * The sign-flip permutation test of paired differences: were the two arms alike, each difference might as well have had the other
 * sign. Exact up to 2^20 patterns, sampled beyond. Two-sided; a pattern as extreme as what was seen counts.
 */
import { type Computed, notComputed } from "./computed.ts";
import { seededRandom } from "./random.ts";

const EXACT_UP_TO = 20;
const SAMPLES = 100_000;
/** Sums of the same terms in another order may differ in the last digits, and are equal all the same. */
const TOLERANCE = 1e-9;

export interface SignFlip {
  readonly p: number;
  readonly exact: boolean;
  /** Patterns that were looked at. */
  readonly patterns: number;
}

/** @param seed of the sample; without effect where the test is exact */
export function signFlip(differences: readonly number[], seed = 1): Computed<SignFlip> {
  // A difference of nothing is the same under both signs: it doubles every count and changes no proportion.
  const sizes = differences.filter((value) => value !== 0).map(Math.abs);
  if (differences.length === 0) return notComputed("there are no shared tasks");
  if (sizes.length === 0) return { p: 1, exact: true, patterns: 1 };
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const seen = Math.abs(differences.reduce((sum, value) => sum + value, 0)) - TOLERANCE * total;
  return sizes.length <= EXACT_UP_TO ? enumerate(sizes, seen) : sample(sizes, seen, seed);
}

/** In Gray code order: from one pattern to the next a single sign changes. */
function enumerate(sizes: readonly number[], seen: number): SignFlip {
  const patterns = 2 ** sizes.length;
  const signs = sizes.map(() => 1);
  let sum = sizes.reduce((total, size) => total + size, 0);
  let extreme = 0;
  for (let index = 1; ; index++) {
    if (Math.abs(sum) >= seen) extreme += 1;
    if (index === patterns) break;
    const flip = Math.log2(index & -index);
    const sign = signs[flip] ?? 1;
    sum -= 2 * sign * (sizes[flip] ?? 0);
    signs[flip] = -sign;
  }
  return { p: extreme / patterns, exact: true, patterns };
}

/** One is added for what was seen, which is a pattern too: so p is never 0. */
function sample(sizes: readonly number[], seen: number, seed: number): SignFlip {
  const random = seededRandom(seed);
  let extreme = 1;
  for (let round = 0; round < SAMPLES; round++) {
    let sum = 0;
    for (const size of sizes) sum += random.bit() === 0 ? size : -size;
    if (Math.abs(sum) >= seen) extreme += 1;
  }
  return { p: extreme / (SAMPLES + 1), exact: false, patterns: SAMPLES };
}
