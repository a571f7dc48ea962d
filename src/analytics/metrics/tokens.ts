/** Tokens and cost. How messages and totals are weighed against each other is in reading/usage.ts. */
import { from, notComputed } from "../known.ts";
import type { Metric } from "./metric.ts";

const source = "agent/trajectory.json, metrics of its steps; else its final_metrics; else result.json, agent_result";

export const TOKENS: readonly Metric[] = [
  {
    name: "tokens_input",
    unit: "tokens",
    definition:
      "Tokens the model read, cached ones included, each message counted once. A 0 of an agent with a model is not computed: agents write it where they do not know.",
    source,
    compute: ({ usage }) => usage.input,
  },
  {
    name: "tokens_output",
    unit: "tokens",
    definition:
      "Tokens the model wrote, each message counted once. A 0 of an agent with a model is not computed: agents write it where they do not know.",
    source,
    compute: ({ usage }) => usage.output,
  },
  {
    name: "tokens_cached",
    unit: "tokens",
    definition: "Of tokens_input, those read from the provider's cache.",
    source,
    compute: ({ usage }) => usage.cached,
  },
  {
    name: "tokens_total",
    unit: "tokens",
    definition: "tokens_input + tokens_output.",
    source,
    compute: ({ usage }) => from([usage.input, usage.output], (input, output) => input + output),
  },
  {
    name: "tokens_disagreement",
    unit: "ratio",
    definition:
      "|sum over the messages − the agent's own total| / total, the worse of input and output. Above 0.01 the trial is listed with both numbers.",
    source: "agent/trajectory.json, metrics of its steps against its final_metrics, else against result.json",
    compute: ({ usage }) => usage.disagreement,
  },
  {
    name: "cost_usd",
    unit: "USD",
    definition: "What the agent says the model calls cost. Nothing is estimated from prices.",
    source,
    compute: ({ usage }) => usage.costUsd,
  },
  {
    name: "token_efficiency",
    unit: "reward/Mtoken",
    definition: "reward per million tokens: reward / (tokens_total / 1,000,000).",
    source,
    compute: ({ usage, reward }) =>
      from([reward, usage.input, usage.output], (value, input, output) =>
        input + output === 0 ? notComputed("no token was used") : value / ((input + output) / 1e6),
      ),
  },
];
