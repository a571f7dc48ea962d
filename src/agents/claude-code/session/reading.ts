/** What is gathered while the lines of a trial's sessions are read, and where each line goes. */
import { isRecord } from "../../../base/is-record.ts";
import type { ImageFiles } from "../../atif/image-files.ts";
import { type LeftOutCounts, leftOutCounts } from "../../atif/left-out.ts";
import { amount, type KeepText, known, nameOf, recordOf, textKeeper, timeOf } from "../../atif/plain.ts";
import type { HookRun } from "../../atif/session-reading.ts";
import { newStep, textPart } from "../../atif/step-draft.ts";
import { assistantLine } from "./assistant-line.ts";
import { partsOf } from "./content-blocks.ts";
import { hookFact, stopRuns } from "./hooks.ts";
import { type MessageUsages, messageUsages } from "./message-usage.ts";
import { addStep, newThread, type Thread } from "./thread.ts";
import { userLine } from "./user-line.ts";

export interface Reading {
  readonly keep: KeepText;
  readonly images: ImageFiles;
  readonly leftOut: LeftOutCounts;
  readonly usages: MessageUsages;
  readonly hookRuns: HookRun[];
  /** Newer versions sum them up; of older ones only what a run says to the model is recorded. */
  readonly stopRuns: { readonly summed: HookRun[]; readonly heard: HookRun[] };
  /** In order of their first line. */
  readonly threads: Map<string, Thread>;
  /** Lines that are in a trajectory, by uuid, and whose. Sessions that continue others repeat their lines. */
  readonly lines: Map<string, Thread>;
  /** The call that started an agent, by the agent's id, as the call's result says. */
  readonly startedAgents: Map<string, string>;
}

export function newReading(images: ImageFiles): Reading {
  return {
    keep: textKeeper(),
    images,
    leftOut: leftOutCounts(),
    usages: messageUsages(),
    hookRuns: [],
    stopRuns: { summed: [], heard: [] },
    threads: new Map(),
    lines: new Map(),
    startedAgents: new Map(),
  };
}

export function threadNamed(reading: Reading, id: string, kind: Thread["kind"]): Thread {
  const there = reading.threads.get(id);
  if (there !== undefined) return there;
  const thread = newThread(id, kind);
  reading.threads.set(id, thread);
  return thread;
}

/** Kinds of lines that are about the session, not of the conversation. */
const BOOKKEEPING = new Map([
  ["queue-operation", "the queue of prompts, which follow as messages"],
  ["last-prompt", "a pointer to a message"],
  ["summary", "a title of the session"],
  ["ai-title", "a title of the session"],
  ["custom-title", "a title of the session"],
  ["file-history-snapshot", "the CLI's backups of files"],
  ["progress", "progress of what follows as a result"],
  ["mode", "a setting of the CLI's"],
  ["permission-mode", "a setting of the CLI's"],
  ["cost-state", "the CLI's own sums, which its result event has too"],
  ["api-request", "a request as it was sent"],
  ["api-request-blob", "a request as it was sent"],
  ["api-request-shape", "a request as it was sent"],
]);

/** @param file the conversation of the file that the line stands in */
export function readLine(reading: Reading, file: Thread, record: Record<string, unknown>): void {
  const type = nameOf(record["type"]) ?? "unknown";
  const uuid = nameOf(record["uuid"]);
  const owner = uuid === null ? undefined : reading.lines.get(uuid);
  if (owner !== undefined) {
    reading.leftOut.add(type, "a line that is already there");
    return;
  }
  const thread = threadOf(reading, file, record);
  if (uuid !== null && (type !== "user" && type !== "assistant" ? true : isRecord(record["message"]))) {
    reading.lines.set(uuid, thread);
  }
  const time = timeOf(record["timestamp"]);
  thread.sessionId ??= nameOf(record["sessionId"]);
  thread.version ??= nameOf(record["version"]);
  thread.startedAt ??= time;
  switch (type) {
    case "assistant":
      assistantLine(reading, thread, record, time);
      break;
    case "user":
      userLine(reading, thread, record, time);
      break;
    case "system":
      systemLine(reading, thread, record, time);
      break;
    case "attachment":
      attachmentLine(reading, thread, recordOf(record["attachment"]), time);
      break;
    default:
      reading.leftOut.add(type, BOOKKEEPING.get(type) ?? "a line of a kind that is not known");
  }
}

/** Older versions write the lines of subagents into the session's own file: they hang together by their parents. */
function threadOf(reading: Reading, file: Thread, record: Record<string, unknown>): Thread {
  if (record["isSidechain"] !== true || file.kind === "subagent") return file;
  const agent = nameOf(record["agentId"]);
  if (agent !== null) return threadNamed(reading, `agent-${agent}`, "subagent");
  const parent = reading.lines.get(nameOf(record["parentUuid"]) ?? "");
  if (parent?.kind === "subagent") return parent;
  return threadNamed(reading, `sidechain-${reading.threads.size}`, "subagent");
}

function systemLine(reading: Reading, thread: Thread, record: Record<string, unknown>, time: string | null): void {
  const subtype = nameOf(record["subtype"]) ?? "unknown";
  const content = typeof record["content"] === "string" ? reading.keep(record["content"]) : "";
  if (subtype === "compact_boundary" || subtype === "microcompact_boundary") {
    const metadata = recordOf(record["compactMetadata"] ?? record["microcompactMetadata"]);
    const step = addStep(
      thread,
      newStep("system", time, [textPart(content === "" ? "Conversation compacted" : content)]),
    );
    const whole = subtype === "compact_boundary";
    step.extra["context_management"] = {
      type: whole ? "compaction" : "pruning",
      boundary: whole ? "replace" : "truncate",
      ...known({ trigger: nameOf(metadata["trigger"]), tokens_before: amount(metadata["preTokens"]) }),
    };
    thread.compacted = whole;
    return;
  }
  if (subtype === "api_error") {
    apiRetry(thread, record, content, time);
    return;
  }
  if (subtype === "stop_hook_summary") {
    reading.stopRuns.summed.push(...stopRuns(record));
    reading.leftOut.add(`system/${subtype}`, "counted as runs of hooks");
    return;
  }
  if (content === "") {
    reading.leftOut.add(`system/${subtype}`, "a note of the CLI's without a message");
    return;
  }
  addStep(thread, newStep("system", time, [textPart(content)])).extra["subtype"] = subtype;
}

/** A call of the provider's failed and is to be tried again. */
function apiRetry(thread: Thread, record: Record<string, unknown>, content: string, time: string | null): void {
  const error = recordOf(record["error"]);
  const cause = recordOf(record["cause"]);
  const status = amount(error["status"]) ?? amount(record["status"]);
  const message =
    [content, error["message"], cause["message"], cause["code"], error["code"], record["error"]].find(
      (text): text is string => typeof text === "string" && text !== "",
    ) ?? `API error${status === null ? "" : ` ${status}`}`;
  const step = addStep(thread, newStep("system", time, [textPart(nameOf(message) ?? "API error")]));
  step.extra["api_error"] = {
    retrying: true,
    ...known({ status, attempt: amount(record["retryAttempt"]) }),
  };
  thread.lastError = { error: null, status, message: nameOf(message) ?? "API error", retrying: true };
}

function attachmentLine(
  reading: Reading,
  thread: Thread,
  attachment: Record<string, unknown>,
  time: string | null,
): void {
  const hook = hookFact(attachment);
  if (hook !== null) {
    if (hook.run !== null) reading.hookRuns.push(hook.run);
    const step = (hook.toolUseId === null ? undefined : thread.byCall.get(hook.toolUseId)) ?? thread.steps.at(-1);
    if (step === undefined) thread.earlyHooks.push(hook.extra);
    else addHook(step.extra, hook.extra);
    return;
  }
  const type = nameOf(attachment["type"]) ?? "unknown";
  if (type === "queued_command") {
    const step = addStep(thread, newStep("user", time, partsOf(attachment["prompt"], reading.keep, reading.images)));
    step.extra["queued"] = true;
    return;
  }
  reading.leftOut.add(`attachment/${type}`, "context that the CLI adds of itself");
}

export function addHook(extra: Record<string, unknown>, hook: Record<string, unknown>): void {
  const { hooks } = extra;
  if (Array.isArray(hooks)) hooks.push(hook);
  else extra["hooks"] = [hook];
}
