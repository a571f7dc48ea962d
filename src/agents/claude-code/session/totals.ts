/**
 * Tokens and cost of a trial: the sum over the messages, checked against the CLI's own `result` event.
 *
 * The CLI prices models it does not know like Opus: its cost counts only when all of its models are in our table.
 */
import type { Usage } from "../../../contract/trial-record.ts";
import { costOf, priceOf, PRICES_AS_OF } from "../../prices.ts";
import type { ModelUsage, ResultEvent } from "./event-stream.ts";
import { type CountedMessage, inputOf } from "./message-usage.ts";

export interface Totals {
  readonly usage: Usage | null;
  readonly costSource: "agent" | "price-table" | null;
  readonly remarks: readonly string[];
}

interface Sums {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

export function totalsOf(messages: readonly CountedMessage[], result: ResultEvent | null): Totals {
  const remarks: string[] = [];
  const known = messages.filter(({ tokens }) => tokens !== null);
  const told = result?.modelUsage ?? null;
  const claimed = told === null ? null : sumOfResult(told);
  const begun = messages.filter(({ tokens, certainty }) => tokens === null || certainty === "begun").length;
  const provisional = messages.filter(({ tokens, certainty }) => tokens !== null && certainty === "provisional").length;
  const summed = known.length === 0 ? null : sumOf(known);
  const useClaimed = claimed !== null && (summed === null || begun > 0);
  const sums = useClaimed ? claimed : summed;
  if (begun > 0) {
    const rest = useClaimed ? "the sums of the agent's result event are used" : "the sums are lower bounds";
    remarks.push(`${begun} of ${messages.length} messages have no final token counts; ${rest}`);
  }
  if (provisional > 0) {
    remarks.push(`${provisional} messages were recorded without a stop reason: their output tokens are lower bounds`);
  }
  if (claimed !== null && summed !== null && !useClaimed)
    remarks.push(...disagreement(summed, claimed, messages, told ?? []));
  if (sums === null) return { usage: null, costSource: null, remarks };
  const cost = costFor(messages, result, begun + provisional > 0);
  if (cost.remark !== null) remarks.push(cost.remark);
  const usage = { inputTokens: sums.input, cachedTokens: sums.cached, outputTokens: sums.output, costUsd: cost.usd };
  return { usage, costSource: cost.source, remarks };
}

export function sumOf(messages: readonly CountedMessage[]): Sums {
  const sums = { input: 0, cached: 0, output: 0 };
  for (const { tokens, certainty } of messages) {
    if (tokens === null) continue;
    sums.input += inputOf(tokens);
    sums.cached += tokens.cacheRead;
    if (certainty !== "begun") sums.output += tokens.output;
  }
  return sums;
}

function sumOfResult(models: readonly ModelUsage[]): Sums {
  const sums = { input: 0, cached: 0, output: 0 };
  for (const { input, output, cacheRead, cacheWrite } of models) {
    sums.input += input + cacheRead + cacheWrite;
    sums.cached += cacheRead;
    sums.output += output;
  }
  return sums;
}

function disagreement(
  summed: Sums,
  claimed: Sums,
  messages: readonly CountedMessage[],
  told: readonly ModelUsage[],
): string[] {
  if (summed.input === claimed.input && summed.output === claimed.output && summed.cached === claimed.cached) return [];
  const text = ({ input, cached, output }: Sums): string => `${input} in (${cached} cached) and ${output} out`;
  const ours = new Set(messages.map(({ model }) => model));
  const missing = told.map(({ model }) => model).filter((model) => !ours.has(model));
  const why = missing.length > 0 ? `; no recorded message is of ${missing.join(", ")}` : "";
  return [
    `tokens: the recorded messages add up to ${text(summed)}, the agent's result event says ${text(claimed)}${why}; the messages are counted`,
  ];
}

interface Cost {
  readonly usd: number | null;
  readonly source: Totals["costSource"];
  readonly remark: string | null;
}

function costFor(messages: readonly CountedMessage[], result: ResultEvent | null, uncertain: boolean): Cost {
  const told = result?.modelUsage ?? null;
  if (result !== null && result.costUsd !== null && told !== null) {
    const unknown = told.filter(({ model }) => priceOf(model) === null).map(({ model }) => model);
    if (unknown.length === 0) return { usd: result.costUsd, source: "agent", remark: null };
    const remark = `cost: unknown, for ${unknown.join(", ")} is in no price table; the agent says ${result.costUsd} USD, but it prices models that it does not know like Opus`;
    return { usd: null, source: null, remark };
  }
  let usd = 0;
  for (const { model, tokens } of messages) {
    const price = model === null ? null : priceOf(model);
    if (price === null) {
      return {
        usd: null,
        source: null,
        remark: `cost: unknown, for ${model ?? "a model without a name"} is in no price table`,
      };
    }
    if (tokens !== null) usd += costOf(price, tokens);
  }
  const remark = uncertain ? `cost: a lower bound, from list prices of ${PRICES_AS_OF}` : null;
  return messages.length === 0 ? { usd: null, source: null, remark: null } : { usd, source: "price-table", remark };
}
