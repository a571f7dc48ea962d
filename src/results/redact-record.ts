/**
 * Takes secrets out of what a record or an event says in words: messages of failures, remarks, what an agent called itself, the names
 * that tests gave to rewards. Names from the experiment file stay, also where a secret happens to be the same word.
 */
import type { RunEvent } from "../contract/event.ts";
import type { Failure } from "../contract/failure.ts";
import type { Outcome, Rewards } from "../contract/outcome.ts";
import type { TreatmentSeen } from "../contract/treatment.ts";
import type { TrialRecord } from "../contract/trial-record.ts";

export function redactRecord(record: TrialRecord, redact: (text: string) => string): TrialRecord {
  const { agent } = record;
  return {
    ...record,
    outcome: redactOutcome(record.outcome, redact),
    agent: { ...agent, name: redact(agent.name), version: redact(agent.version) },
    remarks: record.remarks.map(redact),
    ...(record.treatment === undefined ? {} : { treatment: redactTreatment(record.treatment, redact) }),
    ...(record.assigned === undefined ? {} : { assigned: redactRewards(record.assigned, redact) }),
    earlierTries: record.earlierTries.map((each) => ({ ...each, failure: redactFailure(each.failure, redact) })),
  };
}

/** Same type, same names; what it says in words is clean. */
export function redactEvent<Event extends RunEvent>(event: Event, redact: (text: string) => string): Event {
  return { ...event, ...wordsOf(event, redact) };
}

function wordsOf(event: RunEvent, redact: (text: string) => string): object {
  switch (event.type) {
    case "note":
    case "listener-failed":
    case "paused":
      return { message: redact(event.message) };
    case "image-ended":
    case "preflight-ended":
      return event.failed === null ? {} : { failed: redact(event.failed) };
    case "trial-retrying":
      return { failure: redactFailure(event.failure, redact) };
    case "trial-ended":
      return { outcome: redactOutcome(event.outcome, redact) };
    case "batch-started":
    case "batch-ended":
    case "image-started":
    case "preflight-started":
    case "trial-started":
    case "phase-started":
    case "phase-ended":
    case "models-spent":
    case "resumed":
    case "stopping":
      return {};
  }
}

/** The words of an agent about servers and versions. What was asked for is the profile's own. */
function redactTreatment(treatment: TreatmentSeen, redact: (text: string) => string): TreatmentSeen {
  const { seen } = treatment;
  return {
    ...treatment,
    missing: treatment.missing.map(redact),
    seen: {
      ...seen,
      version: seen.version === null ? null : redact(seen.version),
      servers: seen.servers.map((each) => ({ ...each, status: each.status === null ? null : redact(each.status) })),
    },
  };
}

/** A name that everybody gives to rewards is no secret, whatever an env file holds. */
const USUAL_NAME = /^[a-z_]{1,20}$/;

function redactRewards(rewards: Rewards, redact: (text: string) => string): Rewards {
  return Object.fromEntries(
    Object.entries(rewards).map(([name, value]) => [USUAL_NAME.test(name) ? name : redact(name), value]),
  );
}

function redactOutcome(outcome: Outcome, redact: (text: string) => string): Outcome {
  if (outcome.kind === "scored") return { ...outcome, rewards: redactRewards(outcome.rewards, redact) };
  return { ...outcome, failure: redactFailure(outcome.failure, redact) };
}

function redactFailure(failure: Failure, redact: (text: string) => string): Failure {
  return {
    ...failure,
    message: redact(failure.message),
    also: failure.also.map(redact),
    evidence: failure.evidence.map(redact),
  };
}
