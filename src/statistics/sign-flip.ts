/**
 * The sign-flip permutation test of paired differences: were the two arms alike, each difference might as well have had the other
 * sign. Exact wherever all differences are multiples of one step, as those of rewards of 0 and 1 are with any number of attempts:
 * their sums are counted instead of their patterns. Exact, too, up to 2^20 patterns; sampled beyond. Two-sided; a pattern as
 * extreme as what was seen counts.
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
  /** Patterns that were looked at, or counted. */
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
  const steps = inSteps(sizes);
  if (steps !== null) return countSums(steps.sizes, seen * steps.perUnit, sizes.length);
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

/** Steps of a half to a 360th; beyond some sum counting them would be no faster than drawing. */
const FINEST = 360;
const MOST_STEPS = 200_000;

function inSteps(sizes: readonly number[]): { readonly sizes: readonly number[]; readonly perUnit: number } | null {
  for (let perUnit = 1; perUnit <= FINEST; perUnit++) {
    const steps = sizes.map((size) => Math.round(size * perUnit));
    if (!sizes.every((size, at) => Math.abs(size * perUnit - (steps[at] ?? 0)) < 1e-9 * perUnit)) continue;
    return steps.reduce((sum, step) => sum + step, 0) <= MOST_STEPS ? { sizes: steps, perUnit } : null;
  }
  return null;
}

/** The share of patterns at each sum of the positive ones, one size after the other. */
function countSums(sizes: readonly number[], seen: number, differences: number): SignFlip {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const share = new Float64Array(total + 1);
  share[0] = 1;
  let top = 0;
  for (const size of sizes) {
    top += size;
    for (let sum = top; sum >= 0; sum--) {
      share[sum] = ((share[sum] ?? 0) + (sum >= size ? (share[sum - size] ?? 0) : 0)) / 2;
    }
  }
  let p = 0;
  for (let sum = 0; sum <= total; sum++) if (Math.abs(2 * sum - total) >= seen) p += share[sum] ?? 0;
  return { p: Math.min(1, p), exact: true, patterns: 2 ** differences };
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
