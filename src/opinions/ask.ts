/** A question → an answer that has the right shape, from the cache or the endpoint; or one that says what went wrong. */
import type { z } from "zod";
import { problemIn } from "./answers/schemas.ts";
import type { AnswerCache } from "./answer-cache.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Answer, Price } from "./opinions.ts";
import type { CallUsage } from "./providers/provider.ts";
import { keyOf, type Question } from "./question.ts";
import type { SpendMeter } from "./spend.ts";
import { type Clock, transport } from "./transport.ts";

/** US dollars of one call; null = the model has no known price. */
export type CostOf = (
  model: string,
  tokens: { readonly input: number; readonly cacheRead: number; readonly cacheWrite: number; readonly output: number },
) => number | null;

export interface AskOptions {
  readonly endpoint: Endpoint;
  readonly cache: AnswerCache;
  readonly costOf: CostOf;
  readonly meter: SpendMeter;
  readonly clock: Clock;
}

export interface Asker {
  /** Nothing is really asked: what cannot be known yet is taken for there. */
  readonly pretends: boolean;
  ask<T>(question: Question<T>): Promise<Answer<T>>;
}

const UNPRICED: Price = { inputTokens: null, outputTokens: null, costUsd: null };
/** An endpoint that cannot enforce a schema says so in words of its own. */
const NOT_ENFORCED = /response_format|json_schema|output_config|output_format|structured|text\.format/i;

export function asker({ endpoint, cache, costOf, meter, clock }: AskOptions): Asker {
  const { provider, model, name, url, key } = endpoint;
  const send = transport({ url, headers: provider.headers(key), key, clock });
  let enforced = true;

  async function fresh<T>(question: Question<T>): Promise<Answer<T>> {
    // Others may find out meanwhile.
    const wasEnforced = enforced;
    let sent = await send(provider.body(question.request, name, wasEnforced));
    if (wasEnforced && sent.state === "failed" && sent.why.startsWith("HTTP 400") && NOT_ENFORCED.test(sent.why)) {
      enforced = false;
      sent = await send(provider.body(question.request, name, false));
    }
    if (sent.state === "failed") {
      meter.failed(sent.kind !== "not-sent", UNPRICED, sent.free);
      return { state: "failed", kind: sent.kind, why: sent.why, price: UNPRICED };
    }
    const reply = provider.read(sent.body);
    const price = priceOf(reply.usage);
    const failed = (kind: "refused" | "cut" | "malformed", why: string): Answer<T> => {
      meter.failed(true, price, false);
      return { state: "failed", kind, why, price };
    };
    if (reply.state === "failed") return failed(reply.kind, reply.why);
    const checked = check(question, parsed(reply.text));
    if ("problem" in checked) return failed("malformed", checked.problem);
    await cache.put(keyOf(question, model), { value: checked.value, price }, aboutOf(question));
    meter.answered(price);
    return { state: "answered", opinion: checked.value, cached: false, price };
  }

  function priceOf({ input, cacheRead, cacheWrite, output, costUsd }: CallUsage): Price {
    const known = input === null || output === null ? null : costOf(name, { input, cacheRead, cacheWrite, output });
    return {
      inputTokens: input === null ? null : input + cacheRead + cacheWrite,
      outputTokens: output,
      costUsd: costUsd ?? known,
    };
  }

  function aboutOf({ prompt }: Pick<Question<never>, "prompt">): Readonly<Record<string, unknown>> {
    return { model, prompt: prompt.name, version: prompt.version };
  }

  return {
    pretends: false,
    async ask(question) {
      const kept = await keptAnswer(question, model, cache);
      if (kept === null) return fresh(question);
      meter.cached(kept.price);
      return kept;
    },
  };
}

type Answered<T> = Extract<Answer<T>, { readonly state: "answered" }>;

/** Null = it has to be asked. A kept answer is checked like a new one. */
export async function keptAnswer<T>(
  question: Question<T>,
  model: string,
  cache: AnswerCache,
): Promise<Answered<T> | null> {
  const kept = await cache.get(keyOf(question, model));
  const checked = kept === null ? null : check(question, { value: kept.value });
  if (kept === null || checked === null || "problem" in checked) return null;
  return { state: "answered", opinion: checked.value, cached: true, price: kept.price };
}

type Parsed = { readonly value: unknown } | { readonly problem: string };

/** The object alone, or in the code fence that models without an enforced schema like to put around it. */
function parsed(text: string): Parsed {
  const inside = /^\s*```(?:json)?\s*\n([\s\S]*?)\n\s*```\s*$/.exec(text)?.[1] ?? text;
  try {
    return { value: JSON.parse(inside) as unknown };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { problem: "the answer is not JSON" };
  }
}

function check<T>(question: Question<T>, found: Parsed): { readonly value: T } | { readonly problem: string } {
  if ("problem" in found) return found;
  const result: z.ZodSafeParseResult<T> = question.schema.safeParse(found.value);
  if (!result.success) return { problem: `the answer does not fit its schema: ${problemIn(result.error)}` };
  const problem = question.check(result.data);
  return problem === null ? { value: result.data } : { problem: `the answer cannot be: ${problem}` };
}
