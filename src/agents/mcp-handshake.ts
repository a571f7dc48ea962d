/**
 * Asks an MCP server over its stdin and stdout what it offers: `initialize`, then `tools/list`
 * (https://modelcontextprotocol.io/specification/2025-06-18/basic/lifecycle). One line of JSON a message.
 */
import { PassThrough } from "node:stream";
import { isRecord } from "../base/is-record.ts";
import type { StdioServer } from "../contract/treatment.ts";
import type { PreflightContext } from "./agent.ts";
import { expandVariables } from "./mcp-variables.ts";

export type ServerAnswer = { readonly tools: readonly string[] } | { readonly failed: string };

const PROTOCOL = "2025-06-18";
const MOST_LINE = 16 << 20;

export async function askServer(
  server: StdioServer,
  { workspace, env, user, signal }: Pick<PreflightContext, "workspace" | "env" | "user" | "signal">,
  limitSec: number,
): Promise<ServerAnswer> {
  const input = new PassThrough();
  const over = new AbortController();
  let answer: ServerAnswer | null = null;
  let errors = "";
  const send = (message: object): void => void input.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const settle = (given: ServerAnswer): void => {
    answer ??= given;
    over.abort();
  };
  const onMessage = (message: Record<string, unknown>): void => {
    const { id, error, result } = message;
    if (id !== 1 && id !== 2) return;
    if (error !== undefined)
      settle({ failed: `refuses ${id === 1 ? "initialize" : "tools/list"}: ${JSON.stringify(error).slice(0, 300)}` });
    else if (id === 1) {
      send({ method: "notifications/initialized" });
      send({ id: 2, method: "tools/list" });
    } else {
      const tools = isRecord(result) && Array.isArray(result["tools"]) ? result["tools"].filter(isRecord) : null;
      if (tools === null) settle({ failed: "answers tools/list without a list of tools" });
      else settle({ tools: tools.map(({ name }) => String(name)) });
    }
  };
  send({
    id: 1,
    method: "initialize",
    params: { protocolVersion: PROTOCOL, capabilities: {}, clientInfo: { name: "regatta", version: "1" } },
  });
  const lines = lineReader(onMessage);
  const decoder = new TextDecoder();
  const ended = await workspace.exec({
    argv: [server.command, ...server.args],
    env: { ...env, ...expandVariables(server.env, env) },
    ...(user === null ? {} : { user }),
    stdin: input,
    timeoutSec: limitSec,
    graceSec: 0.5,
    signal: AbortSignal.any([signal, over.signal]),
    onOutput: (stream, chunk) => {
      if (stream === "stdout") lines(decoder.decode(chunk, { stream: true }));
      else errors = (errors + Buffer.from(chunk).toString()).slice(-2000);
    },
  });
  input.destroy();
  signal.throwIfAborted();
  if (answer !== null) return answer;
  const last = errors.trim().split("\n").at(-1) ?? "";
  const words = last === "" ? "" : `: ${last.slice(0, 300)}`;
  return ended.ended === "timed-out"
    ? { failed: `did not answer within ${limitSec} s${words}` }
    : { failed: `ended with ${ended.exitCode ?? "a signal"} before it answered${words}` };
}

function lineReader(onMessage: (message: Record<string, unknown>) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = (lines.pop() ?? "").slice(-MOST_LINE);
    for (const line of lines) {
      if (!line.startsWith("{")) continue;
      let message: unknown;
      try {
        message = JSON.parse(line);
      } catch (error) {
        // Servers print to stdout what belongs on stderr; agents pass over it too.
        if (error instanceof SyntaxError) continue;
        throw error;
      }
      if (isRecord(message)) onMessage(message);
    }
  };
}
