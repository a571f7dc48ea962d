/** What an event says in one plain line; null where it says nothing worth a line. */
import type { StampedEvent } from "../contract/event.ts";
import type { Outcome } from "../contract/outcome.ts";
import { endedByWord } from "../contract/outcome.ts";
import type { TrialId } from "../contract/plan.ts";
import { duration, plural, reward } from "../terminal/figures.ts";
import { printable } from "../terminal/printable.ts";

/** `fix-bug × text #2`. */
export function trialText(id: TrialId): string {
  return `${printable(id.task)} × ${printable(id.profile)} #${id.attempt}`;
}

/** `scored 1`, `scored 0, agent-timeout`, `not scored: infrastructure, …`. */
function outcomeText(outcome: Outcome, rewardValue: number | null): string {
  switch (outcome.kind) {
    case "scored": {
      const ended = outcome.endedBy.kind === "done" ? "" : `, ${endedByWord(outcome.endedBy)}`;
      return `scored ${rewardValue === null ? "(reward unknown)" : reward(rewardValue)}${ended}`;
    }
    case "not-scored":
      return `not scored: ${outcome.reason}, ${firstLine(outcome.failure.message)}`;
    case "cancelled":
      return `cancelled: ${firstLine(outcome.failure.message)}`;
    case "not-started":
      return `not started: ${printable(outcome.failure.message)}`;
  }
}

/** The whole of it is in the results. */
function firstLine(message: string): string {
  const [first = ""] = message.split("\n");
  return printable(first);
}

export function eventText(event: StampedEvent): string | null {
  switch (event.type) {
    case "batch-started":
      return (
        `batch ${printable(event.slug)}/${event.batch}: ${plural(event.planned, "trial")} to run` +
        (event.kept === 0 ? "" : ` (${event.kept} already finished)`) +
        `, ${event.slots} at a time, in ${printable(event.batchDir)}`
      );
    case "image-started":
      return `${printable(event.task)}: making its image ready`;
    case "image-ended":
      return event.failed === null
        ? `${printable(event.task)}: image ready (${duration(event.seconds)})`
        : `${printable(event.task)}: no image (${duration(event.seconds)}): ${firstLine(event.failed)}`;
    case "preflight-started":
      return `${printable(event.profile)} on ${printable(event.task)}: trying its servers and hooks`;
    case "preflight-ended":
      return event.failed === null
        ? `${printable(event.profile)} on ${printable(event.task)}: servers and hooks work (${duration(event.seconds)})`
        : `${printable(event.profile)} on ${printable(event.task)}: not applied: ${firstLine(event.failed)}`;
    case "trial-started":
      return `${trialText(event.trial)}: started${event.try > 1 ? ` (try ${event.try})` : ""}`;
    case "trial-retrying":
      return `${trialText(event.trial)}: again in ${duration(event.delaySec)}, try ${event.try} failed: ${firstLine(event.failure.message)}`;
    case "trial-ended":
      return `${trialText(event.trial)}: ${outcomeText(event.outcome, event.reward)} (${duration(event.seconds)})`;
    case "paused":
      return `paused, no new trials start: ${printable(event.message)}`;
    case "resumed":
      return `going on, after ${duration(event.seconds)} without new trials`;
    case "stopping":
      return `stopping (${printable(event.reason)}): ${stopText(event)}`;
    case "listener-failed":
      return `${printable(event.listener)} failed: ${printable(event.message)}`;
    case "note":
      return printable(event.message);
    case "batch-ended":
      return `batch over: ${endCounts(event)} in ${duration(event.seconds)}`;
    case "models-spent":
    case "phase-started":
    case "phase-ended":
      return null;
    default:
      return unknownEvent(event);
  }
}

function stopText({ force = "all" }: Extract<StampedEvent, { type: "stopping" }>): string {
  switch (force) {
    case "nothing-new":
      return "no new trials, running ones go on to their end";
    case "agents":
      return "no new trials, agents stop and what they did is verified";
    case "at-once":
      return "at once";
    case "all":
      return "no new trials, running ones are collected";
  }
}

function unknownEvent(_event: never): null {
  return null;
}

function endCounts(event: Extract<StampedEvent, { type: "batch-ended" }>): string {
  return [
    `${event.scored} scored`,
    event.notScored > 0 ? `${event.notScored} not scored` : null,
    event.cancelled > 0 ? `${event.cancelled} cancelled` : null,
    event.notStarted > 0 ? `${event.notStarted} not started` : null,
  ]
    .filter((part) => part !== null)
    .join(", ");
}
