/** A line of the user's side: what was asked, what tools answered, and what the CLI adds in the user's name. */
import { isRecord } from "../../../base/is-record.ts";
import type { ContentPart } from "../../atif/atif.ts";
import { amount, listOf, nameOf, recordOf } from "../../atif/plain.ts";
import { contentOf, newStep, type ResultDraft } from "../../atif/step-draft.ts";
import { partsOf } from "./content-blocks.ts";
import type { Reading } from "./reading.ts";
import { addStep, type Thread } from "./thread.ts";

export function userLine(reading: Reading, thread: Thread, record: Record<string, unknown>, time: string | null): void {
  const { message } = record;
  if (!isRecord(message)) {
    reading.leftOut.add("user", "a line without a message");
    return;
  }
  const { content } = message;
  const blocks = typeof content === "string" ? [content] : listOf(content);
  if (blocks.length === 0) reading.leftOut.add("user", "a message without content");
  const results = blocks.filter((block) => recordOf(block)["type"] === "tool_result");
  for (const block of results) toolResult(reading, thread, recordOf(block), record, results.length === 1, time);
  const rest = blocks.filter((block) => recordOf(block)["type"] !== "tool_result");
  if (rest.length > 0) said(reading, thread, record, partsOf(rest, reading.keep, reading.images), time);
}

function said(
  reading: Reading,
  thread: Thread,
  record: Record<string, unknown>,
  parts: readonly ContentPart[],
  time: string | null,
): void {
  const summary = record["isCompactSummary"] === true;
  const meta = record["isMeta"] === true;
  const step = addStep(thread, newStep(summary || meta ? "system" : "user", time, parts));
  if (meta) {
    step.extra["is_meta"] = true;
    stopHook(reading, parts);
  }
  if (summary) {
    step.extra["is_compact_summary"] = true;
    // The boundary before it is the compaction; a summary without one stands for it.
    if (!thread.compacted) step.extra["context_management"] = { type: "compaction", boundary: "replace" };
    thread.compacted = false;
  }
  if (!summary && !meta && thread.prompt === null) {
    const text = parts.find((part) => part.type === "text");
    thread.prompt = text?.type === "text" ? text.text : null;
  }
}

/** A Stop hook that makes the agent go on leaves no other line. */
function stopHook(reading: Reading, parts: readonly ContentPart[]): void {
  const [first] = parts;
  if (first?.type === "text" && first.text.startsWith("Stop hook feedback:")) {
    reading.stopRuns.heard.push({ event: "Stop", name: "Stop", outcome: "blocked", seconds: null });
  }
}

function toolResult(
  reading: Reading,
  thread: Thread,
  block: Record<string, unknown>,
  record: Record<string, unknown>,
  alone: boolean,
  time: string | null,
): void {
  const id = nameOf(block["tool_use_id"]);
  const content = contentOf(partsOf(block["content"], reading.keep, reading.images));
  const result: ResultDraft = {
    callId: id,
    content,
    refs: [],
    extra: { is_error: block["is_error"] === true, ...(alone ? details(reading, id, record["toolUseResult"]) : {}) },
  };
  const exit =
    typeof content === "string" && result.extra["is_error"] === true ? /^Exit code (\d+)/.exec(content) : null;
  if (exit !== null) result.extra["exit_code"] = Number(exit[1]);
  const step = id === null ? undefined : thread.byCall.get(id);
  if (step === undefined) {
    addStep(thread, newStep("system", time)).results.push(result);
    return;
  }
  const same = step.results.some(
    (other) => other.callId === id && JSON.stringify(other.content) === JSON.stringify(content),
  );
  if (same) reading.leftOut.add("user/tool_result", "a result that is already there");
  else step.results.push(result);
}

/** Of the CLI's own record of the result only what the result's text does not say. */
function details(reading: Reading, callId: string | null, value: unknown): Record<string, unknown> {
  if (!isRecord(value)) return {};
  const extra: Record<string, unknown> = {};
  const agentId = nameOf(value["agentId"]);
  if (agentId !== null) {
    extra["agent_id"] = agentId;
    if (callId !== null) reading.startedAgents.set(agentId, callId);
  }
  if (value["interrupted"] === true) extra["interrupted"] = true;
  const milliseconds = amount(value["totalDurationMs"]) ?? amount(value["durationMs"]);
  if (milliseconds !== null) extra["duration_ms"] = milliseconds;
  return extra;
}
