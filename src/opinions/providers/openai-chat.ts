/** Chat Completions: OpenAI's own, OpenRouter's, and what everything that calls itself compatible has. */
import type { Part } from "../question.ts";
import { amount, NO_USAGE, type Provider, recordAt, recordsAt, said, uncached } from "./provider.ts";

export interface ChatDialect {
  /** OpenAI's newer models refuse `max_tokens`; most others know nothing else. */
  readonly limit: "max_tokens" | "max_completion_tokens";
  /** OpenRouter is asked what it charged. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export function openaiChat({ limit, more = {} }: ChatDialect): Provider {
  return {
    path: "/chat/completions",
    headers: (key): Record<string, string> => (key === null ? {} : { authorization: `Bearer ${key}` }),
    body: (request, model, enforced) => ({
      model,
      [limit]: request.maxOutputTokens,
      messages: [
        { role: "system", content: request.system },
        { role: "user", content: request.user.map(partOf) },
      ],
      ...(enforced
        ? {
            response_format: {
              type: "json_schema",
              json_schema: { name: request.name, strict: true, schema: request.schema },
            },
          }
        : {}),
      ...more,
    }),
    read(body) {
      const reported = recordAt(body, "usage");
      const cacheRead = amount(recordAt(reported, "prompt_tokens_details")["cached_tokens"]) ?? 0;
      const usage = {
        ...NO_USAGE,
        input: uncached(amount(reported["prompt_tokens"]), cacheRead),
        cacheRead,
        output: amount(reported["completion_tokens"]),
        costUsd: amount(reported["cost"]),
      };
      const [choice = {}] = recordsAt(body, "choices");
      const message = recordAt(choice, "message");
      const text = typeof message["content"] === "string" ? message["content"] : "";
      if (typeof message["refusal"] === "string" && message["refusal"] !== "")
        return { state: "failed", kind: "refused", why: `the model refused${said(message["refusal"])}`, usage };
      if (choice["finish_reason"] === "content_filter")
        return { state: "failed", kind: "refused", why: "the endpoint's filter kept the answer back", usage };
      if (choice["finish_reason"] === "length")
        return { state: "failed", kind: "cut", why: "the answer was cut off (length)", usage };
      if (text === "") return { state: "failed", kind: "malformed", why: "the answer has no text", usage };
      return { state: "text", text, usage };
    },
  };
}

function partOf(part: Part): Readonly<Record<string, unknown>> {
  return part.type === "text"
    ? { type: "text", text: part.text }
    : { type: "image_url", image_url: { url: `data:${part.mediaType};base64,${part.base64}` } };
}
