/** `[analysis]`. */
import { z } from "zod";
import { ANALYSIS_DEFAULTS } from "../defaults.ts";
import { line } from "./values.ts";
import { option } from "./words.ts";

export const analysisTable = z.strictObject({
  control: option(z.string(), {
    description: "The profile that all others are compared with. Without it all pairs are, which needs more evidence.",
    expected: "the key of a profile",
  }),
  margin: option(z.number().gt(0).max(1000), {
    description: "Profiles whose mean rewards differ by less than this count as equivalent.",
    expected: "a number above 0",
    default: ANALYSIS_DEFAULTS.margin,
  }),
  alpha: option(z.number().gt(0).lt(0.5), {
    description: "Chance of a false alarm that is accepted, over all comparisons together.",
    expected: "a number above 0 and below 0.5",
    default: ANALYSIS_DEFAULTS.alpha,
  }),
  reward_key: option(line, {
    description: "Which of a verifier's rewards counts; where there is only one, that one does.",
    expected: "the name of a reward",
    default: ANALYSIS_DEFAULTS.reward_key,
  }),
  success_at: option(z.number(), {
    description: "A reward of at least this is a success.",
    expected: "a number",
    default: ANALYSIS_DEFAULTS.success_at,
  }),
});
