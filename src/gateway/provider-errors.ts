/**
 * Refusals of our own in the words and shapes of each provider, so that every client takes them for what they mean.
 * Shapes: https://docs.anthropic.com/en/api/errors and https://platform.openai.com/docs/guides/error-codes
 */
import type { ModelProvider } from "../contract/model-call.ts";

export type RefusalKind =
  | "token"
  | "endpoint"
  | "too-large"
  | "not-json"
  | "credit"
  | "price"
  | "busy"
  | "unreachable"
  | "closing";

export interface Refusal {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Words {
  readonly status: number;
  readonly anthropic: string;
  /** type and code */
  readonly openai: readonly [string, string | null];
}

const WORDS: Readonly<Record<Exclude<RefusalKind, "credit">, Words>> = {
  token: { status: 401, anthropic: "authentication_error", openai: ["invalid_request_error", "invalid_api_key"] },
  endpoint: { status: 404, anthropic: "not_found_error", openai: ["invalid_request_error", "not_found"] },
  "too-large": { status: 413, anthropic: "request_too_large", openai: ["invalid_request_error", "request_too_large"] },
  "not-json": { status: 400, anthropic: "invalid_request_error", openai: ["invalid_request_error", null] },
  price: { status: 400, anthropic: "invalid_request_error", openai: ["invalid_request_error", "model_not_allowed"] },
  busy: { status: 429, anthropic: "rate_limit_error", openai: ["rate_limit_error", "rate_limit_exceeded"] },
  unreachable: { status: 502, anthropic: "api_error", openai: ["server_error", "provider_unreachable"] },
  closing: { status: 503, anthropic: "api_error", openai: ["server_error", "gateway_closing"] },
};

export function refusal(provider: ModelProvider, kind: Exclude<RefusalKind, "credit">, message: string): Refusal {
  const { status, anthropic, openai } = WORDS[kind];
  const error =
    provider === "anthropic"
      ? { type: "error", error: { type: anthropic, message } }
      : { error: { message, type: openai[0], param: null, code: openai[1] } };
  // What cannot get better is not worth another try of the client's.
  const retry = kind === "busy" ? { "retry-after": "1" } : { "x-should-retry": "false" };
  return { status, body: JSON.stringify(error), headers: retry };
}

/** What each provider says when an account has no money left: agents know it, and end. */
export function creditSpent(provider: ModelProvider): Refusal {
  const headers = { "x-should-retry": "false" };
  if (provider === "anthropic") {
    const message =
      "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.";
    return {
      status: 400,
      body: JSON.stringify({ type: "error", error: { type: "invalid_request_error", message } }),
      headers,
    };
  }
  const message = "You exceeded your current quota, please check your plan and billing details.";
  const error = { message, type: "insufficient_quota", param: null, code: "insufficient_quota" };
  return { status: 429, body: JSON.stringify({ error }), headers };
}
