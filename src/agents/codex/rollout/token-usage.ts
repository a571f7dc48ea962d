/**
 * Tokens of a thread. Codex says them twice: newer versions in a `token_usage_record` for each answer, all of them in
 * `token_count` events, which repeat the same sum whenever anything else about the limits changes.
 */
import type { AtifMetrics } from "../../atif/atif.ts";
import { count, nameOf, recordOf } from "../../atif/plain.ts";
import { newStep } from "../../atif/step-draft.ts";
import type { CallTokens } from "../../prices.ts";
import { addStep, type Conversation, type Reading } from "./conversation.ts";

/** Input includes cached, output includes reasoning: the provider's own counts. */
export interface CallUsage {
  readonly model: string | null;
  readonly input: number;
  readonly cached: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly reasoning: number;
}

type Tokens = Omit<CallUsage, "model">;

const NOTHING: Tokens = { input: 0, cached: 0, cacheWrite: 0, output: 0, reasoning: 0 };

export function usageRecord(reading: Reading, conversation: Conversation, payload: Record<string, unknown>): void {
  const usage = tokensIn(payload["usage"]);
  if (usage === null) {
    reading.leftOut.add("token_usage_record", "without numbers");
    return;
  }
  countAnswer(conversation, usage, nameOf(payload["response_id"]));
  conversation.total = tokensIn(payload["thread_token_usage"]) ?? plus(conversation.total, usage);
}

export function tokenCount(reading: Reading, conversation: Conversation, payload: Record<string, unknown>): void {
  const info = recordOf(payload["info"]);
  const total = tokensIn(info["total_token_usage"]);
  // A request that failed is counted with zeros.
  if (total === null || (conversation.total === null && same(total, NOTHING))) {
    reading.leftOut.add("event_msg/token_count", "without numbers");
    return;
  }
  if (conversation.total !== null && same(conversation.total, total)) {
    reading.leftOut.add("event_msg/token_count", "the same sum again");
    return;
  }
  countAnswer(conversation, tokensIn(info["last_token_usage"]) ?? minus(total, conversation.total), null);
  conversation.total = total;
}

function countAnswer(conversation: Conversation, usage: Tokens, responseId: string | null): void {
  if (conversation.copying) return;
  conversation.usages.push({ ...usage, model: conversation.model });
  let step = conversation.current;
  if (step === null || step.metrics !== null || step.copied) {
    // Such as the answer that a compaction asks for.
    step = addStep(conversation, newStep("agent", null));
    step.model = conversation.model;
    step.extra["note"] = "an answer of the model's of which the rollout holds nothing but its tokens";
    conversation.current = step;
  }
  step.metrics = metricsOf(usage);
  if (responseId !== null) step.extra["response_id"] = responseId;
  conversation.closed = true;
}

function metricsOf({ input, cached, cacheWrite, output, reasoning }: Tokens): AtifMetrics {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    cached_tokens: cached,
    extra: {
      reasoning_output_tokens: reasoning,
      ...(cacheWrite > 0 ? { cache_write_input_tokens: cacheWrite } : {}),
    },
  };
}

export function tokensIn(value: unknown): Tokens | null {
  const usage = recordOf(value);
  const input = count(usage["input_tokens"]);
  const output = count(usage["output_tokens"]);
  if (input === null && output === null) return null;
  return {
    input: input ?? 0,
    cached: count(usage["cached_input_tokens"]) ?? 0,
    cacheWrite: count(usage["cache_write_input_tokens"]) ?? 0,
    output: output ?? 0,
    reasoning: count(usage["reasoning_output_tokens"]) ?? 0,
  };
}

export function plus(a: Tokens | null, b: Tokens): Tokens {
  if (a === null)
    return { input: b.input, cached: b.cached, cacheWrite: b.cacheWrite, output: b.output, reasoning: b.reasoning };
  return {
    input: a.input + b.input,
    cached: a.cached + b.cached,
    cacheWrite: a.cacheWrite + b.cacheWrite,
    output: a.output + b.output,
    reasoning: a.reasoning + b.reasoning,
  };
}

function minus(a: Tokens, b: Tokens | null): Tokens {
  const of = (part: keyof Tokens): number => Math.max(0, a[part] - (b?.[part] ?? 0));
  return {
    input: of("input"),
    cached: of("cached"),
    cacheWrite: of("cacheWrite"),
    output: of("output"),
    reasoning: of("reasoning"),
  };
}

export function same(a: Tokens, b: Tokens): boolean {
  return a.input === b.input && a.cached === b.cached && a.output === b.output;
}

/** For prices: input without what was read from and written to the cache. */
export function asCallTokens(usage: CallUsage): CallTokens {
  return {
    input: Math.max(0, usage.input - usage.cached - usage.cacheWrite),
    cacheRead: usage.cached,
    cacheWrite: usage.cacheWrite,
    cacheWriteHour: 0,
    output: usage.output,
  };
}
