/**
 * Asks a provider whether it takes a key, by a request that costs nothing: the list of its models. Headers, address and
 * connections are those of any call through the gateway, so that what holds for one holds for the other.
 */
import type { IncomingMessage } from "node:http";
import type { ModelProvider } from "../contract/model-call.ts";
import { type Account, requestHeaders } from "./headers.ts";
import { upstreamBase, upstreamPath } from "./routes.ts";
import { type Connections, isPassing, openConnections } from "./upstream.ts";

export interface KeyQuestion {
  readonly provider: ModelProvider;
  /** Null = the provider's own address. */
  readonly baseUrl: string | null;
  readonly account: Account;
}

export type KeyAnswer =
  | {
      readonly kind: "answered";
      readonly status: number;
      /** The beginning of a refusal; empty for any other answer. */
      readonly refusal: string;
      /** The provider's clock and ours, milliseconds since 1970; null where it does not say. */
      readonly clock: { readonly theirs: number; readonly ours: number } | null;
    }
  /** @see why a code of the system's, or words */
  | { readonly kind: "unreachable"; readonly why: string }
  /** No header can hold the key: a line break in it, say. */
  | { readonly kind: "no-key" };

/** For all of it. */
const LIMIT_MS = 10_000;
const MOST_OF_REFUSAL = 16 * 1024;
/** The first version of Anthropic's protocol, and still the one its clients name. */
const ANTHROPIC_VERSION = "2023-06-01";

const MODELS = "/v1/models";

const LIST: Readonly<Record<ModelProvider, string>> = {
  anthropic: `${MODELS}?limit=1`,
  openai: MODELS,
};

/** What is asked, for a person to try by hand. */
export function listAddress(provider: ModelProvider, baseUrl: string | null): string {
  const base = upstreamBase(provider, baseUrl);
  return `${base.protocol}//${base.host}${upstreamPath(provider, base, MODELS)}`;
}

/** @param limitMs milliseconds @returns an answer for each, in order */
export async function askKeys(
  questions: readonly KeyQuestion[],
  limitMs: number = LIMIT_MS,
): Promise<readonly KeyAnswer[]> {
  const connections = openConnections();
  try {
    return await Promise.all(questions.map((question) => askKey(question, connections, limitMs)));
  } finally {
    connections.close();
  }
}

async function askKey(question: KeyQuestion, connections: Connections, limitMs: number): Promise<KeyAnswer> {
  const signal = AbortSignal.timeout(limitMs);
  try {
    return await answerTo(question, connections, signal);
  } catch (error) {
    if (signal.aborted || !isPassing(error)) return noAnswer(error, signal, limitMs);
  }
  // A connection that was reset says nothing of the next one: nobody's night is to end on it.
  try {
    return await answerTo(question, connections, signal);
  } catch (error) {
    return noAnswer(error, signal, limitMs);
  }
}

async function answerTo(
  { provider, baseUrl, account }: KeyQuestion,
  connections: Connections,
  signal: AbortSignal,
): Promise<KeyAnswer> {
  const base = upstreamBase(provider, baseUrl);
  const given = {
    accept: "application/json",
    "user-agent": "regatta",
    ...(provider === "anthropic" ? { "anthropic-version": ANTHROPIC_VERSION } : {}),
  };
  const response = await connections.send({
    base,
    path: upstreamPath(provider, base, LIST[provider]),
    method: "GET",
    headers: requestHeaders(given, { provider, own: baseUrl === null, account, bodyBytes: null }),
    body: null,
    signal,
  });
  const ours = Date.now();
  const theirs = Date.parse(response.headers.date ?? "");
  const status = response.statusCode ?? 502;
  try {
    const refusal = status === 401 || status === 403 ? await beginning(response) : "";
    return { kind: "answered", status, refusal, clock: Number.isNaN(theirs) ? null : { theirs, ours } };
  } finally {
    response.destroy();
  }
}

async function beginning(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    parts.push(chunk);
    bytes += chunk.length;
    if (bytes >= MOST_OF_REFUSAL) break;
  }
  return Buffer.concat(parts).toString("utf8");
}

function noAnswer(error: unknown, signal: AbortSignal, limitMs: number): KeyAnswer {
  if (signal.aborted) return { kind: "unreachable", why: `no answer within ${limitMs / 1000} s` };
  const { code, message } = error as NodeJS.ErrnoException;
  return code === "ERR_INVALID_CHAR" ? { kind: "no-key" } : { kind: "unreachable", why: code ?? message };
}
