/** `[gateway]` and `[budget]`. */
import { z } from "zod";
import { GATEWAY_DEFAULTS } from "../defaults.ts";
import { line } from "./values.ts";
import { described, element, option } from "./words.ts";

const dollarsPerMillion = z.number().min(0).max(100_000);
const dollarsExpected = "US dollars for a million tokens";

const priceTable = z.strictObject({
  input: described(dollarsPerMillion, { description: "Input, nothing of it cached.", expected: dollarsExpected }),
  output: described(dollarsPerMillion, { description: "Output, with reasoning.", expected: dollarsExpected }),
  cache_read: option(dollarsPerMillion, {
    description: "Input read from a cache. Default: as input.",
    expected: dollarsExpected,
  }),
  cache_write: option(dollarsPerMillion, {
    description: "Input written to a cache. Default: as input.",
    expected: dollarsExpected,
  }),
});

export const gatewayTable = z.strictObject({
  mode: option(z.enum(["on", "off", "record"]), {
    description:
      "on: models are called through a proxy on this machine, which keeps keys out of sandboxes, counts and keeps budgets; record: it also keeps what was asked and answered; off: agents get the keys and call by themselves.",
    expected: '"on", "off" or "record"',
    default: GATEWAY_DEFAULTS.mode,
  }),
  prices: option(
    z.record(
      element(line, { expected: "the name of a model" }),
      element(priceTable, { expected: "a table such as { input = 1.0, output = 5.0 }" }),
    ),
    {
      description: "Prices of models that the built-in table does not have, by the name that is asked for.",
      expected: 'a table such as { "my/model" = { input = 1.0, output = 5.0 } }',
    },
  ),
});

const dollars = z.number().gt(0).max(10_000_000);
const tokens = z.int().min(1).max(1_000_000_000_000);

export const budgetTable = z.strictObject({
  max_cost_usd: option(dollars, {
    description: "What the whole batch may cost; then nothing new starts, and agents that run get no more answers.",
    expected: "US dollars above 0",
  }),
  per_trial_usd: option(dollars, {
    description: "What a trial may cost, with all its tries; then its agent gets no more answers, and is verified.",
    expected: "US dollars above 0",
  }),
  per_profile_usd: option(dollars, {
    description: "What all trials of a profile may cost; then nothing new starts, of no profile.",
    expected: "US dollars above 0",
  }),
  max_tokens: option(tokens, {
    description: "Tokens that the whole batch may use: input, however cached, and output.",
    expected: "a whole number above 0",
    integer: true,
  }),
  per_trial_tokens: option(tokens, {
    description: "Tokens that a trial may use, with all its tries.",
    expected: "a whole number above 0",
    integer: true,
  }),
});
