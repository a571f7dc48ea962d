/** `event_msg` lines: what Codex told its user interface. Much of it repeats items; some of it is said nowhere else. */
import { amount, known, listOf, nameOf, plainArguments, plainText, recordOf } from "../../atif/plain.ts";
import type { HookRun } from "../../atif/session-reading.ts";
import { newStep, textPart } from "../../atif/step-draft.ts";
import { addStep, type Conversation, type Reading } from "./conversation.ts";
import { contentText, partsOf } from "./response-item.ts";
import { classOf, errorIn } from "./rollout-error.ts";
import { tokenCount } from "./token-usage.ts";
import { settle, type Teller } from "./told-twice.ts";

type Event = Record<string, unknown>;

export function eventMessage(reading: Reading, at: Conversation, event: Event, time: string | null): void {
  const type = nameOf(event["type"]) ?? "unknown";
  switch (type) {
    case "token_count":
      tokenCount(reading, at, event);
      break;
    case "user_message":
      told(reading, at, "user", event["message"], type, time);
      break;
    case "agent_message":
      told(reading, at, "agent", event["message"], type, time);
      break;
    case "agent_reasoning":
    case "agent_reasoning_raw_content":
      told(reading, at, "reasoning", event["text"], type, time);
      break;
    case "item_completed":
      itemCompleted(reading, at, recordOf(event["item"]), time);
      break;
    case "exec_command_end":
    case "mcp_tool_call_end":
    case "patch_apply_end":
      callEnded(reading, at, type, event, time);
      break;
    case "task_started":
    case "turn_started":
      at.turns += 1;
      at.turnId = nameOf(event["turn_id"]) ?? at.turnId;
      at.error = null;
      at.ended = null;
      reading.leftOut.add(`event_msg/${type}`, "the frame of a turn");
      break;
    case "task_complete":
    case "turn_complete":
    case "turn_aborted":
      turnEnded(reading, at, type, event, time);
      break;
    case "error":
    case "stream_error":
    case "warning":
      trouble(at, type, event, time);
      break;
    case "hook_completed":
      reading.hookRuns.push(hookRun(recordOf(event["run"])));
      reading.leftOut.add(`event_msg/${type}`, "counted as a hook's run");
      break;
    default:
      reading.leftOut.add(`event_msg/${type}`, "for Codex's own interface");
  }
}

function told(reading: Reading, at: Conversation, who: Teller, said: unknown, type: string, time: string | null): void {
  if (typeof said !== "string" || said === "") {
    reading.leftOut.add(`event_msg/${type}`, "without a text");
    return;
  }
  const text = reading.keep(said);
  const added = settle(at, who, text, "event", () => {
    const step = addStep(
      at,
      newStep(who === "user" ? "user" : "agent", time, who === "reasoning" ? [] : [textPart(text)]),
    );
    if (who === "reasoning") step.reasoning.push(text);
    if (who !== "user") step.model = at.model;
    return step;
  });
  if (!added) reading.leftOut.add(`event_msg/${type}`, "an item says the same");
}

function itemCompleted(reading: Reading, at: Conversation, item: Event, time: string | null): void {
  const type = nameOf(item["type"]) ?? "unknown";
  const label = `item_completed/${type}`;
  if (type === "UserMessage" || type === "AgentMessage") {
    const text = contentText(partsOf(reading, item["content"]));
    told(reading, at, type === "UserMessage" ? "user" : "agent", text, label, time);
  } else if (type === "Reasoning") {
    for (const text of [...listOf(item["summary_text"]), ...listOf(item["raw_content"])])
      told(reading, at, "reasoning", text, label, time);
  } else if (type === "CommandExecution" || type === "McpToolCall" || type === "FileChange") {
    callEnded(reading, at, type, { ...item, call_id: item["id"] }, time);
  } else reading.leftOut.add(`event_msg/${label}`, "an item says the same");
}

/** How a call ended. Of a call that the model did not make itself (code it wrote did) this is all there is. */
function callEnded(reading: Reading, at: Conversation, type: string, event: Event, time: string | null): void {
  const id = nameOf(event["call_id"]);
  const facts = factsOf(event);
  if (id !== null && at.byCall.has(id)) {
    at.facts.set(id, { ...at.facts.get(id), ...facts });
    reading.leftOut.add(`event_msg/${type}`, "in the extra of the call's result");
    return;
  }
  const call = nestedCall(reading, event);
  const step = at.current;
  if (id === null || call === null || step === null) {
    reading.leftOut.add(`event_msg/${type}`, "of no call that is known");
    return;
  }
  at.byCall.set(id, step);
  step.calls.push({ id, ...call, extra: { nested: true } });
  const content = call.output;
  step.results.push({
    callId: id,
    content,
    refs: [],
    extra: { ...facts, ...known({ ended_at: time }) },
  });
}

function factsOf(event: Event): Record<string, unknown> {
  const exit = event["exit_code"];
  const duration = recordOf(event["duration"]);
  const seconds = amount(duration["secs"]);
  const result = recordOf(event["result"]);
  const ok = recordOf(result["Ok"]);
  const failed =
    event["status"] === "failed" ||
    event["status"] === "declined" ||
    event["success"] === false ||
    (typeof exit === "number" && exit !== 0) ||
    result["Err"] !== undefined ||
    [ok["isError"], ok["is_error"], result["isError"], result["is_error"]].includes(true);
  return {
    is_error: failed,
    ...(typeof exit === "number" ? { exit_code: exit } : {}),
    ...(seconds === null ? {} : { duration_sec: seconds + (amount(duration["nanos"]) ?? 0) / 1e9 }),
  };
}

function nestedCall(
  reading: Reading,
  event: Event,
): { readonly name: string; readonly args: Record<string, unknown>; readonly output: string } | null {
  const invocation = recordOf(event["invocation"]);
  const server = nameOf(event["server"]) ?? nameOf(invocation["server"]);
  const tool = nameOf(event["tool"]) ?? nameOf(invocation["tool"]);
  if (server !== null && tool !== null) {
    const result = recordOf(event["result"]);
    const content = recordOf(result["Ok"])["content"] ?? result["content"] ?? result["Err"] ?? "";
    const args = plainArguments(event["arguments"] ?? invocation["arguments"], reading.keep);
    return { name: `mcp__${server}__${tool}`, args, output: contentText(partsOf(reading, content)) };
  }
  if (event["changes"] !== undefined) {
    return { name: "apply_patch", args: plainArguments({ changes: event["changes"] }, reading.keep), output: "" };
  }
  if (event["command"] === undefined) return null;
  const output = event["aggregated_output"];
  return {
    name: "exec_command",
    args: plainArguments({ cmd: event["command"] }, reading.keep),
    output: typeof output === "string" ? reading.keep(output) : "",
  };
}

function turnEnded(reading: Reading, at: Conversation, type: string, event: Event, time: string | null): void {
  const reason = nameOf(event["reason"]);
  at.ended = reason === null ? type : `${type}: ${reason}`;
  at.closed = true;
  const error = recordOf(event["error"]);
  if (typeof error["message"] === "string" || error["codex_error_info"] !== undefined) {
    const said = errorIn(`${type}.error`, error);
    // The event before it may have told more.
    at.error = said.info === null && at.error !== null ? at.error : said;
    errorStep(at, said.message, time, false);
  }
  reading.leftOut.add(`event_msg/${type}`, "the frame of a turn");
}

function trouble(at: Conversation, type: string, event: Event, time: string | null): void {
  const error = errorIn(type, event);
  if (type === "warning") {
    addStep(at, newStep("system", time, [textPart(error.message)])).extra["warning"] = true;
    return;
  }
  at.error = error;
  errorStep(at, error.message, time, type === "stream_error");
}

function errorStep(at: Conversation, message: string, time: string | null, retrying: boolean): void {
  const last = at.steps.at(-1);
  const text = last?.content[0];
  if (last?.extra["api_error"] !== undefined && text?.type === "text" && text.text === message) return;
  const { error } = at;
  addStep(at, newStep("system", time, [textPart(message)])).extra["api_error"] = {
    ...known({ class: error === null ? null : classOf(error), error: error?.info, status: error?.status }),
    ...(retrying ? { retrying } : {}),
  };
}

function hookRun(run: Event): HookRun {
  const event = nameOf(run["event_name"]) ?? "unknown";
  const { status } = run;
  const outcomes: Record<string, HookRun["outcome"]> = {
    completed: "success",
    failed: "error",
    blocked: "blocked",
    stopped: "blocked",
  };
  const milliseconds = amount(run["duration_ms"]);
  return {
    event,
    name: plainText(nameOf(run["display_name"]) ?? nameOf(run["id"]) ?? event, 200),
    outcome:
      typeof status === "string" && Object.hasOwn(outcomes, status) ? (outcomes[status] ?? "unknown") : "unknown",
    seconds: milliseconds === null ? null : milliseconds / 1000,
  };
}
