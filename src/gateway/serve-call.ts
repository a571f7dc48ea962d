/**
 * One call from the request to its line in the trace. The file to read first.
 *
 * Refused for a reason of ours, or sent with the real key and passed on as it comes; whatever happens it is settled with the
 * budget and recorded, with as much as is known.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { isFree, type ModelCall, type ModelTokens } from "../contract/model-call.ts";
import { type Answer, answerOf, type Tally } from "./attempts.ts";
import type { BudgetGate, Passed } from "./budget-gate.ts";
import type { GatewayClock } from "./clock.ts";
import { requestHeaders, responseHeaders } from "./headers.ts";
import { amountOf, costOfCall, estimate, type OutputHistory, type PriceOf } from "./pricing.ts";
import { creditSpent, refusal, type Refusal, type RefusalKind } from "./provider-errors.ts";
import { relay } from "./relay.ts";
import { type BodyReader, MAX_BODY } from "./request-body.ts";
import { NO_BODY, type RequestFacts, requestFacts } from "./request-facts.ts";
import { type Route, upstreamPath } from "./routes.ts";
import type { TrialPass } from "./trial-pass.ts";
import type { Connections } from "./upstream.ts";
import { createUsageReader, type Seen } from "./usage-reader.ts";

export interface CallParts {
  readonly connections: Connections;
  readonly readBody: BodyReader;
  readonly gate: BudgetGate;
  readonly priceOf: PriceOf;
  /** Every call must have a known price: there is a limit in dollars. */
  readonly pricesNeeded: boolean;
  readonly history: OutputHistory;
  readonly clock: GatewayClock;
  readonly random: () => number;
  /** How long an agent waits for an answer to begin, in milliseconds. */
  readonly patienceMs: number;
  /** The provider said that a key is not one. */
  readonly onDeadKey: (name: string) => void;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const MAX_CALLS_OF_A_TRIAL = 64;

export async function serveCall(
  request: IncomingMessage,
  response: ServerResponse,
  pass: TrialPass,
  route: Route,
  parts: CallParts,
): Promise<void> {
  const { clock } = parts;
  const from = clock.monotonic();
  const at = clock.iso();
  const seq = pass.begin();
  const call: Writable<ModelCall> = {
    at,
    seq,
    provider: pass.provider,
    endpoint: route.endpoint,
    model_asked: null,
    model_served: null,
    stream: false,
    status: null,
    ended: "cut-by-client",
    retries: 0,
    waited_ms: 0,
    first_byte_ms: null,
    total_ms: 0,
    tokens: null,
    cost_usd: null,
    reasoning: null,
    error: null,
    request_id: null,
  };
  const left = new AbortController();
  const onLeft = (): void => left.abort(new Error("the client left"));
  response.once("close", onLeft);
  const signal = AbortSignal.any([left.signal, pass.signal]);
  const late = new AbortController();
  const enough = clock.after(parts.patienceMs, () => late.abort(new Error("too late")));
  const elapsed = (): number => Math.round((clock.monotonic() - from) * 10) / 10;
  let free: (() => void) | null = null;
  let reserved: Extract<Passed, { kind: "go" }> | null = null;

  try {
    if (pass.active > MAX_CALLS_OF_A_TRIAL) {
      return refuse("busy", `A trial may have ${MAX_CALLS_OF_A_TRIAL} calls at a time.`);
    }
    const read = await parts.readBody(request, pass.bodies);
    if (read.kind === "too-large") {
      return refuse("too-large", `The request is larger than ${MAX_BODY / (1024 * 1024)} MB.`);
    }
    if (read.kind === "no-room") return refuse("busy", "Too many large requests at a time.");
    if (read.kind === "gone") return;
    free = () => read.free();
    const facts = read.body.length === 0 && request.method === "GET" ? NO_BODY : requestFacts(read.body);
    if (facts === null) return refuse("not-json", "The request's body is not a JSON object.");
    call.model_asked = facts.model;
    call.stream = facts.stream;
    call.reasoning = facts.reasoning;
    pass.recorder?.request(seq, read.body);
    if (!isFree(route.endpoint)) {
      if (parts.pricesNeeded && parts.priceOf(facts.model ?? "") === null) {
        const model = facts.model ?? "the model";
        return refuse("price", `The price of ${model} is not known, and this experiment has a budget in US dollars.`);
      }
      reserved = await reserve(facts);
      if (reserved === null) return;
    }
    const answer = await answerOf(
      {
        base: pass.base,
        path: upstreamPath(pass.provider, pass.base, request.url ?? ""),
        method: request.method ?? "GET",
        headers: requestHeaders(request.headers, {
          provider: pass.provider,
          own: pass.baseUrl === null,
          account: pass.account,
          bodyBytes: request.method === "GET" ? null : read.body.length,
        }),
        body: request.method === "GET" ? null : read.body,
        signal,
        deadline: from + parts.patienceMs,
        late: late.signal,
      },
      { ...parts, guard: pass.guard },
    );
    free();
    free = null;
    enough();
    await passOn(answer);
  } catch (error) {
    if (!signal.aborted) {
      call.error ??= error instanceof Error ? `gateway: ${error.message}` : "gateway";
      call.ended = "failed";
    } else if (!left.signal.aborted) call.ended = "cut-by-end";
    response.destroy();
  } finally {
    free?.();
    enough();
    response.off("close", onLeft);
    call.total_ms = elapsed();
    call.waited_ms = Math.round(call.waited_ms);
    settle();
    pass.finished(call);
  }

  /** Null = refused, and the client told. */
  async function reserve(facts: RequestFacts): Promise<Extract<Passed, { kind: "go" }> | null> {
    const waitFrom = clock.monotonic();
    try {
      const amount = estimate(facts, parts.priceOf, parts.history);
      const passed = await parts.gate.pass(pass.spender, amount, AbortSignal.any([signal, late.signal]));
      if (passed.kind === "go") return passed;
      pass.refusedBy(passed.level, passed.id);
      answerWith(creditSpent(pass.provider), `budget:${passed.level}`);
      return null;
    } catch (error) {
      if (signal.aborted || !late.signal.aborted) throw error;
      refuse("busy", "What is left of the budget is taken by calls in flight.");
      return null;
    } finally {
      call.waited_ms += clock.monotonic() - waitFrom;
    }
  }

  async function passOn(answer: Answer): Promise<void> {
    note(answer.tally);
    if (answer.kind === "none") {
      call.ended = "failed";
      const { status, body, headers } = refusal(pass.provider, answer.why, answer.message);
      call.error = answer.why;
      return send(status, body, { "content-type": "application/json", ...headers });
    }
    const { headers, statusCode = 502 } = answer.response;
    call.request_id = one(headers["request-id"]) ?? one(headers["x-request-id"]);
    const reader = createUsageReader(route.endpoint, one(headers["content-type"]) ?? "");
    const recorded = pass.recorder?.response(seq);
    if (answer.kind === "read") {
      if (answer.meaning === "dead-key") parts.onDeadKey(pass.account.name);
      reader.push(answer.body);
      recorded?.push(answer.body);
      recorded?.end();
      call.error = reader.end().error ?? `status ${statusCode}`;
      call.ended = "complete";
      const passed = responseHeaders(answer.response.rawHeaders, headers.connection);
      return send(statusCode, answer.body, withoutLength(passed));
    }
    call.status = statusCode;
    try {
      call.ended = await relay(
        answer.response,
        response,
        {
          onFirstByte: () => (call.first_byte_ms = elapsed()),
          onChunk(chunk) {
            reader.push(chunk);
            recorded?.push(chunk);
          },
        },
        clock,
        signal,
      );
    } finally {
      recorded?.end();
      counted(reader.end());
      if (call.error === "overloaded_error") answer.slot.overloaded(null);
      answer.slot.give();
    }
  }

  function note({ attempts, waitedMs }: Tally): void {
    call.retries = Math.max(0, attempts - 1);
    call.waited_ms += waitedMs;
  }

  function counted(seen: Seen): void {
    call.model_served = seen.model;
    call.tokens = seen.tokens;
    call.error = seen.error;
    const model = seen.model ?? call.model_asked;
    // A name of the provider's own for the same model may not be in the table where the one that was asked for is.
    call.cost_usd =
      costOfCall(model, seen.tokens, parts.priceOf) ?? costOfCall(call.model_asked, seen.tokens, parts.priceOf);
    const output = seen.tokens?.output ?? null;
    if (call.model_asked !== null && output !== null) parts.history.saw(call.model_asked, output);
    const whole = seen.finished || seen.error !== null || call.status === null || call.status >= 400;
    // Ended as HTTP wants it, but not as the provider does: some proxy gave up.
    if (call.ended === "complete" && call.stream && !whole && route.endpoint !== "chat") call.ended = "cut-by-provider";
  }

  function settle(): void {
    if (reserved === null) return;
    const took = call.status !== null && call.status < 400;
    if (!took) reserved.settle({ usd: 0, tokens: 0 });
    else reserved.settle(known(call.tokens, call.cost_usd));
  }

  function refuse(kind: Exclude<RefusalKind, "credit">, message: string): void {
    answerWith(refusal(pass.provider, kind, message), kind);
  }

  function answerWith({ status, body, headers }: Refusal, why: string): void {
    call.ended = "refused";
    call.error = why;
    send(status, body, { "content-type": "application/json", ...headers });
  }

  function send(status: number, body: string | Buffer, headers: Record<string, string> | string[]): void {
    call.status = status;
    call.first_byte_ms = elapsed();
    sendWhole(request, response, status, body, headers);
  }
}

/** Answers at once, also while the client still sends; what it sends then is read and dropped, within bounds. */
export function sendWhole(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  headers: Record<string, string> | string[],
): void {
  if (response.destroyed || response.headersSent) return;
  const length = String(Buffer.byteLength(body));
  const named = Array.isArray(headers) ? headers : Object.entries(headers).flat();
  response.writeHead(status, [...named, "content-length", length]);
  response.end(body);
  if (request.complete) return;
  // A client that is cut off while it sends never reads why: the connection stays, within bounds.
  let dropped = 0;
  const late = setTimeout(() => request.destroy(), LINGER_MS).unref();
  request.on("data", (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > 4 * MAX_BODY) request.destroy();
  });
  request.once("close", () => clearTimeout(late));
}

const LINGER_MS = 10_000;

/** A stream that was cut says nothing of its end: what it said counts. */
function known(
  tokens: ModelTokens | null,
  usd: number | null,
): { readonly usd: number | null; readonly tokens: number | null } {
  return tokens === null ? { usd: null, tokens: null } : { usd, tokens: amountOf(tokens, usd).tokens };
}

function withoutLength(headers: readonly string[]): string[] {
  return headers.filter((_, at) => (headers[at - (at % 2)] ?? "").toLowerCase() !== "content-length");
}

function one(value: string | string[] | undefined): string | null {
  return (Array.isArray(value) ? value[0] : value) ?? null;
}
