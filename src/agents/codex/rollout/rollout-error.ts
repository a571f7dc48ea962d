/** Errors as Codex records them: `codex_error_info` is a word, or an object with one member that is the word. */
import { classOfStatus, classOfText } from "../../atif/error-class.ts";
import { isRecord } from "../../../base/is-record.ts";
import { amount, nameOf, plainText, recordOf } from "../../atif/plain.ts";
import type { ErrorClass } from "../../atif/session-reading.ts";

export interface RolloutError {
  /** In snake_case; null = only words. */
  readonly info: string | null;
  readonly status: number | null;
  readonly message: string;
  /** The event that says it. */
  readonly event: string;
}

const BY_INFO: ReadonlyMap<string, ErrorClass> = new Map([
  ["usage_limit_exceeded", "quota"],
  ["session_budget_exceeded", "quota"],
  ["context_window_exceeded", "context"],
  ["server_overloaded", "overload"],
  ["internal_server_error", "server-error"],
  ["unauthorized", "authentication"],
  ["cyber_policy", "refusal"],
  ["model_not_found", "model-not-found"],
  ["bad_request", "invalid-request"],
]);

/** A transport's failure says less than the status or the text that came with it. */
const TRANSPORT = new Set([
  "http_connection_failed",
  "response_stream_connection_failed",
  "response_stream_disconnected",
]);

export function errorIn(event: string, fields: Record<string, unknown>): RolloutError {
  const info = fields["codex_error_info"];
  const [word, detail] = isRecord(info) ? (Object.entries(info)[0] ?? [null, null]) : [info, null];
  const message = typeof fields["message"] === "string" ? plainText(fields["message"], 4000) : "";
  return {
    info:
      nameOf(word)
        ?.replace(/(?<=[a-z])(?=[A-Z])/g, "_")
        .toLowerCase() ?? null,
    status: amount(recordOf(detail)["http_status_code"]) ?? statusIn(message),
    message,
    event,
  };
}

/** `unexpected status 404 Not Found: …`, `last status: 429 Too Many Requests`. */
function statusIn(message: string): number | null {
  const found = /\bstatus:? (\d{3})\b/.exec(message)?.[1];
  return found === undefined ? null : Number(found);
}

export function classOf({ info, status, message }: RolloutError): ErrorClass {
  const named = BY_INFO.get(info ?? "");
  if (named === "invalid-request") return classOfStatus(400, message) ?? named;
  const worded = classOfText(message);
  return (
    named ??
    classOfStatus(status, message) ??
    (worded === "unknown" ? null : worded) ??
    (TRANSPORT.has(info ?? "") ? "network" : "unknown")
  );
}
