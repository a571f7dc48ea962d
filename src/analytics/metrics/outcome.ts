/** What the verifier said. */
import type { Metric } from "./metric.ts";

export const OUTCOME: readonly Metric[] = [
  {
    name: "reward",
    unit: "reward",
    definition:
      "The reward named by `reward_key` (`reward` by default), else the only one there is. Only of scored trials, however the agent ended.",
    source: "result.json, verifier_result.rewards",
    compute: ({ reward }) => reward,
  },
  {
    name: "success",
    unit: "0 or 1",
    definition: "1 when the reward is at least `success_at` (1 by default), else 0. Only of scored trials.",
    source: "result.json, verifier_result.rewards",
    compute: ({ success }) => success,
  },
];
