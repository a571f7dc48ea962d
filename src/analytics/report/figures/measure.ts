/** What trials cost in money, tokens and time: how each is named, read and shown. */
import type { Observation } from "../../analysis.ts";
import { amount, dollars, duration } from "../shown-numbers.ts";

export interface Measure {
  /** In ids of figures and names of columns. */
  readonly key: "cost" | "tokens" | "time";
  readonly column: string;
  readonly title: string;
  readonly axis: string;
  readonly of: (seen: Observation) => number | null;
  readonly shown: (value: number) => string;
  /** Where ticks of a logarithmic axis may be, and how far apart those of a linear one; undefined = 1, 2 and 5 of every power of ten. */
  readonly steps?: readonly number[];
}

export const COST: Measure = {
  key: "cost",
  column: "cost_usd",
  title: "Cost",
  axis: "US dollars per trial",
  of: ({ costUsd }) => costUsd,
  shown: dollars,
};

export const TOKENS: Measure = {
  key: "tokens",
  column: "tokens_total",
  title: "Tokens",
  axis: "tokens per trial, input and output",
  of: ({ tokens }) => tokens,
  shown: amount,
};

export const TIME: Measure = {
  key: "time",
  column: "agent_sec",
  title: "Time",
  axis: "time of the agent's run",
  of: ({ seconds }) => seconds,
  shown: duration,
  steps: [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 18_000, 36_000, 86_400],
};
