/**
 * One step of an ATIF trajectory (1.0 to 1.7) → the little that metrics need of it, so that a trajectory of any size can be
 * folded step by step. Nothing is assumed to be there: a step of another shape gives a fact that says nothing.
 */
import { isRecord } from "../../base/is-record.ts";
import type { Act } from "./act.ts";
import { actsOf } from "./acts.ts";

export interface Call {
  readonly tool: string;
  /** Of `mcp__<server>__<tool>`; null = the agent's own tool. */
  readonly server: string | null;
  /** Null when no result of the call is recorded. */
  readonly failed: boolean | null;
  /** Equal for calls of the same tool with the same arguments. */
  readonly same: string;
  readonly acts: readonly Act[];
}

export interface MessageTokens {
  readonly input: number | null;
  readonly output: number | null;
  readonly cached: number | null;
  readonly costUsd: number | null;
}

export interface StepFact {
  readonly source: "system" | "user" | "agent" | "unknown";
  /** Repeated from an earlier context: counts nowhere. */
  readonly copied: boolean;
  /** False when the step says that no model was called for it. */
  readonly calledModel: boolean;
  /** What identifies the model's message, where the step says so: steps with the same one are one message. */
  readonly messageId: string | null;
  readonly tokens: MessageTokens | null;
  readonly calls: readonly Call[];
  readonly compaction: boolean;
}

export function stepFact(step: unknown): StepFact {
  if (!isRecord(step)) return NOTHING;
  const { source } = step;
  const extra = isRecord(step["extra"]) ? step["extra"] : null;
  return {
    source: source === "agent" || source === "user" || source === "system" ? source : "unknown",
    copied: step["is_copied_context"] === true,
    calledModel: source === "agent" && step["llm_call_count"] !== 0,
    messageId: messageIdOf(extra),
    tokens: tokensOf(step["metrics"]),
    calls: callsOf(step),
    compaction: isRecord(extra?.["context_management"]) && extra["context_management"]["type"] === "compaction",
  };
}

const NOTHING: StepFact = {
  source: "unknown",
  copied: false,
  calledModel: false,
  messageId: null,
  tokens: null,
  calls: [],
  compaction: false,
};

/** ATIF has no field for it; these are the names that converters use. */
function messageIdOf(extra: Record<string, unknown> | null): string | null {
  for (const key of ["message_id", "response_id", "request_id"]) {
    const value = extra?.[key];
    if (typeof value === "string" && value !== "") return value;
  }
  return null;
}

function tokensOf(metrics: unknown): MessageTokens | null {
  if (!isRecord(metrics)) return null;
  const tokens = {
    input: amount(metrics["prompt_tokens"]),
    output: amount(metrics["completion_tokens"]),
    cached: amount(metrics["cached_tokens"]),
    costUsd: amount(metrics["cost_usd"]),
  };
  return tokens.input === null && tokens.output === null && tokens.costUsd === null ? null : tokens;
}

/** A finite number that is not negative, else null. */
export function amount(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
}

function callsOf(step: Record<string, unknown>): readonly Call[] {
  const { tool_calls: calls } = step;
  if (!Array.isArray(calls) || calls.length === 0) return [];
  const results = resultsOf(step["observation"]);
  return calls.flatMap((call: unknown, at): Call[] => {
    if (!isRecord(call)) return [];
    const tool = typeof call["function_name"] === "string" ? call["function_name"] : "";
    return [
      {
        tool,
        server: serverOf(tool),
        failed: outcomeOf(resultsFor(call["tool_call_id"], at, calls.length, results)),
        same: fingerprint(tool, call["arguments"]),
        acts: actsOf(tool, call["arguments"]),
      },
    ];
  });
}

/** By the call's id; results without an id belong to the calls in order, where there is one for each. */
function resultsFor(
  id: unknown,
  at: number,
  calls: number,
  results: readonly Record<string, unknown>[],
): readonly Record<string, unknown>[] {
  const own = results.filter((result) => result["source_call_id"] === id);
  if (own.length > 0 || results.length !== calls) return own;
  const placed = results[at];
  return placed === undefined || typeof placed["source_call_id"] === "string" ? [] : [placed];
}

function outcomeOf(results: readonly Record<string, unknown>[]): boolean | null {
  return results.length === 0 ? null : results.some(isFailed);
}

function resultsOf(observation: unknown): Record<string, unknown>[] {
  if (!isRecord(observation) || !Array.isArray(observation["results"])) return [];
  return observation["results"].filter(isRecord);
}

/** By the name of the call itself: whatever server, whatever tool. */
function serverOf(tool: string): string | null {
  return /^mcp__(.+?)__./.exec(tool)?.[1] ?? null;
}

/** Short texts as they are; of long ones (a file that is written) only what tells them apart, or they would fill the memory. */
function fingerprint(tool: string, args: unknown): string {
  return `${tool} ${shortened(args)}`;
}

const READABLE = 80;

function shortened(value: unknown): string {
  if (typeof value === "string")
    return value.length <= READABLE ? `${value.length}:${value}` : `${value.length}#${hashOf(value)}`;
  if (!isRecord(value)) {
    const text = JSON.stringify(value) ?? "";
    return text.length <= READABLE ? text : `${text.length}#${hashOf(text)}`;
  }
  let text = "";
  for (const key in value) text += `${key}=${shortened(value[key])},`;
  return text.length <= 2 * READABLE ? text : `${text.length}#${hashOf(text)}`;
}

/** FNV-1a, twice with different starts: 64 bits. */
function hashOf(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x1b873593;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b);
  }
  return `${(a >>> 0).toString(36)}${(b >>> 0).toString(36)}`;
}

const FAILURE_FLAGS = ["is_error", "isError", "error"];
/** How failed results begin, where an agent records no flag. */
const FAILURE_BEGINS =
  /^\s*(?:<tool_use_error>|error\b|traceback \(most recent call last\)|command failed\b|exit(?:ed with)? code:? -?[1-9])/i;
/** A result that is JSON: the exit status or the error of a command. */
const FAILURE_MEMBER =
  /"(?:exit_?code|returncode|exit_status)"\s*:\s*-?[1-9]|"(?:is_?error)"\s*:\s*true|^\s*\{\s*"error"\s*:\s*(?!null|""|false)/i;

function isFailed(result: Record<string, unknown>): boolean {
  const extra = isRecord(result["extra"]) ? result["extra"] : {};
  for (const flag of FAILURE_FLAGS) if (flag in extra) return Boolean(extra[flag]);
  if (extra["status"] === "error" || extra["status"] === "failed") return true;
  for (const key of ["exit_code", "exitCode"]) if (typeof extra[key] === "number") return extra[key] !== 0;
  const text = textOf(result["content"]);
  if (FAILURE_BEGINS.test(text.slice(0, 200))) return true;
  const start = text.slice(0, 10).trimStart();
  if (!start.startsWith("{")) return false;
  return FAILURE_MEMBER.test(text.length > 4000 ? text.slice(0, 2000) + text.slice(-2000) : text);
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  const [first] = content as unknown[];
  return isRecord(first) && typeof first["text"] === "string" ? first["text"] : "";
}
