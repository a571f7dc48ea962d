/** Where each line of a rollout goes. */
import { isRecord } from "../../../base/is-record.ts";
import { nameOf, recordOf, timeOf } from "../../atif/plain.ts";
import { newStep, textPart } from "../../atif/step-draft.ts";
import { addStep, type Conversation, fingerprint, type Reading } from "./conversation.ts";
import { eventMessage } from "./event-message.ts";
import { responseItem } from "./response-item.ts";
import { usageRecord } from "./token-usage.ts";

export function rolloutLine(reading: Reading, at: Conversation, record: Record<string, unknown>): void {
  const type = nameOf(record["type"]) ?? "unknown";
  const { payload } = record;
  if (!isRecord(payload)) {
    reading.leftOut.add(type, "a line without a payload");
    return;
  }
  const time = timeOf(record["timestamp"]);
  at.startedAt ??= time;
  if (at.copying && type === "response_item" && !reading.items.has(fingerprint(payload))) at.copying = false;
  switch (type) {
    case "session_meta":
      sessionMeta(reading, at, payload);
      break;
    case "turn_context":
      at.model = nameOf(payload["model"]) ?? at.model;
      at.effort = effortIn(payload);
      at.turnId = nameOf(payload["turn_id"]) ?? at.turnId;
      reading.leftOut.add(type, "in the steps: model and effort");
      break;
    case "response_item":
      responseItem(reading, at, payload, time);
      reading.items.add(fingerprint(payload));
      break;
    case "event_msg":
      eventMessage(reading, at, payload, time);
      break;
    case "token_usage_record":
      usageRecord(reading, at, payload);
      break;
    case "compacted":
      compacted(reading, at, payload, time);
      break;
    case "world_state":
      reading.leftOut.add(type, "Codex's own state");
      break;
    default:
      reading.leftOut.add(type, "a line of a kind that is not known");
  }
}

function sessionMeta(reading: Reading, at: Conversation, payload: Record<string, unknown>): void {
  reading.leftOut.add("session_meta", "about the session");
  if (at.version !== null) {
    // A second one begins the history that a fork copies.
    at.copying = at.forked;
    return;
  }
  at.id = nameOf(payload["id"]) ?? at.id;
  at.version = nameOf(payload["cli_version"]) ?? "unknown";
  at.startedAt = timeOf(payload["timestamp"]) ?? at.startedAt;
  const source = recordOf(payload["source"]);
  const { subagent } = source;
  const spawn = recordOf(recordOf(subagent)["thread_spawn"]);
  const parent = nameOf(spawn["parent_thread_id"]) ?? nameOf(payload["parent_thread_id"]);
  if (subagent !== undefined || parent !== null || payload["thread_source"] === "subagent") {
    at.parent = {
      threadId: parent,
      callId: nameOf(spawn["spawn_call_id"]),
      type: nameOf(spawn["agent_role"]) ?? nameOf(payload["agent_role"]) ?? nameOf(subagent),
    };
  }
  at.forked = at.parent !== null || nameOf(payload["forked_from_id"]) !== null;
  at.copying = at.forked;
}

function effortIn(payload: Record<string, unknown>): string | null {
  const settings = recordOf(recordOf(payload["collaboration_mode"])["settings"]);
  return nameOf(payload["effort"]) ?? nameOf(settings["reasoning_effort"]);
}

function compacted(reading: Reading, at: Conversation, payload: Record<string, unknown>, time: string | null): void {
  const text = typeof payload["message"] === "string" ? reading.keep(payload["message"]) : "";
  const step = addStep(at, newStep("system", time, [textPart(text === "" ? "Conversation compacted" : text)]));
  step.extra["context_management"] = { type: "compaction", boundary: "replace" };
  if (payload["replacement_history"] !== undefined)
    reading.leftOut.add("compacted/replacement_history", "the conversation as it goes on");
  at.closed = true;
}
