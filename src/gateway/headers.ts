/** Which headers pass: all but those that belong to one connection (RFC 9110, 7.6.1), and the credentials of the trial. */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import type { ModelProvider } from "../contract/model-call.ts";

export interface Account {
  /** Of the variable that the key came from; for messages. */
  readonly name: string;
  readonly key: string;
}

const OF_A_CONNECTION = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

/** The gateway's own to set, or nothing of the provider's business. */
const NOT_SENT = new Set([
  "host",
  "authorization",
  "x-api-key",
  "cookie",
  "expect",
  "content-length",
  "accept-encoding",
  "forwarded",
  "via",
]);

/** @returns null for a request without one */
export function presentedToken(headers: IncomingHttpHeaders): string | null {
  const key = headers["x-api-key"];
  if (typeof key === "string" && key !== "") return key;
  return /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1] ?? null;
}

export function requestHeaders(
  given: IncomingHttpHeaders,
  { provider, own, account, bodyBytes }: Upstream,
): OutgoingHttpHeaders {
  const named = connectionHeaders(given.connection);
  const passed = Object.entries(given).filter(
    ([name]) =>
      !OF_A_CONNECTION.has(name) && !NOT_SENT.has(name) && !named.has(name) && !name.startsWith("x-forwarded-"),
  );
  return {
    ...Object.fromEntries(passed),
    // Read beside the stream: a compressed one would have to be taken apart.
    "accept-encoding": "identity",
    ...(bodyBytes === null ? {} : { "content-length": bodyBytes }),
    ...credentials(provider, own, account),
  };
}

export interface Upstream {
  readonly provider: ModelProvider;
  /** The provider's own address, not somebody else's with its protocol. */
  readonly own: boolean;
  readonly account: Account;
  /** Null = no body. */
  readonly bodyBytes: number | null;
}

/** Anthropic takes keys in one header and OAuth tokens in the other; who speaks its protocol elsewhere takes either. */
function credentials(provider: ModelProvider, own: boolean, { name, key }: Account): OutgoingHttpHeaders {
  const bearer = { authorization: `Bearer ${key}` };
  if (provider === "openai") return bearer;
  if (!own) return { ...bearer, "x-api-key": key };
  return name.endsWith("_TOKEN") ? bearer : { "x-api-key": key };
}

/** In the provider's own spelling and order, repeated ones too. */
export function responseHeaders(raw: readonly string[], connection: string | undefined): string[] {
  const named = connectionHeaders(connection);
  const passed: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? "";
    const lower = name.toLowerCase();
    if (!OF_A_CONNECTION.has(lower) && !named.has(lower)) passed.push(name, raw[at + 1] ?? "");
  }
  return passed;
}

function connectionHeaders(value: string | undefined): ReadonlySet<string> {
  return new Set((value ?? "").split(",").map((name) => name.trim().toLowerCase()));
}
