/** Lines of a Claude Code session file (2.1) and of its event stream, as few of their members as matter. */
import type { Line } from "./session-dir.ts";

export const SESSION = "0b5f3c1e-8a44-4c1c-9d0a-3f6f0e5d7a11";
export const MAIN = `sessions/projects/-app/${SESSION}.jsonl`;
export const STREAM = "claude-code.txt";

let made = 0;

function line(type: string, over: Line): Line {
  made += 1;
  return {
    uuid: `uuid-${made}`,
    type,
    isSidechain: false,
    timestamp: new Date(Date.UTC(2026, 0, 1) + made * 1000).toISOString(),
    sessionId: SESSION,
    version: "2.1.197",
    cwd: "/app",
    ...over,
  };
}

export function prompt(content: unknown, over: Line = {}): Line {
  return line("user", { message: { role: "user", content }, ...over });
}

export interface Tokens {
  readonly input?: number;
  readonly write?: number;
  readonly read?: number;
  readonly output?: number;
}

/** One line for each block, all with the message's final usage. */
export function answer(id: string, blocks: readonly Line[], tokens: Tokens = {}, over: Line = {}): Line[] {
  const { input = 10, write = 0, read = 0, output = 5 } = tokens;
  const usage = {
    input_tokens: input,
    cache_creation_input_tokens: write,
    cache_read_input_tokens: read,
    output_tokens: output,
  };
  const { message, ...rest } = over as { message?: Line };
  return blocks.map((block) =>
    line("assistant", {
      requestId: `req-${id}`,
      message: {
        id,
        role: "assistant",
        type: "message",
        model: "claude-sonnet-4-5",
        content: [block],
        stop_reason: "end_turn",
        usage,
        ...message,
      },
      ...rest,
    }),
  );
}

export const said = (text: string): Line => ({ type: "text", text });
export const thought = (thinking: string): Line => ({ type: "thinking", thinking, signature: "c2ln" });
export const use = (id: string, name: string, input: unknown = {}): Line => ({ type: "tool_use", id, name, input });

export function toolResult(id: string, content: unknown, over: Line = {}, block: Line = {}): Line {
  return prompt([{ type: "tool_result", tool_use_id: id, content, ...block }], over);
}

export function hook(type: string, name: string, over: Line = {}): Line {
  return line("attachment", { attachment: { type, hookName: name, hookEvent: name.split(":")[0], ...over } });
}

export function system(subtype: string, over: Line = {}): Line {
  return line("system", { subtype, ...over });
}

export function apiError(text: string, error: string, status: number | null): Line {
  return line("assistant", {
    isApiErrorMessage: true,
    error,
    apiErrorStatus: status,
    message: {
      id: `synthetic-${made}`,
      role: "assistant",
      model: "<synthetic>",
      content: [said(text)],
      stop_reason: "stop_sequence",
      usage: { input_tokens: 0, output_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 },
    },
  });
}

export function init(over: Line = {}): Line {
  return {
    type: "system",
    subtype: "init",
    session_id: SESSION,
    model: "claude-sonnet-4-5",
    claude_code_version: "2.1.197",
    mcp_servers: [{ name: "fs", status: "connected" }],
    ...over,
  };
}

export function result(over: Line = {}): Line {
  return {
    type: "result",
    subtype: "success",
    is_error: false,
    api_error_status: null,
    num_turns: 3,
    result: "Done.",
    stop_reason: "end_turn",
    session_id: SESSION,
    permission_denials: [],
    terminal_reason: "completed",
    ...over,
  };
}

/** Of one model, without a cost where none is given. */
export function modelUsage(model: string, tokens: Tokens, costUSD = 0): Line {
  const { input = 0, write = 0, read = 0, output = 0 } = tokens;
  return {
    [model]: {
      inputTokens: input,
      outputTokens: output,
      cacheReadInputTokens: read,
      cacheCreationInputTokens: write,
      costUSD,
    },
  };
}

/** Two answers with thinking, three calls of two servers' tools and one that fails. */
export function shortSession(): Line[] {
  return [
    { type: "queue-operation", operation: "enqueue", sessionId: SESSION, content: "Make the tests pass" },
    hook("hook_success", "SessionStart:startup", { stdout: "hello", durationMs: 120, exitCode: 0, toolUseID: "x" }),
    prompt("Make the tests pass"),
    ...answer("msg-1", [thought("Look first."), said("Looking."), use("t1", "Bash", { command: "ls" })], {
      input: 11,
      write: 1200,
      output: 21,
    }),
    toolResult("t1", "a.txt", {}, { is_error: false }),
    hook("hook_success", "PostToolUse:Bash", { toolUseID: "t1", durationMs: 26, exitCode: 0 }),
    ...answer("msg-2", [use("t2", "mcp__fs__read", { path: "a" }), use("t3", "mcp__fs__write", { path: "b" })], {
      input: 12,
      write: 40,
      read: 1200,
      output: 9,
    }),
    toolResult("t2", [{ type: "text", text: "content of a" }]),
    toolResult("t3", "Exit code 3\nno space", {}, { is_error: true }),
    ...answer("msg-3", [said("Done.")], { input: 13, write: 40, read: 1240, output: 7 }),
    { type: "last-prompt", lastPrompt: "Make the tests pass", sessionId: SESSION },
  ];
}
