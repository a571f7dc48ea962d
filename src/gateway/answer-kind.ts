/** What a provider's answer means for the account and for another attempt. Pure. */
import { isRecord } from "../base/is-record.ts";
import { errorName } from "./usage-reader.ts";

export type AnswerKind =
  | "accepted"
  /** Too many calls at once: everybody slows down. */
  | "overloaded"
  /** Something on the provider's way is down for the moment. */
  | "unavailable"
  /** Spent or forbidden for good: no attempt will change that. */
  | "exhausted"
  | "dead-key"
  /** Any other refusal: the client's to deal with. */
  | "refused";

/** Statuses whose body is worth a look before the client gets it. */
export function needsLook(status: number): boolean {
  return status === 401 || status === 403 || status === 429 || status === 400 || status >= 500;
}

export function answerKind(status: number, body: Buffer): AnswerKind {
  if (status < 400) return "accepted";
  if (status === 401) return "dead-key";
  const { name, message } = errorIn(body);
  const overloaded = name === "overloaded_error" || name === "overloaded";
  if (status === 429) return isQuota(name, message) ? "exhausted" : "overloaded";
  if (status === 529 || overloaded) return "overloaded";
  if (status === 502 || status === 503 || status === 504) return "unavailable";
  return "refused";
}

const QUOTA_NAMES = new Set([
  "insufficient_quota",
  "billing_hard_limit_reached",
  "billing_not_active",
  "billing_error",
]);
const QUOTA_WORDS = /usage limits?\b|credit balance|exceeded your current quota|unpaid invoice/i;

function isQuota(name: string, message: string): boolean {
  return QUOTA_NAMES.has(name) || QUOTA_WORDS.test(message);
}

function errorIn(body: Buffer): { readonly name: string; readonly message: string } {
  try {
    const value: unknown = JSON.parse(body.toString());
    const error = isRecord(value) && isRecord(value["error"]) ? value["error"] : {};
    return { name: errorName(value) ?? "", message: typeof error["message"] === "string" ? error["message"] : "" };
  } catch (error) {
    // A page of some proxy's: its status is all there is.
    if (error instanceof SyntaxError) return { name: "", message: "" };
    throw error;
  }
}

/**
 * @param now milliseconds since 1970, for a date
 * @returns milliseconds that the provider asks to wait; null = it does not say
 */
export function retryAfterMs(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  now: number,
): number | null {
  const exact = Number(one(headers["retry-after-ms"]));
  if (headers["retry-after-ms"] !== undefined && Number.isFinite(exact) && exact >= 0) return exact;
  const said = one(headers["retry-after"]);
  if (said === "") return null;
  const seconds = Number(said);
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1000 : null;
  const date = Date.parse(said);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

function one(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value)?.trim() ?? "";
}
