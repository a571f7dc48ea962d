/** Anthropic's Messages API, with `output_config.format` for the shape of the answer. */
import type { Part } from "../question.ts";
import { amount, NO_USAGE, type Provider, recordAt, recordsAt, said } from "./provider.ts";

export const anthropic: Provider = {
  path: "/v1/messages",
  headers: (key) => ({ "anthropic-version": "2023-06-01", ...(key === null ? {} : { "x-api-key": key }) }),
  body: (request, model, enforced) => ({
    model,
    max_tokens: request.maxOutputTokens,
    system: request.system,
    messages: [{ role: "user", content: request.user.map(partOf) }],
    ...(enforced ? { output_config: { format: { type: "json_schema", schema: request.schema } } } : {}),
  }),
  read(body) {
    const reported = recordAt(body, "usage");
    const usage = {
      ...NO_USAGE,
      input: amount(reported["input_tokens"]),
      cacheRead: amount(reported["cache_read_input_tokens"]) ?? 0,
      cacheWrite: amount(reported["cache_creation_input_tokens"]) ?? 0,
      output: amount(reported["output_tokens"]),
    };
    const stop = (body as { readonly stop_reason?: unknown } | null)?.stop_reason;
    const text = recordsAt(body, "content")
      .flatMap((block) => (block["type"] === "text" && typeof block["text"] === "string" ? [block["text"]] : []))
      .join("");
    if (stop === "refusal") return { state: "failed", kind: "refused", why: `the model refused${said(text)}`, usage };
    if (stop === "max_tokens" || stop === "model_context_window_exceeded")
      return { state: "failed", kind: "cut", why: `the answer was cut off (${stop})`, usage };
    if (text === "") return { state: "failed", kind: "malformed", why: "the answer has no text", usage };
    return { state: "text", text, usage };
  },
};

function partOf(part: Part): Readonly<Record<string, unknown>> {
  return part.type === "text"
    ? { type: "text", text: part.text }
    : { type: "image", source: { type: "base64", media_type: part.mediaType, data: part.base64 } };
}
