/** A model provider on loopback that does as its script says, for both protocols, and counts what it handed out. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface Turn {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of an error. */
  readonly body?: string;
  readonly input?: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  readonly cacheWriteHour?: number;
  readonly output?: number;
  readonly reasoning?: number;
  readonly model?: string;
  /** Chunks of text between the first and the last event. */
  readonly pieces?: number;
  readonly pieceBytes?: number;
  /** The connection is cut after so many pieces. */
  readonly cutAfter?: number;
  /** Waited for before the end. */
  readonly hold?: Promise<unknown>;
  /** The connection is reset before any answer. */
  readonly reset?: boolean;
  /** No usage in a chat stream: its client did not ask for any. */
  readonly silent?: boolean;
}

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Readonly<Record<string, unknown>>;
  readonly bytes: number;
}

export interface ScriptedProvider {
  readonly url: string;
  readonly asked: Asked[];
  /** Questions for its models; not in `asked`, and no business of the script's. */
  readonly listed: Asked[];
  /** Requests being answered now, and the most at any moment. */
  readonly load: { now: number; most: number };
  close(): Promise<void>;
}

/** @param list what it says when it is asked for its models */
export async function scriptedProvider(
  script: (asked: Asked, index: number) => Turn,
  list: Turn = {},
): Promise<ScriptedProvider> {
  const asked: Asked[] = [];
  const listed: Asked[] = [];
  const load = { now: 0, most: 0 };
  const server = createServer((request, response) => {
    load.now += 1;
    load.most = Math.max(load.most, load.now);
    response.once("close", () => (load.now -= 1));
    const parts: Buffer[] = [];
    request.on("data", (chunk: Buffer) => void parts.push(chunk));
    request.on("end", () => {
      const bytes = Buffer.concat(parts);
      const entry: Asked = {
        method: request.method ?? "",
        url: request.url ?? "",
        headers: request.headers,
        body: bytes.length === 0 ? {} : (JSON.parse(bytes.toString()) as Record<string, unknown>),
        bytes: bytes.length,
      };
      const isList = entry.method === "GET" && /\/models(?:\?|$)/.test(entry.url);
      (isList ? listed : asked).push(entry);
      void answer(entry, isList ? list : script(entry, asked.length - 1), response);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  let closed = false;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      if (closed) return resolve();
      closed = true;
      server.close(() => resolve());
      server.closeAllConnections();
    });
  onTestFinished(close);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, listed, load, close };
}

async function answer(asked: Asked, turn: Turn, response: ServerResponse): Promise<void> {
  if (turn.reset === true) return void response.socket?.resetAndDestroy();
  if (turn.status !== undefined && turn.status >= 400) {
    response.writeHead(turn.status, { "content-type": "application/json", ...turn.headers });
    response.end(turn.body ?? '{"type":"error","error":{"type":"some_error","message":"as scripted"}}');
    return;
  }
  const [path = ""] = asked.url.split("?");
  const model = turn.model ?? JSON.stringify(asked.body["model"] ?? "unknown").slice(1, -1);
  const streamed = asked.body["stream"] === true;
  const ofKind = path.endsWith("/messages") ? messages : path.endsWith("/chat/completions") ? chat : responses;
  const { events, whole } = ofKind(model, turn);
  if (asked.method === "GET" || path.endsWith("/count_tokens") || !streamed) {
    response.writeHead(200, { "content-type": "application/json", ...turn.headers });
    await turn.hold;
    response.end(
      JSON.stringify(
        asked.method === "GET"
          ? { data: [] }
          : path.endsWith("s") && !path.endsWith("count_tokens")
            ? whole
            : { input_tokens: 42 },
      ),
    );
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream", "request-id": "req_scripted", ...turn.headers });
  const [first = "", middle = "", ...last] = events;
  response.write(first);
  const pieces = turn.pieces ?? 3;
  for (let piece = 0; piece < pieces; piece++) {
    if (turn.cutAfter === piece) {
      await new Promise((resolve) => setImmediate(resolve));
      return void response.destroy();
    }
    const text = middle.replace("TEXT", "x".repeat(turn.pieceBytes ?? 8));
    if (!response.write(text)) {
      await new Promise<void>((resolve) => {
        const go = (): void => {
          response.off("drain", go).off("close", go);
          resolve();
        };
        response.on("drain", go).on("close", go);
      });
    }
    if (response.destroyed) return;
  }
  await turn.hold;
  if (turn.cutAfter === pieces) return void response.destroy();
  response.end(last.join(""));
}

interface Told {
  /** The first, one that is repeated, and the rest. */
  readonly events: readonly string[];
  readonly whole: object;
}

function messages(model: string, turn: Turn): Told {
  const { input = 0, cacheRead = 0, cacheWrite = 0, cacheWriteHour = 0, output = 0 } = turn;
  const counted = {
    input_tokens: input,
    cache_read_input_tokens: cacheRead,
    cache_creation_input_tokens: cacheWrite + cacheWriteHour,
    cache_creation: { ephemeral_5m_input_tokens: cacheWrite, ephemeral_1h_input_tokens: cacheWriteHour },
  };
  const message = { id: "msg_1", type: "message", role: "assistant", model, content: [], stop_reason: null };
  const delta = { index: 0, delta: { type: "text_delta", text: 'TEXT "usage" \\"usage\\":{"output_tokens":9}' } };
  return {
    events: [
      sse("message_start", { message: { ...message, usage: { ...counted, output_tokens: 1 } } }),
      sse("content_block_delta", delta),
      sse("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: output } }),
      sse("message_stop", {}),
    ],
    whole: { ...message, stop_reason: "end_turn", usage: { ...counted, output_tokens: output } },
  };
}

function responses(model: string, turn: Turn): Told {
  const { input = 0, cacheRead = 0, cacheWrite = 0, output = 0, reasoning = 0 } = turn;
  const usage = {
    input_tokens: input + cacheRead + cacheWrite,
    input_tokens_details: { cached_tokens: cacheRead, cache_write_tokens: cacheWrite },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
  };
  const response = { id: "resp_1", object: "response", model, output: [] };
  return {
    events: [
      sse("response.created", { response: { ...response, status: "in_progress", usage: null, error: null } }),
      sse("response.output_text.delta", { delta: "TEXT" }),
      sse("response.completed", { response: { ...response, status: "completed", usage, error: null } }),
    ],
    whole: { ...response, status: "completed", usage, error: null },
  };
}

function chat(model: string, turn: Turn): Told {
  const { input = 0, cacheRead = 0, output = 0, reasoning = 0 } = turn;
  const usage = {
    prompt_tokens: input + cacheRead,
    prompt_tokens_details: { cached_tokens: cacheRead },
    completion_tokens: output,
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
  const chunk = (more: object): string => `data: ${JSON.stringify({ id: "c", model, choices: [], ...more })}\n\n`;
  return {
    events: [
      chunk({}),
      chunk({ choices: [{ delta: { content: "TEXT" } }] }),
      turn.silent === true ? "" : chunk({ usage }),
      "data: [DONE]\n\n",
    ],
    whole: { id: "c", model, choices: [], usage },
  };
}

function sse(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify({ type: event, ...data })}\n\n`;
}
