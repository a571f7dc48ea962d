/** `response_item` lines: what went to the model and what came from it. Items of one answer are one step. */
import { isRecord } from "../../../base/is-record.ts";
import type { ContentPart } from "../../atif/atif.ts";
import { jsonText, listOf, nameOf, plainArguments, recordOf } from "../../atif/plain.ts";
import { contentOf, newStep, textPart } from "../../atif/step-draft.ts";
import { addStep, answerStep, type Conversation, type Reading } from "./conversation.ts";
import { settle } from "./told-twice.ts";

export function responseItem(
  reading: Reading,
  at: Conversation,
  item: Record<string, unknown>,
  time: string | null,
): void {
  const type = nameOf(item["type"]) ?? "unknown";
  if (type === "message") message(reading, at, item, time);
  else if (type === "reasoning") reasoning(reading, at, item, time);
  else if (type.endsWith("_output")) output(reading, at, item, time);
  else if (type.endsWith("_call")) call(reading, at, item, type, time);
  else if (type === "additional_tools") reading.leftOut.add(`response_item/${type}`, "what the model is offered");
  else if (/compaction/.test(type)) reading.leftOut.add(`response_item/${type}`, "encrypted; the compaction is marked");
  else reading.leftOut.add(`response_item/${type}`, "an item of a kind that is not known");
}

function message(reading: Reading, at: Conversation, item: Record<string, unknown>, time: string | null): void {
  const parts = partsOf(reading, item["content"]);
  if (parts.length === 0) {
    reading.leftOut.add("response_item/message", "a message without content");
    return;
  }
  const text = contentText(parts);
  if (item["role"] === "assistant") {
    settle(at, "agent", text, "item", () => {
      const step = answerStep(at, time);
      step.content.push(...parts);
      return null;
    });
    at.error = null;
    return;
  }
  at.closed = true;
  settle(at, "user", text, "item", () => {
    const meta = item["role"] !== "user" || isHarness(text);
    const step = addStep(at, newStep(meta ? "system" : "user", time, parts));
    if (meta && item["role"] === "user") step.extra["is_meta"] = true;
    return null;
  });
}

/** Codex puts surroundings and instructions into the conversation in the user's name. */
function isHarness(text: string): boolean {
  return /^(?:<(?:environment_context|user_instructions|turn_aborted|subagent_notification|skill|INSTRUCTIONS)>|# AGENTS\.md instructions)/.test(
    text.trimStart(),
  );
}

function reasoning(reading: Reading, at: Conversation, item: Record<string, unknown>, time: string | null): void {
  const texts = [...listOf(item["summary"]), ...listOf(item["content"])].flatMap((part) => {
    const { text } = recordOf(part);
    return typeof text === "string" && text !== "" ? [reading.keep(text)] : [];
  });
  const step = answerStep(at, time);
  if (texts.length === 0) reading.leftOut.add("response_item/reasoning", "encrypted, without a summary");
  for (const text of texts) {
    settle(at, "reasoning", text, "item", () => {
      step.reasoning.push(text);
      return null;
    });
  }
}

function call(
  reading: Reading,
  at: Conversation,
  item: Record<string, unknown>,
  type: string,
  time: string | null,
): void {
  const step = answerStep(at, time);
  const id = nameOf(item["call_id"]) ?? nameOf(item["id"]) ?? `${type}-${at.steps.length}-${step.calls.length + 1}`;
  if (at.byCall.has(id)) {
    reading.leftOut.add(`response_item/${type}`, "a call that is already there");
    return;
  }
  at.byCall.set(id, step);
  at.error = null;
  const { name, extra } = nameOfCall(item, type);
  step.calls.push({ id, name, args: argumentsOf(reading, item), extra });
}

/** The tools of an MCP server are a namespace of their own: `mcp__fs` and `read` are `mcp__fs__read`. */
function nameOfCall(item: Record<string, unknown>, type: string): { name: string; extra: Record<string, unknown> } {
  const name = nameOf(item["name"]) ?? type.replace(/_call$/, "");
  const namespace = nameOf(item["namespace"])?.replace(/_+$/, "") ?? null;
  if (namespace === null) return { name, extra: {} };
  return namespace.startsWith("mcp__") ? { name: `${namespace}__${name}`, extra: {} } : { name, extra: { namespace } };
}

function argumentsOf(reading: Reading, item: Record<string, unknown>): Record<string, unknown> {
  const given = item["arguments"] ?? item["input"] ?? item["action"];
  if (typeof given !== "string" || item["arguments"] === undefined) return plainArguments(given, reading.keep);
  try {
    return plainArguments(JSON.parse(given), reading.keep);
  } catch (error) {
    // A model may write anything.
    if (error instanceof SyntaxError || error instanceof RangeError) return { input: reading.keep(given) };
    throw error;
  }
}

function output(reading: Reading, at: Conversation, item: Record<string, unknown>, time: string | null): void {
  const id = nameOf(item["call_id"]);
  const given = item["output"] ?? item["tools"] ?? "";
  const parts = partsOf(reading, isRecord(given) && given["content"] !== undefined ? given["content"] : given);
  const content = contentOf(parts.length === 0 ? [textPart("")] : parts);
  const step = id === null ? undefined : at.byCall.get(id);
  const target = step ?? addStep(at, newStep("system", time));
  if (
    target.results.some((result) => result.callId === id && JSON.stringify(result.content) === JSON.stringify(content))
  ) {
    reading.leftOut.add(`response_item/${nameOf(item["type"]) ?? "output"}`, "a result that is already there");
  } else target.results.push({ callId: id, content, refs: [], extra: factsOf(contentText(parts)) });
  at.closed = true;
}

/** What the text of a result says of itself; events say it better where there are any. */
function factsOf(text: string): Record<string, unknown> {
  const exit = /^(?:.*\n){0,4}Process exited with code (-?\d+)$/m.exec(text.slice(0, 500))?.[1];
  if (exit !== undefined) return { exit_code: Number(exit), is_error: exit !== "0" };
  const old = /^\{"output":.*"metadata":\{"exit_code":(-?\d+)/s.exec(text)?.[1];
  if (old !== undefined) return { exit_code: Number(old), is_error: old !== "0" };
  return /^(?:tool call error|failed to parse function arguments|unsupported call)/i.test(text)
    ? { is_error: true }
    : {};
}

/** Text, images, and of anything else its JSON. */
export function partsOf(reading: Reading, content: unknown): ContentPart[] {
  if (typeof content === "string") return [textPart(reading.keep(content))];
  return listOf(content).map((part) => {
    const { text, image_url: url } = recordOf(part);
    if (typeof text === "string") return textPart(reading.keep(text));
    const data = typeof url === "string" ? /^data:([^;,]+);base64,(.*)$/s.exec(url) : null;
    if (data !== null) return reading.images.add(data[1], data[2]);
    if (typeof url === "string") return textPart(`[image ${reading.keep(url)}]`);
    return textPart(typeof part === "string" ? reading.keep(part) : jsonText(part, reading.keep));
  });
}

export function contentText(parts: readonly ContentPart[]): string {
  return parts.map((part) => (part.type === "text" ? part.text : `[${part.source.path}]`)).join("\n\n");
}
