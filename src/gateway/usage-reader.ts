/**
 * What an answer says of itself: the model that gave it and the tokens it counted, read beside the stream from a copy of its bytes.
 *
 * Anthropic counts in `message_start` and again, as running totals, in `message_delta`: a stream that is cut in between has its
 * input and the output so far. OpenAI counts once, at the end: `response.completed` or a last chunk with `usage`.
 */
import { isRecord } from "../base/is-record.ts";
import type { ModelTokens } from "../contract/model-call.ts";
import type { Endpoint } from "./routes.ts";
import { createSseReader } from "./sse-reader.ts";

export interface Seen {
  readonly model: string | null;
  readonly tokens: ModelTokens | null;
  /** The provider's own end of the answer was seen. */
  readonly finished: boolean;
  /** The type or code of an error inside an answer. */
  readonly error: string | null;
}

export interface UsageReader {
  push(chunk: Uint8Array): void;
  /** Nothing more comes. */
  end(): Seen;
}

/** An answer or event beyond this is passed on like any other, but not read. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Events without one of these say nothing of interest; told apart by bytes, since most events are. */
const TELLING = ['"usage"', '"error"', '"model"', "[DONE]", "_stop"].map((text) => Buffer.from(text));

type Draft = { -readonly [K in keyof Seen]: Seen[K] };

export function createUsageReader(endpoint: Endpoint, contentType: string): UsageReader {
  const seen: Draft = { model: null, tokens: null, finished: false, error: null };
  const take = (data: Buffer): void => {
    if (!TELLING.some((word) => data.includes(word))) return;
    if (data.length === 6 && data.toString() === "[DONE]") {
      seen.finished = true;
      return;
    }
    const value = parsed(data);
    if (value !== null) read(endpoint, value, seen);
  };
  if (/^text\/event-stream\b/i.test(contentType)) {
    const reader = createSseReader(MAX_BYTES, take);
    return { push: (chunk) => reader.push(chunk), end: () => seen };
  }
  if (!/\bjson\b/i.test(contentType)) return { push: () => undefined, end: () => seen };
  let parts: Buffer[] | null = [];
  let bytes = 0;
  return {
    push(chunk) {
      bytes += chunk.byteLength;
      if (bytes > MAX_BYTES) parts = null;
      parts?.push(Buffer.from(chunk));
    },
    end() {
      const value = parts === null ? null : parsed(Buffer.concat(parts));
      parts = null;
      if (value !== null) {
        read(endpoint, value, seen);
        seen.finished = true;
      }
      return seen;
    },
  };
}

/** What an error's body calls it, such as `overloaded_error` or `insufficient_quota`. */
export function errorName(value: unknown): string | null {
  if (!isRecord(value) || !isRecord(value["error"])) return null;
  const { code, type } = value["error"];
  return text(code) ?? text(type);
}

function read(endpoint: Endpoint, value: Readonly<Record<string, unknown>>, seen: Draft): void {
  switch (endpoint) {
    case "messages":
      return readMessages(value, seen);
    case "responses":
    case "compact":
      return readResponses(value, seen);
    case "chat":
      return readChat(value, seen);
    case "probe":
    case "count_tokens":
    case "models":
      seen.error ??= errorName(value);
  }
}

function readMessages(value: Readonly<Record<string, unknown>>, seen: Draft): void {
  const message = value["type"] === "message_start" && isRecord(value["message"]) ? value["message"] : value;
  seen.error ??= errorName(value);
  seen.model ??= text(message["model"]);
  if (value["type"] === "message_stop") seen.finished = true;
  if (isRecord(message["usage"])) seen.tokens = anthropicTokens(message["usage"], seen.tokens);
}

/** Running totals: what is there replaces what was. */
function anthropicTokens(usage: Readonly<Record<string, unknown>>, before: ModelTokens | null): ModelTokens {
  const written = count(usage["cache_creation_input_tokens"]);
  const split = isRecord(usage["cache_creation"]) ? usage["cache_creation"] : {};
  const hour = count(split["ephemeral_1h_input_tokens"]);
  const details = isRecord(usage["output_tokens_details"]) ? usage["output_tokens_details"] : {};
  return {
    input: count(usage["input_tokens"]) ?? before?.input ?? null,
    cacheRead: count(usage["cache_read_input_tokens"]) ?? before?.cacheRead ?? null,
    cacheWrite:
      written === null ? (before?.cacheWrite ?? null) : Math.max(0, written - (hour ?? before?.cacheWriteHour ?? 0)),
    cacheWriteHour: hour ?? before?.cacheWriteHour ?? (written === null ? null : 0),
    output: count(usage["output_tokens"]) ?? before?.output ?? null,
    reasoning: count(details["thinking_tokens"]) ?? before?.reasoning ?? null,
  };
}

const RESPONSE_ENDS = new Set(["response.completed", "response.incomplete", "response.failed"]);

function readResponses(value: Readonly<Record<string, unknown>>, seen: Draft): void {
  const response = isRecord(value["response"]) ? value["response"] : value;
  const type = text(value["type"]);
  seen.error ??= errorName(response) ?? (type === "error" ? (text(value["code"]) ?? "error") : null);
  seen.model ??= text(response["model"]);
  if (type !== null && RESPONSE_ENDS.has(type)) seen.finished = true;
  const { usage } = response;
  if (!isRecord(usage)) return;
  seen.tokens = openaiTokens(usage, "input_tokens", "output_tokens");
}

function readChat(value: Readonly<Record<string, unknown>>, seen: Draft): void {
  seen.error ??= errorName(value);
  seen.model ??= text(value["model"]);
  if (isRecord(value["usage"])) seen.tokens = openaiTokens(value["usage"], "prompt_tokens", "completion_tokens");
}

/** OpenAI's input contains what was cached; here the parts are apart. */
function openaiTokens(usage: Readonly<Record<string, unknown>>, inputKey: string, outputKey: string): ModelTokens {
  const inputDetails = usage[`${inputKey}_details`];
  const outputDetails = usage[`${outputKey}_details`];
  const input = count(usage[inputKey]);
  const cacheRead = (isRecord(inputDetails) ? count(inputDetails["cached_tokens"]) : null) ?? 0;
  const cacheWrite = (isRecord(inputDetails) ? count(inputDetails["cache_write_tokens"]) : null) ?? 0;
  return {
    input: input === null ? null : Math.max(0, input - cacheRead - cacheWrite),
    cacheRead: input === null ? null : cacheRead,
    cacheWrite: input === null ? null : cacheWrite,
    cacheWriteHour: null,
    output: count(usage[outputKey]),
    reasoning: isRecord(outputDetails) ? count(outputDetails["reasoning_tokens"]) : null,
  };
}

function parsed(data: Buffer): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(data.toString());
    return isRecord(value) ? value : null;
  } catch (error) {
    // Not JSON, or cut off: it says nothing then.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function count(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value.slice(0, 200) : null;
}
