/**
 * A step while its session is still being read: results, usage and hooks arrive after the message they belong to.
 *
 * `finished` keeps the rules of the format whatever was put in: a result of a call that is not in the step loses its id, and
 * what only an agent's step may hold is dropped from others.
 */
import type { AtifMetrics, AtifRef, AtifResult, AtifStep, AtifToolCall, Content, ContentPart } from "./atif.ts";
import { known } from "./plain.ts";

export interface CallDraft {
  readonly id: string;
  readonly name: string;
  readonly args: Record<string, unknown>;
  readonly extra: Record<string, unknown>;
}

export interface ResultDraft {
  /** Null = of no call that is known. */
  readonly callId: string | null;
  content: Content | null;
  readonly refs: AtifRef[];
  readonly extra: Record<string, unknown>;
}

export interface StepDraft {
  readonly source: AtifStep["source"];
  readonly timestamp: string | null;
  readonly content: ContentPart[];
  model: string | null;
  effort: string | null;
  readonly reasoning: string[];
  readonly calls: CallDraft[];
  readonly results: ResultDraft[];
  metrics: AtifMetrics | null;
  copied: boolean;
  /** Null = not a step of a model's. */
  llmCalls: number | null;
  readonly extra: Record<string, unknown>;
}

export function newStep(
  source: StepDraft["source"],
  timestamp: string | null,
  content: readonly ContentPart[] = [],
): StepDraft {
  return {
    source,
    timestamp,
    content: [...content],
    model: null,
    effort: null,
    reasoning: [],
    calls: [],
    results: [],
    metrics: null,
    copied: false,
    llmCalls: source === "agent" ? 1 : null,
    extra: {},
  };
}

export function textPart(text: string): ContentPart {
  return { type: "text", text };
}

/** Text alone becomes one string, its parts with a blank line between them. */
export function contentOf(parts: readonly ContentPart[]): Content {
  const texts = parts.flatMap((part) => (part.type === "text" ? [part.text] : []));
  return texts.length === parts.length ? texts.join("\n\n") : parts;
}

export function finished(draft: StepDraft, id: number): AtifStep {
  const agent = draft.source === "agent";
  const calls = agent ? draft.calls : [];
  const ids = new Set(calls.map((call) => call.id));
  const results = draft.results.map((result) => finishedResult(result, ids));
  const reasoning = draft.reasoning.join("\n\n");
  return {
    step_id: id,
    ...known({ timestamp: draft.timestamp }),
    source: draft.source,
    message: contentOf(draft.content),
    ...(agent && draft.model !== null ? { model_name: draft.model } : {}),
    ...(agent && draft.effort !== null ? { reasoning_effort: draft.effort } : {}),
    ...(agent && reasoning !== "" ? { reasoning_content: reasoning } : {}),
    ...(calls.length > 0 ? { tool_calls: calls.map(finishedCall) } : {}),
    ...(results.length > 0 ? { observation: { results } } : {}),
    ...(agent && draft.metrics !== null ? { metrics: draft.metrics } : {}),
    ...(draft.copied ? { is_copied_context: true as const } : {}),
    ...(agent && draft.llmCalls !== null && draft.llmCalls > 0 ? { llm_call_count: draft.llmCalls } : {}),
    ...extraOf(draft.extra),
  };
}

function finishedCall(call: CallDraft): AtifToolCall {
  return { tool_call_id: call.id, function_name: call.name, arguments: call.args, ...extraOf(call.extra) };
}

function finishedResult(result: ResultDraft, ids: ReadonlySet<string>): AtifResult {
  const matched = result.callId !== null && ids.has(result.callId);
  const stray = result.callId !== null && !matched ? { unmatched_call_id: result.callId } : {};
  return {
    ...(matched && result.callId !== null ? { source_call_id: result.callId } : {}),
    ...known({ content: result.content }),
    ...(result.refs.length > 0 ? { subagent_trajectory_ref: result.refs } : {}),
    ...extraOf({ ...result.extra, ...stray }),
  };
}

function extraOf(extra: Record<string, unknown>): { readonly extra?: Record<string, unknown> } {
  return Object.keys(extra).length > 0 ? { extra } : {};
}
