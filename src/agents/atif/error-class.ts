/**
 * What kind of error ended a run: by the status of the provider's answer where it is known, by words of the error's own text
 * last. Never by a tool's output, which may speak of any error.
 */
import type { ErrorClass } from "./session-reading.ts";

/** @returns null for a status that says nothing of itself: then the text may. */
export function classOfStatus(status: number | null, text: string): ErrorClass | null {
  if (status === null) return null;
  if (status === 401 || status === 403) return "authentication";
  if (status === 402) return "quota";
  if (status === 404) return "model-not-found";
  if (status === 408) return "network";
  if (status === 413) return "context";
  if (status === 429) return QUOTA.test(text) ? "quota" : "rate-limit";
  if (status === 529 || status === 503) return "overload";
  if (status >= 500) return "server-error";
  if (status < 400) return null;
  const worded = classOfText(text);
  return worded === null || worded === "unknown" ? "invalid-request" : worded;
}

const QUOTA =
  /usage limit|session limit|weekly limit|quota|insufficient_quota|credit balance|billing|unpaid invoice|spend(?:ing)? limit|out of credits/i;

/** The first that fits; more particular ones come first. */
const WORDS: readonly (readonly [RegExp, ErrorClass])[] = [
  [/context[ _-]?(?:window|length)|prompt is too long|too many (?:input )?tokens|maximum context/i, "context"],
  [/output token (?:limit|maximum)|max_output_tokens|exceeded the \d+ output/i, "output-limit"],
  [/usage policy|safety measures|content[ _-]?(?:filter|policy)|cyber|refus(?:al|ed to)/i, "refusal"],
  [QUOTA, "quota"],
  [/rate.?limit|too many requests|\b429\b/i, "rate-limit"],
  [/overloaded|high demand|at capacity|\b529\b|\b503\b/i, "overload"],
  [
    /invalid api key|not logged in|please run \/login|unauthori[sz]ed|authentication|forbidden|\b401\b|\b403\b/i,
    "authentication",
  ],
  [
    /model.{0,80}(?:not found|does not exist|not exist|not available)|unknown model|model_not_found|no access to .{0,40}model/i,
    "model-not-found",
  ],
  [/internal.?server.?error|server error|bad gateway|\b50[0-2]\b|\b504\b/i, "server-error"],
  [
    /connection (?:closed|refused|reset|error|timed out)|stream (?:closed|disconnected|error)|stalled|timed? ?out|econn|enotfound|could not resolve|error sending request|network|socket hang up|fetch failed|unable to connect/i,
    "network",
  ],
  [/invalid_request|bad request|\b400\b/i, "invalid-request"],
];

export function classOfText(text: string): ErrorClass | null {
  if (text.trim() === "") return null;
  const head = text.slice(0, 4000);
  return WORDS.find(([pattern]) => pattern.test(head))?.[1] ?? "unknown";
}
