/** Which requests are let through: the model endpoints of each provider, exactly as spelled, and nothing else. */
import type { ModelProvider } from "../contract/model-call.ts";

export type Endpoint = "probe" | "messages" | "count_tokens" | "responses" | "compact" | "chat" | "models";

export interface Route {
  readonly endpoint: Endpoint;
  /** Providers that have it. */
  readonly providers: readonly ModelProvider[];
}

const BOTH: readonly ModelProvider[] = ["anthropic", "openai"];

const ROUTES: Readonly<Record<string, Route>> = {
  "HEAD /": { endpoint: "probe", providers: BOTH },
  "POST /v1/messages": { endpoint: "messages", providers: ["anthropic"] },
  "POST /v1/messages/count_tokens": { endpoint: "count_tokens", providers: ["anthropic"] },
  "POST /v1/responses": { endpoint: "responses", providers: ["openai"] },
  "POST /v1/responses/compact": { endpoint: "compact", providers: ["openai"] },
  "POST /v1/chat/completions": { endpoint: "chat", providers: ["openai"] },
  "GET /v1/models": { endpoint: "models", providers: BOTH },
};

const ONE_MODEL = /^\/v1\/models\/[A-Za-z0-9][\w.:-]*$/;

/** @param target as in the request line; the query may be anything */
export function routeOf(method: string, target: string): Route | null {
  const path = pathOf(target);
  const known = `${method} ${path}`;
  if (Object.hasOwn(ROUTES, known)) return ROUTES[known] ?? null;
  return method === "GET" && ONE_MODEL.test(path) ? { endpoint: "models", providers: BOTH } : null;
}

/** In whose words a refusal is told when nothing else says who is meant. */
export function providerByPath(target: string): ModelProvider {
  return /^\/v1\/(?:messages|complete)/.test(pathOf(target)) || pathOf(target) === "/" ? "anthropic" : "openai";
}

const OWN_ADDRESS: Readonly<Record<ModelProvider, string>> = {
  anthropic: "https://api.anthropic.com",
  openai: "https://api.openai.com/v1",
};

/** Without a slash at the end; Anthropic's without `/v1`, as its clients want it. */
export function upstreamBase(provider: ModelProvider, baseUrl: string | null): URL {
  const base = new URL((baseUrl ?? OWN_ADDRESS[provider]).replace(/\/+$/, ""));
  if (provider === "anthropic") base.pathname = base.pathname.replace(/\/v1$/, "");
  return base;
}

/** Path and query at the provider. An OpenAI base has its own version in it, whatever that is called. */
export function upstreamPath(provider: ModelProvider, base: URL, target: string): string {
  const own = base.pathname.replace(/\/+$/, "");
  return own + (provider === "openai" ? target.replace(/^\/v1/, "") : target);
}

function pathOf(target: string): string {
  const query = target.indexOf("?");
  return query === -1 ? target : target.slice(0, query);
}
