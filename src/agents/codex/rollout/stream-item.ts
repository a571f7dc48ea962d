/** An item of the event stream → steps, for where there is no rollout to read. It says less: no answers, no tokens of each. */
import { nameOf, plainArguments, recordOf } from "../../atif/plain.ts";
import { newStep, type StepDraft, textPart } from "../../atif/step-draft.ts";
import { addStep, type Conversation, type Reading } from "./conversation.ts";
import { contentText, partsOf } from "./response-item.ts";

export function streamItem(reading: Reading, at: Conversation, item: Record<string, unknown>): void {
  const type = nameOf(item["type"]) ?? "unknown";
  const id = nameOf(item["id"]) ?? `item_${at.steps.length}`;
  const said = item["text"] ?? item["message"];
  const text = typeof said === "string" ? reading.keep(said) : "";
  switch (type) {
    case "agent_message":
      addStep(at, newStep("agent", null, [textPart(text)]));
      break;
    case "reasoning":
      addStep(at, newStep("agent", null)).reasoning.push(text);
      break;
    case "error":
      addStep(at, newStep("system", null, [textPart(text)])).extra["warning"] = true;
      break;
    case "command_execution":
      called(at, id, "exec_command", plainArguments({ cmd: item["command"] }, reading.keep), {
        output: typeof item["aggregated_output"] === "string" ? reading.keep(item["aggregated_output"]) : "",
        extra: {
          is_error: item["status"] === "failed",
          ...(typeof item["exit_code"] === "number" ? { exit_code: item["exit_code"] } : {}),
        },
      });
      break;
    case "mcp_tool_call": {
      const name = `mcp__${nameOf(item["server"]) ?? "unknown"}__${nameOf(item["tool"]) ?? "unknown"}`;
      const error = recordOf(item["error"])["message"];
      const content = recordOf(item["result"])["content"] ?? (typeof error === "string" ? error : "");
      called(at, id, name, plainArguments(item["arguments"], reading.keep), {
        output: contentText(partsOf(reading, content)),
        extra: { is_error: item["status"] === "failed" },
      });
      break;
    }
    case "file_change":
      called(at, id, "apply_patch", plainArguments({ changes: item["changes"] }, reading.keep), {
        output: "",
        extra: { is_error: item["status"] === "failed" },
      });
      break;
    case "web_search":
      called(at, id, "web_search", plainArguments({ query: item["query"] }, reading.keep), null);
      break;
    default:
      reading.leftOut.add(`item.completed/${type}`, "for Codex's own interface");
  }
}

function called(
  at: Conversation,
  id: string,
  name: string,
  args: Record<string, unknown>,
  result: { readonly output: string; readonly extra: Record<string, unknown> } | null,
): StepDraft {
  const step = addStep(at, newStep("agent", null));
  step.calls.push({ id, name, args, extra: {} });
  if (result !== null) step.results.push({ callId: id, content: result.output, refs: [], extra: result.extra });
  return step;
}
