/**
 * One call of a model through the gateway, as a line of a trial's `.regatta/model-calls.jsonl`, and what calls add up to.
 *
 * Unknown is null, never 0: a stream that was cut before the provider said what it counted has no figures.
 */

export type ModelProvider = "anthropic" | "openai";

/** What an agent inside a sandbox uses in place of the provider's address and key. */
export interface ModelAccess {
  readonly provider: ModelProvider;
  /** As the provider's own clients take it: Anthropic's without `/v1`, OpenAI's with it. */
  readonly baseUrl: string;
  /** Good for one try of one trial, at this provider. */
  readonly token: string;
  /** False = the calls end up at another address than the provider's own, which may not have all its models. */
  readonly own: boolean;
}

/** What an agent needs of a gateway. */
export interface ModelNeed {
  readonly provider: ModelProvider;
  /** Variables that may hold the key, the preferred one first. None of them enters the sandbox with the key in it. */
  readonly keyNames: readonly string[];
  /** The variable that may hold another address than the provider's own. It does not enter the sandbox either. */
  readonly urlName: string;
  /** Variables that mean another way to the model, such as Bedrock: with one of them it goes without the gateway. */
  readonly otherWays: readonly string[];
  /** Credentials for other ways, of no use with the gateway: they stay outside, too. */
  readonly otherKeys: readonly string[];
}

export interface ModelTokens {
  /** Neither read from nor written to a cache. */
  readonly input: number | null;
  readonly cacheRead: number | null;
  /** Kept for as long as the provider keeps it by default. */
  readonly cacheWrite: number | null;
  /** Anthropic's cache of one hour. */
  readonly cacheWriteHour: number | null;
  /** With reasoning. */
  readonly output: number | null;
  /** Of the output; null where the provider does not say. */
  readonly reasoning: number | null;
}

export type CallEnding =
  /** The whole answer went through, whatever its status. */
  | "complete"
  | "cut-by-provider"
  | "cut-by-client"
  /** The trial was over. */
  | "cut-by-end"
  /** By the gateway, nothing was sent to the provider; `error` says why. */
  | "refused"
  /** No answer of the provider's could be had. */
  | "failed";

/** Names are stored: add, never rename. */
export interface ModelCall {
  /** ISO 8601, UTC: when the request was there. */
  readonly at: string;
  /** From 1, in the order in which calls came. */
  readonly seq: number;
  readonly provider: ModelProvider;
  /** `messages`, `count_tokens`, `responses`, `compact`, `chat`, `models`. */
  readonly endpoint: string;
  readonly model_asked: string | null;
  readonly model_served: string | null;
  readonly stream: boolean;
  /** What the client got; null when it left before. */
  readonly status: number | null;
  readonly ended: CallEnding;
  /** Attempts at the provider beyond the first. */
  readonly retries: number;
  /** Held back here: for a budget, for the account's limit, between attempts. */
  readonly waited_ms: number;
  /** From the request being there to the first byte of the answer. */
  readonly first_byte_ms: number | null;
  readonly total_ms: number;
  readonly tokens: ModelTokens | null;
  /** By the price table; null = the price or a count is not known. */
  readonly cost_usd: number | null;
  /** What the request asked of reasoning, in the provider's words: `thinking`, `output_config`, `reasoning`, … */
  readonly reasoning: Readonly<Record<string, unknown>> | null;
  /** The provider's name for what went wrong, or ours. */
  readonly error: string | null;
  /** The provider's, for its support. */
  readonly request_id: string | null;
}

/** Sums over calls. A null is a sum with an unknown part. */
export interface ModelSpend {
  readonly calls: number;
  /** Calls that took something and of which not all is known: the sums are lower bounds then. */
  readonly unmetered: number;
  /** All input: fresh, read from and written to a cache. */
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  /** Null when a call had tokens of a model without a price. */
  readonly costUsd: number | null;
  /** Models that answered, each once. */
  readonly models: readonly string[];
}

export type BudgetLevel = "trial" | "profile" | "batch";

export const NO_SPEND: ModelSpend = {
  calls: 0,
  unmetered: 0,
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  costUsd: 0,
  models: [],
};

/** Endpoints that cost nothing are no calls of a model. */
export function isFree(endpoint: string): boolean {
  return endpoint === "count_tokens" || endpoint === "models";
}

export function withCall(spend: ModelSpend, call: ModelCall): ModelSpend {
  if (isFree(call.endpoint) || call.ended === "refused") return spend;
  const { tokens } = call;
  const answered = call.status !== null && call.status < 400;
  const partly = tokens === null || tokens.input === null || tokens.output === null;
  const models = call.model_served === null ? spend.models : [...new Set([...spend.models, call.model_served])];
  const unpriced = tokens !== null && call.cost_usd === null;
  return {
    calls: spend.calls + 1,
    unmetered: spend.unmetered + (answered && partly ? 1 : 0),
    inputTokens: spend.inputTokens + inputOf(tokens),
    cacheReadTokens: spend.cacheReadTokens + (tokens?.cacheRead ?? 0),
    cacheWriteTokens: spend.cacheWriteTokens + (tokens?.cacheWrite ?? 0) + (tokens?.cacheWriteHour ?? 0),
    outputTokens: spend.outputTokens + (tokens?.output ?? 0),
    costUsd: unpriced || spend.costUsd === null ? null : spend.costUsd + (call.cost_usd ?? 0),
    models,
  };
}

/** All input that is known. */
export function inputOf(tokens: ModelTokens | null): number {
  if (tokens === null) return 0;
  return (tokens.input ?? 0) + (tokens.cacheRead ?? 0) + (tokens.cacheWrite ?? 0) + (tokens.cacheWriteHour ?? 0);
}
