/** What calls cost, and what a call that is about to be made may cost. The prices themselves are given from outside. */
import { inputOf, type ModelTokens } from "../contract/model-call.ts";
import type { RequestFacts } from "./request-facts.ts";

/** Of one call of a model; unlike ModelTokens everything is known. */
export interface PricedTokens {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly cacheWriteHour: number;
  readonly output: number;
}

/** US dollars for these tokens; null = the model's price is not known. */
export type PriceOf = (model: string) => ((tokens: PricedTokens) => number) | null;

export interface Amount {
  /** Null = not known. */
  readonly usd: number | null;
  readonly tokens: number;
}

/** @returns null when the price or what was counted is not known */
export function costOfCall(model: string | null, tokens: ModelTokens | null, priceOf: PriceOf): number | null {
  if (model === null || tokens === null || tokens.input === null || tokens.output === null) return null;
  const { input, output, cacheRead, cacheWrite, cacheWriteHour } = tokens;
  const price = priceOf(model);
  return (
    price?.({
      input,
      output,
      cacheRead: cacheRead ?? 0,
      cacheWrite: cacheWrite ?? 0,
      cacheWriteHour: cacheWriteHour ?? 0,
    }) ?? null
  );
}

/** Text and JSON have some four bytes a token; fewer here, so that the estimate is rather high. */
const BYTES_PER_TOKEN = 3;
/** Of a model whose request says nothing, before any answer of it was seen. */
const OUTPUT_UNKNOWN = 32_000;

/** What answers have been so far, by model: an estimate by `max_tokens` alone would let almost no two calls run at once. */
export interface OutputHistory {
  saw(model: string, output: number): void;
  /** Null = nothing yet. */
  largest(model: string): number | null;
}

export function createOutputHistory(): OutputHistory {
  const largest = new Map<string, number>();
  return {
    saw: (model, output) => void largest.set(model, Math.max(output, largest.get(model) ?? 0)),
    largest: (model) => largest.get(model) ?? null,
  };
}

/** Input by the request's size at the full price, output by what it allows, but no more than twice the largest answer so far. */
export function estimate(facts: RequestFacts, priceOf: PriceOf, history: OutputHistory): Amount {
  const model = facts.model ?? "";
  const seen = history.largest(model);
  const allowed = facts.maxOutput ?? OUTPUT_UNKNOWN;
  const output = seen === null ? allowed : Math.min(allowed, Math.max(1000, 2 * seen));
  const input = Math.ceil(facts.bytes / BYTES_PER_TOKEN);
  const price = priceOf(model);
  return {
    usd: price?.({ input, output, cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0 }) ?? null,
    tokens: input + output,
  };
}

export function amountOf(tokens: ModelTokens | null, usd: number | null): Amount {
  return { usd, tokens: inputOf(tokens) + (tokens?.output ?? 0) };
}
