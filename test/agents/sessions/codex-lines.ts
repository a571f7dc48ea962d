/** Lines of a Codex rollout and of its event stream, as few of their members as matter. */
import type { Line } from "./session-dir.ts";

export const THREAD = "019c0000-0000-7000-8000-000000000001";
export const ROLLOUT = `sessions/2026/01/02/rollout-2026-01-02T03-04-05-${THREAD}.jsonl`;
export const STREAM = "codex.txt";

let made = 0;

function line(type: string, payload: Line): Line {
  made += 1;
  return { timestamp: new Date(Date.UTC(2026, 0, 2) + made * 1000).toISOString(), type, payload };
}

export const meta = (over: Line = {}): Line =>
  line("session_meta", { id: THREAD, cli_version: "0.169.0", source: "exec", ...over });
export const context = (over: Line = {}): Line =>
  line("turn_context", { turn_id: "turn-1", model: "gpt-5.1-codex", effort: "high", ...over });
export const item = (payload: Line): Line => line("response_item", payload);
export const event = (type: string, over: Line = {}): Line => line("event_msg", { type, ...over });

export function message(role: string, text: string): Line {
  return item({
    type: "message",
    role,
    content: [{ type: role === "assistant" ? "output_text" : "input_text", text }],
  });
}

export function reasoning(...texts: readonly string[]): Line {
  return item({
    type: "reasoning",
    summary: texts.map((text) => ({ type: "summary_text", text })),
    encrypted_content: "x",
  });
}

export function call(callId: string, name: string, args: unknown, over: Line = {}): Line {
  return item({ type: "function_call", call_id: callId, name, arguments: JSON.stringify(args), ...over });
}

export function output(callId: string, given: unknown, over: Line = {}): Line {
  return item({ type: "function_call_output", call_id: callId, output: given, ...over });
}

export interface Tokens {
  readonly input: number;
  readonly cached?: number;
  readonly output: number;
  readonly reasoning?: number;
}

function usage({ input, cached = 0, output: out, reasoning: thought = 0 }: Tokens): Line {
  return {
    input_tokens: input,
    cached_input_tokens: cached,
    output_tokens: out,
    reasoning_output_tokens: thought,
    total_tokens: input + out,
  };
}

export function counted(last: Tokens, total: Tokens): Line {
  return event("token_count", { info: { last_token_usage: usage(last), total_token_usage: usage(total) } });
}

export function recorded(response: string, last: Tokens, total: Tokens): Line {
  return line("token_usage_record", { response_id: response, usage: usage(last), thread_token_usage: usage(total) });
}

export const compacted = (text: string): Line => line("compacted", { message: text, replacement_history: [{}] });
export const stray = (type: string): Line => line(type, { x: 1 });

/** As 0.112 writes it: sums before and after the outputs; every message as event and item. */
export function olderRollout(): Line[] {
  const [one, two] = [
    { input: 1000, cached: 0, output: 30, reasoning: 10 },
    { input: 2300, cached: 1000, output: 50, reasoning: 10 },
  ];
  return [
    meta({ cli_version: "0.112.0" }),
    message("developer", "Be careful"),
    message("user", "<environment_context>\n  <cwd>/app</cwd>\n</environment_context>"),
    event("task_started", { turn_id: "turn-1" }),
    context(),
    message("user", "Make the tests pass"),
    event("user_message", { message: "Make the tests pass" }),
    event("token_count", { info: null }),
    event("agent_reasoning", { text: "**Look first**" }),
    reasoning("**Look first**"),
    call("c1", "exec_command", { cmd: "ls" }),
    call("c2", "mcp__fs__read", { path: "a" }),
    counted(one, one),
    output("c1", "Chunk ID: 1\nWall time: 0.1 seconds\nProcess exited with code 2\nOutput:\nno"),
    output("c2", "content of a"),
    counted(one, one),
    event("agent_message", { message: "Done." }),
    message("assistant", "Done."),
    counted({ input: 1300, cached: 1000, output: 20 }, two),
    event("task_complete", { last_agent_message: "Done." }),
  ];
}

/** As 0.169 writes it: a record of tokens for each answer, items as events, namespaces. */
export function newerRollout(): Line[] {
  const [one, two] = [
    { input: 1200, output: 30, reasoning: 10 },
    { input: 2450, cached: 1100, output: 60, reasoning: 20 },
  ];
  return [
    meta(),
    event("task_started", { turn_id: "turn-1" }),
    context(),
    message("user", "Make the tests pass"),
    event("item_completed", {
      item: { type: "UserMessage", id: "u", content: [{ type: "text", text: "Make the tests pass" }] },
    }),
    call("c1", "exec_command", { cmd: "false" }),
    call("c2", "read", { path: "a" }, { namespace: "mcp__fs" }),
    recorded("resp-1", one, one),
    event("item_completed", {
      item: {
        type: "CommandExecution",
        id: "c1",
        exit_code: 1,
        status: "failed",
        duration: { secs: 1, nanos: 500_000_000 },
      },
    }),
    event("item_completed", { item: { type: "McpToolCall", id: "c2", server: "fs", tool: "read", status: "failed" } }),
    output("c1", "nothing"),
    output("c2", [
      { type: "input_text", text: "one" },
      { type: "input_text", text: "two" },
    ]),
    counted(one, one),
    event("item_completed", { item: { type: "AgentMessage", id: "m", content: [{ type: "Text", text: "Done." }] } }),
    message("assistant", "Done."),
    recorded("resp-2", { input: 1250, cached: 1100, output: 30, reasoning: 10 }, two),
    counted({ input: 1250, cached: 1100, output: 30, reasoning: 10 }, two),
    event("task_complete", { last_agent_message: "Done." }),
  ];
}
