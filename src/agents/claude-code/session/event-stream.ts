/**
 * `agent/claude-code.txt`: the CLI's `--output-format stream-json`, with whatever else it printed between.
 *
 * Its `usage` per message is a snapshot of the message's beginning; only the last `result` event has sums. Its absence says
 * nothing but that the CLI did not end by itself, and its presence does not say that the CLI was not told to stop.
 */
import { join } from "node:path";
import { amount, count, listOf, nameOf, plainText, recordOf } from "../../atif/plain.ts";
import { lineRemarks, readSessionLines } from "../../atif/session-lines.ts";
import type { HookRun } from "../../atif/session-reading.ts";
import { streamedHook } from "./hooks.ts";

export const STREAM_FILE = "claude-code.txt";

export interface ModelUsage {
  readonly model: string;
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly costUsd: number | null;
}

export interface ResultEvent {
  readonly sessionId: string | null;
  readonly subtype: string | null;
  readonly isError: boolean;
  readonly apiErrorStatus: number | null;
  readonly stopReason: string | null;
  readonly terminalReason: string | null;
  /** The last message, or the error's text. */
  readonly text: string;
  readonly turns: number | null;
  readonly costUsd: number | null;
  /** Null when the event has none. */
  readonly modelUsage: readonly ModelUsage[] | null;
  readonly permissionDenials: readonly { readonly tool: string; readonly callId: string | null }[] | null;
}

export interface EventStream {
  readonly found: boolean;
  readonly sessionId: string | null;
  readonly version: string | null;
  readonly model: string | null;
  readonly mcpServers: readonly { readonly name: string; readonly status: string }[];
  /** The last one. */
  readonly result: ResultEvent | null;
  /** All of them: a process that is woken by what it left in the background has several, and so have several processes. */
  readonly results: readonly ResultEvent[];
  /** The last attempt that failed after the last message. */
  readonly retry: { readonly status: number | null; readonly error: string } | null;
  /** The provider would not answer, in its words. */
  readonly refusal: string | null;
  readonly hookRuns: readonly HookRun[];
  /** The last lines that are no events. */
  readonly words: string;
  readonly remarks: readonly string[];
}

export async function readEventStream(agentDir: string): Promise<EventStream> {
  const facts: { -readonly [Key in keyof EventStream]: EventStream[Key] } = {
    found: false,
    sessionId: null,
    version: null,
    model: null,
    mcpServers: [],
    result: null,
    results: [],
    retry: null,
    refusal: null,
    hookRuns: [],
    words: "",
    remarks: [],
  };
  const hookRuns: HookRun[] = [];
  const results: ResultEvent[] = [];
  const words: string[] = [];
  const report = await readSessionLines(join(agentDir, STREAM_FILE), {
    record(event) {
      if (event["type"] === "system") systemEvent(facts, hookRuns, event);
      else if (event["type"] === "assistant") facts.retry = null;
      else if (event["type"] === "result") results.push(resultOf(event));
      facts.sessionId ??= nameOf(event["session_id"]);
    },
    text(line) {
      words.push(plainText(line, 2000));
      if (words.length > 20) words.shift();
    },
  });
  // Lines that are no events are words here, not damage.
  const remarks = lineRemarks(`agent/${STREAM_FILE}`, { ...report, unreadable: 0 });
  const result = results.at(-1) ?? null;
  return { ...facts, result, results, found: report.state === "read", hookRuns, words: words.join("\n"), remarks };
}

function systemEvent(
  facts: { -readonly [Key in keyof EventStream]: EventStream[Key] },
  hookRuns: HookRun[],
  event: Record<string, unknown>,
): void {
  const { subtype } = event;
  if (subtype === "init") {
    facts.sessionId = nameOf(event["session_id"]);
    facts.version ??= nameOf(event["claude_code_version"]);
    facts.model ??= nameOf(event["model"]);
    facts.mcpServers = listOf(event["mcp_servers"]).map((server) => ({
      name: nameOf(recordOf(server)["name"]) ?? "unknown",
      status: nameOf(recordOf(server)["status"]) ?? "unknown",
    }));
  } else if (subtype === "hook_response") {
    hookRuns.push(streamedHook(event));
  } else if (subtype === "api_retry") {
    facts.retry = { status: amount(event["error_status"]), error: nameOf(event["error"]) ?? "unknown" };
  } else if (subtype === "model_refusal_no_fallback") {
    facts.refusal = nameOf(event["api_refusal_explanation"]) ?? nameOf(event["api_refusal_category"]) ?? "refused";
  }
}

function resultOf(event: Record<string, unknown>): ResultEvent {
  const errors = listOf(event["errors"]).filter((error) => typeof error === "string");
  const usage = event["modelUsage"];
  const denials = event["permission_denials"];
  return {
    sessionId: nameOf(event["session_id"]),
    subtype: nameOf(event["subtype"]),
    isError: event["is_error"] === true,
    apiErrorStatus: amount(event["api_error_status"]),
    stopReason: nameOf(event["stop_reason"]),
    terminalReason: nameOf(event["terminal_reason"]),
    text: plainText(typeof event["result"] === "string" ? event["result"] : errors.join("\n"), 4000),
    turns: amount(event["num_turns"]),
    costUsd: amount(event["total_cost_usd"]),
    modelUsage: usage === undefined || usage === null ? null : modelUsageOf(recordOf(usage)),
    permissionDenials: Array.isArray(denials)
      ? denials.map((denial) => ({
          tool: nameOf(recordOf(denial)["tool_name"]) ?? "unknown",
          callId: nameOf(recordOf(denial)["tool_use_id"]),
        }))
      : null,
  };
}

function modelUsageOf(usage: Record<string, unknown>): ModelUsage[] {
  return Object.entries(usage).map(([model, value]) => {
    const of = recordOf(value);
    return {
      model,
      input: count(of["inputTokens"]) ?? 0,
      output: count(of["outputTokens"]) ?? 0,
      cacheRead: count(of["cacheReadInputTokens"]) ?? 0,
      cacheWrite: count(of["cacheCreationInputTokens"]) ?? 0,
      costUsd: amount(of["costUSD"]),
    };
  });
}
