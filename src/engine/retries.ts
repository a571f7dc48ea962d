import type { Outcome } from "../contract/outcome.ts";
import { ruleFor } from "./failure-table.ts";

const FIRST_DELAY_SEC = 1;
const LONGEST_DELAY_SEC = 60;

/**
 * Whether a trial gets another try, and after how long: exponential with full jitter in the upper half
 * (a delay d is drawn from [d/2, d]), so that trials felled together do not come back together.
 *
 * @param tryNumber the try that just ended, from 1
 * @param random in [0, 1)
 * @returns seconds, or null for no further try
 */
export function retryDelay(outcome: Outcome, tryNumber: number, retries: number, random: number): number | null {
  if (outcome.kind !== "not-scored" || tryNumber > retries) return null;
  if (!ruleFor(outcome.failure.code).retry) return null;
  const longest = Math.min(LONGEST_DELAY_SEC, FIRST_DELAY_SEC * 2 ** (tryNumber - 1));
  return longest / 2 + (random * longest) / 2;
}
