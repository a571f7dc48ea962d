/** Which reward counts, and from where on it is a success. */
import { type Outcome, rewardOf } from "./outcome.ts";

export interface RewardRule {
  readonly key: string;
  readonly successAt: number;
}

/** Where an experiment says nothing, and for jobs that are nobody's experiment. */
export const DEFAULT_RULE: RewardRule = { key: "reward", successAt: 1 };

/** Both null where the trial was not scored, or its rewards do not tell which one counts. */
export function judged(
  outcome: Outcome,
  { key, successAt }: RewardRule,
): { readonly reward: number | null; readonly success: boolean | null } {
  const found = outcome.kind === "scored" ? rewardOf(outcome.rewards, key) : null;
  if (found === null || !("reward" in found)) return { reward: null, success: null };
  return { reward: found.reward, success: found.reward >= successAt };
}
