/** What is looked at in Claude Code's event stream while it runs: how it began, and how it says it ended. */
import { isRecord } from "../../base/is-record.ts";

export interface InitEvent {
  readonly version: string | null;
  readonly model: string | null;
  readonly servers: readonly { readonly name: string; readonly status: string }[];
  readonly tools: readonly string[];
}

export interface ResultEvent {
  readonly subtype: string;
  readonly isError: boolean;
  readonly turns: number | null;
}

/** A line longer than this is the result of a tool, and none of the two. */
const MAX_LINE = 8 << 20;

export interface ToolEvent {
  readonly name: string;
  readonly failed: boolean;
}

export function createRunEvents(
  onInit: (event: InitEvent) => void,
  /** Told of every result of a tool; leaving it out saves looking for them. */
  onTool?: (event: ToolEvent) => void,
): {
  take(chunk: Uint8Array): void;
  readonly result: () => ResultEvent | null;
} {
  const names = new Map<string, string>();
  let rest = "";
  let skipping = false;
  let result: ResultEvent | null = null;
  const decoder = new TextDecoder();
  const line = (text: string): void => {
    const tools = onTool !== undefined && text.includes('"tool_');
    if (!tools && !text.includes('"init"') && !text.includes('"result"')) return;
    const event = parsed(text);
    for (const block of tools ? blocksOf(event) : []) {
      const { type, id, name, tool_use_id: used } = block;
      if (type === "tool_use" && typeof id === "string" && typeof name === "string") names.set(id, name);
      const called = type === "tool_result" && typeof used === "string" ? names.get(used) : undefined;
      if (called !== undefined) onTool?.({ name: called, failed: block["is_error"] === true });
    }
    if (event?.["type"] === "system" && event["subtype"] === "init") onInit(initEvent(event));
    if (event?.["type"] === "result") result = resultEvent(event);
  };
  return {
    take(chunk) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const each of lines) {
        if (skipping) skipping = false;
        else line(each);
      }
      if (rest.length > MAX_LINE) {
        rest = "";
        skipping = true;
      }
    },
    result: () => result,
  };
}

function blocksOf(event: Record<string, unknown> | null): readonly Record<string, unknown>[] {
  const message = event?.["message"];
  const content = isRecord(message) ? message["content"] : null;
  return Array.isArray(content) ? content.filter(isRecord) : [];
}

function initEvent(event: Readonly<Record<string, unknown>>): InitEvent {
  const servers = Array.isArray(event["mcp_servers"]) ? event["mcp_servers"] : [];
  const tools = Array.isArray(event["tools"]) ? event["tools"] : [];
  return {
    version: text(event["claude_code_version"]),
    model: text(event["model"]),
    servers: servers
      .filter(isRecord)
      .flatMap(({ name, status }) => (typeof name === "string" ? [{ name, status: text(status) ?? "unknown" }] : [])),
    tools: tools.filter((tool) => typeof tool === "string"),
  };
}

function resultEvent(event: Readonly<Record<string, unknown>>): ResultEvent {
  const turns = event["num_turns"];
  return {
    subtype: text(event["subtype"]) ?? "unknown",
    isError: event["is_error"] === true,
    turns: typeof turns === "number" ? turns : null,
  };
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** Null for a line that is no object: something else that was printed, or a line that was cut. */
function parsed(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
