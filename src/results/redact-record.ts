/** Takes secrets out of what a record says in words: messages of failures, remarks, what an agent called itself. */
import type { Failure } from "../contract/failure.ts";
import type { Outcome } from "../contract/outcome.ts";
import type { TrialRecord } from "../contract/trial-record.ts";

export function redactRecord(record: TrialRecord, redact: (text: string) => string): TrialRecord {
  const { agent } = record;
  return {
    ...record,
    outcome: redactOutcome(record.outcome, redact),
    agent: { ...agent, name: redact(agent.name), version: redact(agent.version) },
    remarks: record.remarks.map(redact),
    earlierTries: record.earlierTries.map((each) => ({ ...each, failure: redactFailure(each.failure, redact) })),
  };
}

function redactOutcome(outcome: Outcome, redact: (text: string) => string): Outcome {
  return outcome.kind === "scored" ? outcome : { ...outcome, failure: redactFailure(outcome.failure, redact) };
}

function redactFailure(failure: Failure, redact: (text: string) => string): Failure {
  return {
    ...failure,
    message: redact(failure.message),
    also: failure.also.map(redact),
    evidence: failure.evidence.map(redact),
  };
}
