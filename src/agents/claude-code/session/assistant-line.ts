/**
 * A line of the assistant's: one block, or several, of one message of the model's. All lines of a message are one step.
 *
 * What the CLI writes in the model's place (`<synthetic>`, API errors) is a system step: the model said nothing and used nothing.
 */
import { isRecord } from "../../../base/is-record.ts";
import { amount, known, listOf, nameOf, plainArguments, recordOf } from "../../atif/plain.ts";
import { newStep, type StepDraft, textPart } from "../../atif/step-draft.ts";
import { partsOf } from "./content-blocks.ts";
import type { Reading } from "./reading.ts";
import { addStep, type Thread } from "./thread.ts";

export function assistantLine(
  reading: Reading,
  thread: Thread,
  record: Record<string, unknown>,
  time: string | null,
): void {
  const { message } = record;
  if (!isRecord(message)) {
    reading.leftOut.add("assistant", "a line without a message");
    return;
  }
  if (record["isApiErrorMessage"] === true || message["model"] === "<synthetic>") {
    syntheticLine(reading, thread, record, message, time);
    return;
  }
  const key = keyOf(thread, record, message);
  const step = stepFor(reading, thread, key, message, time);
  const content =
    typeof message["content"] === "string" ? [{ type: "text", text: message["content"] }] : message["content"];
  for (const block of listOf(content)) assistantBlock(reading, thread, step, recordOf(block));
  reading.usages.add(key, message, step, record["fromStream"] !== true);
  if (typeof message["stop_reason"] === "string") thread.stopReason = nameOf(message["stop_reason"]);
  thread.lastError = null;
}

/** Some proxies give every message the same id, or none. */
function keyOf(thread: Thread, record: Record<string, unknown>, message: Record<string, unknown>): string {
  const id = nameOf(message["id"]);
  const request = nameOf(record["requestId"]);
  if (id === null && request === null)
    return `${thread.id} ${nameOf(record["uuid"]) ?? `step ${thread.steps.length + 1}`}`;
  return `${id ?? ""} ${request ?? ""}`;
}

function stepFor(
  reading: Reading,
  thread: Thread,
  key: string,
  message: Record<string, unknown>,
  time: string | null,
): StepDraft {
  const there = thread.byMessage.get(key);
  if (there !== undefined) return there;
  const step = addStep(thread, newStep("agent", time));
  thread.byMessage.set(key, step);
  step.model = nameOf(message["model"]);
  step.copied = reading.usages.stepOf(key) !== null;
  const id = nameOf(message["id"]);
  if (id !== null) step.extra["message_id"] = id;
  return step;
}

function assistantBlock(reading: Reading, thread: Thread, step: StepDraft, block: Record<string, unknown>): void {
  const type = nameOf(block["type"]) ?? "unknown";
  if (type === "text" && typeof block["text"] === "string") {
    if (block["text"] === "") reading.leftOut.add("assistant/text", "an empty text");
    else if (step.content.some((part) => part.type === "text" && part.text === block["text"]))
      reading.leftOut.add("assistant/text", "a text that the message already has");
    else step.content.push(textPart(reading.keep(block["text"])));
  } else if (type === "thinking" && typeof block["thinking"] === "string") {
    if (block["thinking"] === "")
      reading.leftOut.add("assistant/thinking", "thinking that the provider keeps to itself");
    else if (step.reasoning.includes(block["thinking"]))
      reading.leftOut.add("assistant/thinking", "thinking that the message already has");
    else step.reasoning.push(reading.keep(block["thinking"]));
  } else if (type === "redacted_thinking") {
    reading.leftOut.add("assistant/redacted_thinking", "encrypted");
  } else if (type.endsWith("tool_use")) {
    toolUse(reading, thread, step, block, type);
  } else if (type.endsWith("tool_result")) {
    const id = nameOf(block["tool_use_id"]);
    step.results.push({
      callId: id,
      content: partsTextOf(reading, block["content"]),
      refs: [],
      extra: { is_error: block["is_error"] === true },
    });
  } else {
    reading.leftOut.add(`assistant/${type}`, "a block of a kind that is not known");
  }
}

function partsTextOf(reading: Reading, content: unknown): string {
  const parts = partsOf(content, reading.keep, reading.images);
  return parts.map((part) => (part.type === "text" ? part.text : `[${part.source.path}]`)).join("\n");
}

function toolUse(
  reading: Reading,
  thread: Thread,
  step: StepDraft,
  block: Record<string, unknown>,
  type: string,
): void {
  const id = nameOf(block["id"]) ?? `call-${thread.steps.length}-${step.calls.length + 1}`;
  if (thread.byCall.has(id)) {
    reading.leftOut.add(`assistant/${type}`, "a call that is already there");
    return;
  }
  thread.byCall.set(id, step);
  step.calls.push({
    id,
    name: nameOf(block["name"]) ?? "unknown",
    args: plainArguments(block["input"], reading.keep),
    extra: type === "tool_use" ? {} : { type },
  });
}

function syntheticLine(
  reading: Reading,
  thread: Thread,
  record: Record<string, unknown>,
  message: Record<string, unknown>,
  time: string | null,
): void {
  const step = addStep(thread, newStep("system", time, partsOf(message["content"], reading.keep, reading.images)));
  if (record["isApiErrorMessage"] !== true) {
    step.extra["synthetic"] = true;
    return;
  }
  const text = step.content.map((part) => (part.type === "text" ? part.text : "")).join("\n");
  const error = nameOf(record["error"]);
  const status = amount(record["apiErrorStatus"]);
  step.extra["api_error"] = known({ error, status });
  thread.lastError = { error, status, message: text, retrying: false };
}
