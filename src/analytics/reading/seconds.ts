/** How long a trial and each of its phases took, from the times in its files. */
import { isRecord } from "../../base/is-record.ts";
import type { Span, TrialRecord } from "../../contract/trial-record.ts";
import { type Known, notComputed } from "../known.ts";
import type { Seconds } from "../trial.ts";

export function secondsOf(record: TrialRecord, result: Record<string, unknown>): Seconds {
  const { phases } = record;
  return {
    elapsed: between(record.startedAt, record.finishedAt, "the trial"),
    environment: spanSeconds(phases["environment-start"], "the environment's start"),
    agentSetup: spanSeconds(phases["agent-setup"], "the agent's set-up"),
    agent:
      stepsSeconds(result["step_results"], "agent_execution") ?? spanSeconds(phases["agent-run"], "the agent's run"),
    verifier:
      stepsSeconds(result["step_results"], "verifier") ?? spanSeconds(phases["verification"], "the verification"),
  };
}

function spanSeconds(span: Span | undefined, what: string): Known {
  if (span === undefined) return notComputed(`no times of ${what} are recorded`);
  return between(span.startedAt, span.finishedAt ?? "", what);
}

/** A trial of several steps: added up; null when it has none, or a step tells nothing. */
function stepsSeconds(steps: unknown, key: string): number | null {
  if (!Array.isArray(steps) || steps.length === 0) return null;
  let sum = 0;
  for (const step of steps as unknown[]) {
    const span = isRecord(step) ? step[key] : null;
    if (!isRecord(span)) return null;
    const seconds = between(String(span["started_at"]), String(span["finished_at"]), "");
    if (typeof seconds !== "number") return null;
    sum += seconds;
  }
  return sum;
}

function between(start: string, end: string, what: string): Known {
  const seconds = (timeOf(end) - timeOf(start)) / 1000;
  if (!Number.isFinite(seconds)) return notComputed(`${what} has no start or no end`);
  return seconds < 0 ? notComputed(`${what} ends before it starts`) : seconds;
}

/** A time without a zone counts as UTC, so that no difference depends on where it is computed. */
export function timeOf(text: string): number {
  return Date.parse(/T[\d:.]+$/.test(text) ? `${text}Z` : text);
}
