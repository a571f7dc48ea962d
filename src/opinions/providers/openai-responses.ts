/** OpenAI's Responses API; nothing is stored there. */
import type { Part } from "../question.ts";
import { amount, NO_USAGE, type Provider, recordAt, recordsAt, said, uncached } from "./provider.ts";

export const openaiResponses: Provider = {
  path: "/responses",
  headers: (key): Record<string, string> => (key === null ? {} : { authorization: `Bearer ${key}` }),
  body: (request, model, enforced) => ({
    model,
    max_output_tokens: request.maxOutputTokens,
    instructions: request.system,
    input: [{ role: "user", content: request.user.map(partOf) }],
    store: false,
    ...(enforced
      ? { text: { format: { type: "json_schema", name: request.name, strict: true, schema: request.schema } } }
      : {}),
  }),
  read(body) {
    const reported = recordAt(body, "usage");
    const cacheRead = amount(recordAt(reported, "input_tokens_details")["cached_tokens"]) ?? 0;
    const usage = {
      ...NO_USAGE,
      input: uncached(amount(reported["input_tokens"]), cacheRead),
      cacheRead,
      output: amount(reported["output_tokens"]),
    };
    const parts = recordsAt(body, "output").flatMap((item) => recordsAt(item, "content"));
    const refusal = parts.find(({ type }) => type === "refusal");
    if (refusal !== undefined)
      return { state: "failed", kind: "refused", why: `the model refused${said(refusal["refusal"])}`, usage };
    const reason = recordAt(body, "incomplete_details")["reason"];
    if (reason === "content_filter")
      return { state: "failed", kind: "refused", why: "the endpoint's filter kept the answer back", usage };
    if ((body as { readonly status?: unknown } | null)?.status === "incomplete")
      return { state: "failed", kind: "cut", why: `the answer was cut off${said(reason)}`, usage };
    const text = parts
      .flatMap((part) => (part["type"] === "output_text" && typeof part["text"] === "string" ? [part["text"]] : []))
      .join("");
    if (text === "") {
      const why = `the answer has no text${said(recordAt(body, "error")["message"])}`;
      return { state: "failed", kind: "malformed", why, usage };
    }
    return { state: "text", text, usage };
  },
};

function partOf(part: Part): Readonly<Record<string, unknown>> {
  return part.type === "text"
    ? { type: "input_text", text: part.text }
    : { type: "input_image", image_url: `data:${part.mediaType};base64,${part.base64}`, detail: "auto" };
}
