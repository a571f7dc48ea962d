/**
 * Our failures in Harbor's words: `exception_info`, with Harbor's class name where it has one for that cause.
 *
 * A scored trial may carry one as well: an agent that timed out or exited non-zero still went on to verification.
 * Budget and turn limits have no exception in Harbor and get none.
 */
import type { Failure } from "../../contract/failure.ts";
import type { Outcome } from "../../contract/outcome.ts";
import type { TrialRecord } from "../../contract/trial-record.ts";
import { AGENT_EXIT, AGENT_TIMEOUT, CANCELLED } from "../../records/exception-names.ts";
import { utcMicroseconds } from "./times.ts";

export interface ExceptionInfo {
  readonly exception_type: string;
  readonly exception_message: string;
  readonly exception_traceback: string;
  readonly occurred_at: string;
}

const HARBOR_NAMES: Readonly<Record<string, string>> = {
  "environment-start-timeout": "EnvironmentStartTimeoutError",
  "healthcheck-failed": "HealthcheckError",
  "setup-timeout": "AgentSetupTimeoutError",
  "tests-upload-failed": "AddTestsDirError",
  "verifier-timeout": "VerifierTimeoutError",
  "reward-missing": "RewardFileNotFoundError",
  "reward-empty": "RewardFileEmptyError",
  "reward-malformed": "VerifierOutputParseError",
  "reward-not-finite": "VerifierOutputParseError",
};

/** Other codes become a class-like name of our own: `environment-lost` → `EnvironmentLostError`. */
export function exceptionName(code: string): string {
  const known = HARBOR_NAMES[code];
  if (known !== undefined) return known;
  const words = code.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return name.endsWith("Error") ? name : `${name}Error`;
}

/** Harbor's type name for an outcome; null where Harbor records no exception. */
export function exceptionType(outcome: Outcome): string | null {
  switch (outcome.kind) {
    case "scored":
      if (outcome.endedBy.kind === "agent-timeout") return AGENT_TIMEOUT;
      return outcome.endedBy.kind === "agent-exit" ? AGENT_EXIT : null;
    case "cancelled":
      return CANCELLED;
    case "not-scored":
    case "not-started":
      return exceptionName(outcome.failure.code);
  }
}

export function exceptionInfo(record: TrialRecord): ExceptionInfo | null {
  const { outcome } = record;
  const type = exceptionType(outcome);
  if (type === null) return null;
  const cause = outcome.kind === "scored" ? null : outcome.failure;
  const message = cause?.message ?? agentMessage(outcome);
  const phase = cause === null ? "agent-run" : cause.phase;
  const at = (phase === null ? null : record.phases[phase]?.finishedAt) ?? record.finishedAt;
  return {
    exception_type: type,
    exception_message: message,
    exception_traceback: [`${type}: ${message}`, ...details(cause)].join("\n"),
    occurred_at: utcMicroseconds(at),
  };
}

function agentMessage(outcome: Outcome): string {
  if (outcome.kind !== "scored") return "";
  const { endedBy } = outcome;
  if (endedBy.kind === "agent-exit") return `The agent exited with code ${endedBy.code}.`;
  return "The agent ran into its time limit.";
}

/** In place of a Python traceback: what a person needs to find the cause. */
function details(cause: Failure | null): string[] {
  if (cause === null) return [];
  return [
    `  code: ${cause.code}`,
    `  phase: ${cause.phase ?? "before the first phase"}`,
    `  blame: ${cause.blame}`,
    ...cause.evidence.map((path) => `  see: ${path}`),
    ...cause.also.map((later) => `  later: ${later}`),
  ];
}
