/**
 * What ended a run, when it was an error: the CLI's `result` event first, then what its session recorded last, words last.
 *
 * A result's subtype is `success` also when the provider refused to answer: only `is_error` counts.
 */
import { classOfStatus, classOfText } from "../../atif/error-class.ts";
import type { ErrorClass, SessionError } from "../../atif/session-reading.ts";
import { type EventStream, type ResultEvent, STREAM_FILE } from "./event-stream.ts";
import type { ApiError, Thread } from "./thread.ts";

const STREAM = `agent/${STREAM_FILE}`;

/** The CLI's own words for what a call of the provider's ended in. */
const BY_WORD: ReadonlyMap<string, ErrorClass> = new Map([
  ["authentication_failed", "authentication"],
  ["oauth_org_not_allowed", "authentication"],
  ["billing_error", "quota"],
  ["overloaded", "overload"],
  ["model_not_found", "model-not-found"],
  ["max_output_tokens", "output-limit"],
]);

const BY_STOP: ReadonlyMap<string, ErrorClass> = new Map([
  ["refusal", "refusal"],
  ["max_tokens", "output-limit"],
  ["model_context_window_exceeded", "context"],
]);

export function errorOf(stream: EventStream, main: Thread | null): SessionError | null {
  const { result } = stream;
  const last = main?.lastError ?? null;
  // An interruption from outside ends it too, and is no error of its own.
  if (result !== null && (result.terminalReason ?? "").startsWith("aborted")) return errorOfRetry(stream);
  // Older versions do not call the end of a limit an error.
  const failed = result !== null && (result.isError || (result.subtype?.startsWith("error_max") ?? false));
  if (result !== null) return failed ? errorOfResult(stream, result, last) : null;
  if (stream.refusal !== null) {
    return { class: "refusal", message: stream.refusal, evidence: `${STREAM}: system/model_refusal_no_fallback` };
  }
  if (last !== null) {
    return {
      class: classOfApi(last),
      message: last.message,
      evidence: "agent/sessions: the last line is an API error",
    };
  }
  const retried = errorOfRetry(stream);
  if (retried !== null) return retried;
  const stop = BY_STOP.get(main?.stopReason ?? "");
  if (stop !== undefined) {
    const message = `the model's last message stopped with ${main?.stopReason ?? "?"}`;
    return { class: stop, message, evidence: "agent/sessions: stop_reason" };
  }
  return errorOfWords(stream, main);
}

/** What it was still trying to get over: nothing that a model answered came after it. */
function errorOfRetry({ retry }: EventStream): SessionError | null {
  if (retry === null) return null;
  const { status, error } = retry;
  const found = classOfApi({ status, error, message: error, retrying: true });
  return {
    // Without a status there was no answer at all.
    class: status === null && found === "unknown" ? "network" : found,
    message:
      status === null
        ? `the provider did not answer: ${error}`
        : `the provider's last answer was an error (${status}): ${error}`,
    evidence: `${STREAM}: system/api_retry`,
  };
}

/** Before the first event the CLI says in plain words what is wrong. */
function errorOfWords(stream: EventStream, main: Thread | null): SessionError | null {
  if (stream.words === "" || (main?.byMessage.size ?? 0) > 0) return null;
  const kind = classOfText(stream.words);
  if (kind === null || kind === "unknown") return null;
  return { class: kind, message: stream.words, evidence: `${STREAM}: its text` };
}

function errorOfResult(stream: EventStream, result: ResultEvent, last: ApiError | null): SessionError {
  const message = result.text === "" ? (last?.message ?? result.subtype ?? "error") : result.text;
  const at = (field: string): string => `${STREAM}: result.${field}`;
  if (result.subtype === "error_max_turns" || result.terminalReason === "max_turns") {
    return { class: "max-turns", message, evidence: at("subtype error_max_turns") };
  }
  if (result.subtype === "error_max_budget_usd") {
    return { class: "budget", message, evidence: at("subtype error_max_budget_usd") };
  }
  if (result.stopReason === "refusal" || stream.refusal !== null) {
    return { class: "refusal", message: stream.refusal ?? message, evidence: at("stop_reason refusal") };
  }
  // The session's own word for it is more particular than a status: 404 is also what a wrong address answers.
  const worded = BY_WORD.get(last?.error ?? "");
  if (worded !== undefined && last !== null) {
    return { class: worded, message, evidence: `agent/sessions: error ${last.error ?? "?"}` };
  }
  const status = result.apiErrorStatus ?? last?.status ?? null;
  const known = classOfStatus(status, message);
  if (known !== null) return { class: known, message, evidence: at(`api_error_status ${status ?? "?"}`) };
  const stop = BY_STOP.get(result.stopReason ?? "");
  if (stop !== undefined) return { class: stop, message, evidence: at(`stop_reason ${result.stopReason ?? "?"}`) };
  return {
    class: last === null ? (classOfText(message) ?? "unknown") : classOfApi(last),
    message,
    evidence: at("result"),
  };
}

function classOfApi(error: ApiError): ErrorClass {
  const word = error.error ?? "";
  const worded = classOfText(error.message);
  return (
    BY_WORD.get(word) ??
    classOfStatus(error.status, error.message) ??
    (worded === "unknown" ? null : worded) ??
    WITHOUT_STATUS.get(word) ??
    "unknown"
  );
}

/** Less particular than a status or the text. */
const WITHOUT_STATUS: ReadonlyMap<string, ErrorClass> = new Map([
  ["rate_limit", "rate-limit"],
  ["server_error", "server-error"],
]);

/** In the CLI's own word. */
export function endedOf({ result }: EventStream): string | null {
  if (result === null) return null;
  return result.terminalReason ?? result.subtype;
}
