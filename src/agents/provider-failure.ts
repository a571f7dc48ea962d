/**
 * Which errors of a run are the provider's or the account's, and so say nothing of the profile. Everything else (a refusal, a full
 * context, an answer cut at its limit, turns used up) is how the agent did, and is verified.
 */
import { failure, type Failure } from "../contract/failure.ts";
import type { AgentReport } from "./agent.ts";
import type { ErrorClass, SessionReading } from "./atif/session-reading.ts";

const CODES: { readonly [K in ErrorClass]: string | null } = {
  authentication: "api-authentication",
  quota: "api-quota",
  "rate-limit": "api-rate-limit",
  overload: "api-overload",
  "server-error": "api-server-error",
  network: "api-network",
  "model-not-found": "api-model-not-found",
  refusal: null,
  context: null,
  "output-limit": null,
  "max-turns": null,
  budget: null,
  "invalid-request": null,
  unknown: null,
};

export function providerFailure(reading: SessionReading, report: AgentReport | null): Failure | null {
  const { error, apiCalls } = reading;
  const code = error === null ? null : CODES[error.class];
  if (error === null || code === null) return null;
  // An agent that ran out of time while the provider failed had its time, unless it never got an answer.
  const ownEnd = report?.ended === "exited" && report.exitCode !== 0;
  if (!ownEnd && apiCalls > 0) return null;
  const blame = error.class === "authentication" || error.class === "quota" ? "user" : "infrastructure";
  return failure({
    code,
    blame,
    phase: "agent-run",
    message: `the model's provider: ${error.message}`,
    evidence: [error.evidence],
  });
}
