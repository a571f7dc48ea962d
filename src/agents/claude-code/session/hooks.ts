/**
 * Hook runs: from the session file's attachments, which have durations, and from the event stream, which may have more of them.
 */
import { amount, listOf, nameOf, plainText, recordOf } from "../../atif/plain.ts";
import type { HookRun } from "../../atif/session-reading.ts";

/** A hook's output goes to the model through other lines; here it is to recognise it by. */
const LONGEST = 8000;

/** Attachments that are one run of a hook each. The other kinds are what a run brought about. */
const RUNS: ReadonlyMap<string, HookRun["outcome"]> = new Map([
  ["hook_success", "success"],
  ["hook_cancelled", "cancelled"],
  ["hook_blocking_error", "blocked"],
  ["hook_non_blocking_error", "error"],
  ["hook_error_during_execution", "error"],
]);

export interface HookFact {
  /** Null for what a run brought about. */
  readonly run: HookRun | null;
  readonly toolUseId: string | null;
  /** For the `extra` of the step it belongs to. */
  readonly extra: Record<string, unknown>;
}

/** @returns null for an attachment that is not a hook's. */
export function hookFact(attachment: Record<string, unknown>): HookFact | null {
  const type = nameOf(attachment["type"]) ?? "";
  const event = nameOf(attachment["hookEvent"]);
  if (!/^(async_)?hook_/.test(type) && event === null) return null;
  const name = nameOf(attachment["hookName"]) ?? event ?? "unknown";
  const outcome = RUNS.get(type);
  const milliseconds = amount(attachment["durationMs"]);
  const run =
    outcome === undefined
      ? null
      : {
          event: event ?? name.split(":")[0] ?? name,
          name,
          outcome,
          seconds: milliseconds === null ? null : milliseconds / 1000,
        };
  return { run, toolUseId: nameOf(attachment["toolUseID"]), extra: extraOf(type, event, name, attachment) };
}

function extraOf(
  type: string,
  event: string | null,
  name: string,
  attachment: Record<string, unknown>,
): Record<string, unknown> {
  const extra: Record<string, unknown> = { type, event, name };
  const blocking = recordOf(attachment["blockingError"]);
  const texts = {
    command: attachment["command"] ?? blocking["command"],
    stdout: attachment["stdout"],
    stderr: attachment["stderr"],
    content: contentText(attachment["content"]) ?? blocking["blockingError"],
  };
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value === "string" && value !== "") extra[key] = plainText(value, LONGEST);
  }
  const milliseconds = amount(attachment["durationMs"]);
  if (milliseconds !== null) extra["duration_ms"] = milliseconds;
  if (typeof attachment["exitCode"] === "number") extra["exit_code"] = attachment["exitCode"];
  return extra;
}

function contentText(content: unknown): string | null {
  if (typeof content === "string") return content;
  const texts = listOf(content).filter((part) => typeof part === "string");
  return texts.length > 0 ? texts.join("\n") : null;
}

/** `system/stop_hook_summary`: all Stop hooks that ran together. A run that makes the agent go on is among the errors, by its command. */
export function stopRuns(record: Record<string, unknown>): HookRun[] {
  const errors = listOf(record["hookErrors"]).map((error) => (typeof error === "string" ? error : ""));
  return listOf(record["hookInfos"]).map((info) => {
    const { command, durationMs } = recordOf(info);
    const blocked = typeof command === "string" && errors.some((error) => error.startsWith(`[${command}]`));
    const milliseconds = amount(durationMs);
    return {
      event: "Stop",
      name: "Stop",
      outcome: blocked ? "blocked" : "success",
      seconds: milliseconds === null ? null : milliseconds / 1000,
    };
  });
}

/** `system/hook_response` of the event stream. */
export function streamedHook(event: Record<string, unknown>): HookRun {
  const name = nameOf(event["hook_name"]) ?? "unknown";
  const { outcome } = event;
  return {
    event: nameOf(event["hook_event"]) ?? name.split(":")[0] ?? name,
    name,
    outcome:
      outcome === "success" || outcome === "error" || outcome === "cancelled"
        ? event["exit_code"] === 2
          ? "blocked"
          : outcome
        : "unknown",
    seconds: null,
  };
}

/**
 * Both sources tell of the same runs, the session files only of those that said something: of each name as many as the one that
 * has more of them.
 * @returns the runs that the session files do not tell of
 */
export function unrecordedRuns(recorded: readonly HookRun[], streamed: readonly HookRun[]): HookRun[] {
  const left = new Map<string, number>();
  for (const { name } of recorded) left.set(name, (left.get(name) ?? 0) + 1);
  return streamed.filter(({ name }) => {
    const count = left.get(name) ?? 0;
    left.set(name, count - 1);
    return count <= 0;
  });
}
