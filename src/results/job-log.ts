/** Which events a job's log tells, and how. */
import type { RunEvent } from "../contract/event.ts";
import { endedByWord, outcomeWord } from "../contract/outcome.ts";
import type { TrialId } from "../contract/plan.ts";

export interface JobLogLine {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
}

/** @returns null for what trial.log tells better. */
export function jobLogLine(event: RunEvent): JobLogLine | null {
  switch (event.type) {
    case "batch-started":
      return info(
        `batch ${event.slug}/${event.batch}, launch ${event.launch}: ${event.planned} trials to run, ${event.kept} kept`,
      );
    case "image-started":
    case "models-spent":
      return null;
    case "image-ended":
      return event.failed === null
        ? info(`image of ${event.task} ready after ${event.seconds.toFixed(1)} s`)
        : { level: "error", message: `image of ${event.task}: ${event.failed}` };
    case "preflight-started":
      return null;
    case "preflight-ended":
      return event.failed === null
        ? info(`${event.profile} works in ${event.task}'s sandbox`)
        : { level: "error", message: `${event.profile} in ${event.task}'s sandbox: ${event.failed}` };
    case "trial-started":
      return info(`${cell(event.trial)} started: ${event.trialName}, try ${event.try}`);
    case "trial-retrying":
      return {
        level: "warn",
        message: `${cell(event.trial)} failed at try ${event.try} (${event.failure.code}: ${event.failure.message}), again in ${event.delaySec.toFixed(1)} s`,
      };
    case "trial-ended":
      return ended(event);
    case "paused":
      return { level: "warn", message: `no new trials for now: ${event.message}` };
    case "resumed":
      return info(`new trials again, after ${event.seconds.toFixed(1)} s`);
    case "stopping":
      return {
        level: "warn",
        message: `no new trials: ${event.reason}${event.force === undefined ? "" : ` (${event.force})`}`,
      };
    case "batch-ended":
      return info(
        `batch ended: ${event.scored} scored, ${event.notScored} not scored, ${event.cancelled} cancelled, ${event.notStarted} not started`,
      );
    case "note":
      return info(event.message);
    case "listener-failed":
      return { level: "error", message: `${event.listener}: ${event.message}` };
    case "phase-started":
    case "phase-ended":
      return null;
  }
}

function ended(event: Extract<RunEvent, { type: "trial-ended" }>): JobLogLine {
  const { outcome } = event;
  const what =
    outcome.kind === "scored"
      ? `scored, reward ${event.reward ?? "unknown"}, agent ${endedByWord(outcome.endedBy)}`
      : `${outcomeWord(outcome)} (${outcome.failure.code}: ${outcome.failure.message})`;
  const level = outcome.kind === "scored" ? "info" : "warn";
  return { level, message: `${cell(event.trial)} ended after ${event.seconds.toFixed(1)} s: ${what}` };
}

function info(message: string): JobLogLine {
  return { level: "info", message };
}

function cell({ task, profile, attempt }: TrialId): string {
  return `${task} / ${profile} / attempt ${attempt}`;
}
