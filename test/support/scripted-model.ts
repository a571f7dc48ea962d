/**
 * Anthropic's Messages API and OpenAI's Responses API on loopback, answering from a script: what the real agent programs talk to in
 * tests. The turn of a conversation is how many results of tools the request already holds, so any number of agents can be served.
 */
import { appendFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export type Block =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "thinking"; readonly thinking: string }
  | { readonly type: "tool_use"; readonly name: string; readonly input: Readonly<Record<string, unknown>> };

export interface ModelTurn {
  readonly blocks?: readonly Block[];
  readonly stop?: string;
  readonly usage?: {
    readonly input?: number;
    readonly cacheRead?: number;
    readonly cacheWrite?: number;
    readonly output?: number;
  };
  /** Instead of an answer. */
  readonly status?: number;
  readonly error?: { readonly type: string; readonly message: string };
  readonly headers?: Readonly<Record<string, string>>;
  /** The connection is cut after so many blocks. */
  readonly cutAfter?: number;
  /** Nothing more comes after so many blocks, and the connection stays. */
  readonly stallAfter?: number;
  /** The model that says it answered. */
  readonly model?: string;
}

export interface ModelRequest {
  readonly turn: number;
  readonly model: string;
  readonly tools: readonly string[];
  /** Of the first user message. */
  readonly prompt: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: IncomingMessage["headers"];
  /** From 1, over all conversations. */
  readonly count: number;
}

export interface ScriptedModel {
  readonly url: string;
  readonly requests: readonly ModelRequest[];
  /** Of all answers that were given in full. */
  readonly totals: { input: number; cacheRead: number; cacheWrite: number; output: number };
}

/** @param host loopback, or the address of the Docker bridge */
export async function scriptedModel(
  script: (request: ModelRequest) => ModelTurn,
  host = "127.0.0.1",
): Promise<ScriptedModel> {
  const requests: ModelRequest[] = [];
  const totals = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0 };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (chunk: Buffer) => void parts.push(chunk));
    request.on("end", () => {
      if (request.headers.upgrade !== undefined) {
        response.writeHead(426).end();
        return;
      }
      if (request.method !== "POST") {
        response.writeHead(200, { "content-type": "application/json" }).end("{}");
        return;
      }
      const body = JSON.parse(Buffer.concat(parts).toString() || "{}") as Record<string, unknown>;
      const openai = request.url?.includes("/responses") === true;
      const about = { ...(openai ? openaiRequest(body) : anthropicRequest(body)), body, headers: request.headers };
      const asked: ModelRequest = { ...about, count: requests.length + 1 };
      requests.push(asked);
      const turn = script(asked);
      if (process.env["REGATTA_TEST_MODEL_LOG"] !== undefined)
        appendFileSync(process.env["REGATTA_TEST_MODEL_LOG"], `${JSON.stringify({ asked, turn })}\n`);
      const whole = openai ? answerOpenai(response, asked, turn) : answerAnthropic(response, asked, turn);
      if (!whole) return;
      for (const key of ["input", "cacheRead", "cacheWrite", "output"] as const) totals[key] += usageOf(turn)[key];
    });
  });
  server.listen(0, host);
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://${host}:${(server.address() as AddressInfo).port}`, requests, totals };
}

function usageOf({ usage }: ModelTurn): { input: number; cacheRead: number; cacheWrite: number; output: number } {
  const { input = 10, cacheRead = 0, cacheWrite = 0, output = 5 } = usage ?? {};
  return { input, cacheRead, cacheWrite, output };
}

interface Message {
  readonly role?: string;
  readonly type?: string;
  readonly content?: string | readonly { readonly type?: string; readonly text?: string }[];
}

function textOf(content: Message["content"]): string {
  return typeof content === "string" ? content : (content ?? []).map(({ text }) => text ?? "").join("\n");
}

function anthropicRequest(body: Record<string, unknown>): Pick<ModelRequest, "turn" | "model" | "tools" | "prompt"> {
  const messages = (body["messages"] ?? []) as readonly Message[];
  const turn = messages.filter(
    ({ role, content }) =>
      role === "user" && Array.isArray(content) && content.some(({ type }) => type === "tool_result"),
  ).length;
  const tools = ((body["tools"] ?? []) as readonly { name?: string }[]).map(({ name }) => name ?? "");
  const prompt = textOf(messages.findLast(({ role, content }) => role === "user" && isPrompt(content))?.content);
  return { turn, model: String(body["model"]), tools, prompt };
}

function isPrompt(content: Message["content"]): boolean {
  return typeof content === "string" || !(content ?? []).some(({ type }) => type === "tool_result");
}

function openaiRequest(body: Record<string, unknown>): Pick<ModelRequest, "turn" | "model" | "tools" | "prompt"> {
  const input = (body["input"] ?? []) as readonly Message[];
  const tools = (
    (body["tools"] ?? []) as readonly { name?: string; type?: string; tools?: { name: string }[] }[]
  ).flatMap(({ name, type, tools: inner }) =>
    inner === undefined ? [name ?? type ?? ""] : inner.map((each) => `${name}/${each.name}`),
  );
  return {
    turn: input.filter(({ type }) => type?.endsWith("call_output")).length,
    model: String(body["model"]),
    tools,
    prompt: textOf(input.findLast(({ role }) => role === "user")?.content),
  };
}

let serial = 0;
function id(prefix: string): string {
  serial += 1;
  return `${prefix}${String(serial).padStart(20, "0")}`;
}

function refuse(response: ServerResponse, turn: ModelTurn, openai: boolean): void {
  const { type, message } = turn.error ?? { type: "api_error", message: "the script says so" };
  response.writeHead(turn.status ?? 500, { "content-type": "application/json", ...turn.headers });
  response.end(
    JSON.stringify(openai ? { error: { type, code: type, message } } : { type: "error", error: { type, message } }),
  );
}

/** @returns whether the answer was given in full. */
function answerAnthropic(response: ServerResponse, asked: ModelRequest, turn: ModelTurn): boolean {
  if (turn.status !== undefined) {
    refuse(response, turn, false);
    return false;
  }
  const blocks = turn.blocks ?? [{ type: "text", text: "Done." }];
  const { input, cacheRead, cacheWrite, output } = usageOf(turn);
  const send = (type: string, data: object): void =>
    void response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  response.writeHead(200, { "content-type": "text/event-stream" });
  const usage = { input_tokens: input, cache_read_input_tokens: cacheRead, cache_creation_input_tokens: cacheWrite };
  const message = { id: id("msg_"), type: "message", role: "assistant", model: turn.model ?? asked.model, content: [] };
  send("message_start", {
    message: { ...message, stop_reason: null, stop_sequence: null, usage: { ...usage, output_tokens: 1 } },
  });
  for (const [index, block] of blocks.entries()) {
    if (turn.cutAfter === index) {
      response.destroy();
      return false;
    }
    if (turn.stallAfter === index) return false;
    const empty =
      block.type === "text"
        ? { type: "text", text: "" }
        : block.type === "thinking"
          ? { type: "thinking", thinking: "", signature: "" }
          : { type: "tool_use", id: id("toolu_"), name: block.name, input: {} };
    send("content_block_start", { index, content_block: empty });
    const deltas =
      block.type === "text"
        ? [{ type: "text_delta", text: block.text }]
        : block.type === "thinking"
          ? [
              { type: "thinking_delta", thinking: block.thinking },
              { type: "signature_delta", signature: "c2lnbmVk" },
            ]
          : [{ type: "input_json_delta", partial_json: JSON.stringify(block.input) }];
    for (const delta of deltas) send("content_block_delta", { index, delta });
    send("content_block_stop", { index });
  }
  if (turn.cutAfter !== undefined || turn.stallAfter !== undefined) {
    if (turn.cutAfter !== undefined) response.destroy();
    return false;
  }
  const stop = turn.stop ?? (blocks.some(({ type }) => type === "tool_use") ? "tool_use" : "end_turn");
  send("message_delta", {
    delta: { stop_reason: stop, stop_sequence: null },
    usage: { ...usage, output_tokens: output },
  });
  send("message_stop", {});
  response.end();
  return true;
}

function answerOpenai(response: ServerResponse, asked: ModelRequest, turn: ModelTurn): boolean {
  if (turn.status !== undefined) {
    refuse(response, turn, true);
    return false;
  }
  const { input, cacheRead, output } = usageOf(turn);
  const send = (type: string, data: object): void =>
    void response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  response.writeHead(200, { "content-type": "text/event-stream" });
  const answer = { id: id("resp_"), object: "response", model: turn.model ?? asked.model };
  send("response.created", { response: { ...answer, status: "in_progress", output: [] } });
  const items = (turn.blocks ?? [{ type: "text", text: "Done." }]).map((block) => openaiItem(block));
  for (const [index, item] of items.entries()) {
    if (turn.cutAfter === index) {
      response.destroy();
      return false;
    }
    send("response.output_item.added", { output_index: index, item });
    send("response.output_item.done", { output_index: index, item });
  }
  send("response.completed", {
    response: {
      ...answer,
      status: "completed",
      output: items,
      usage: {
        input_tokens: input + cacheRead,
        input_tokens_details: { cached_tokens: cacheRead },
        output_tokens: output,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: input + cacheRead + output,
      },
    },
  });
  response.end();
  return true;
}

/** A name with a slash is of an MCP server's namespace. */
function openaiItem(block: Block): object {
  if (block.type === "text")
    return {
      type: "message",
      id: id("msg_"),
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: block.text, annotations: [] }],
    };
  if (block.type === "thinking")
    return { type: "reasoning", id: id("rs_"), summary: [{ type: "summary_text", text: block.thinking }] };
  const [namespace, name] = block.name.includes("/") ? block.name.split("/") : [undefined, block.name];
  const call = { type: "function_call", id: id("fc_"), call_id: id("call_"), name, status: "completed" };
  return { ...call, arguments: JSON.stringify(block.input), ...(namespace === undefined ? {} : { namespace }) };
}
