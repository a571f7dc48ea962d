/** Events and trials for the tests of this folder. */
import type { RunEvent, StampedEvent } from "../../src/contract/event.ts";
import { failure } from "../../src/contract/failure.ts";
import type { Outcome } from "../../src/contract/outcome.ts";
import type { TrialId } from "../../src/contract/plan.ts";
import type { TrialRecord } from "../../src/contract/trial-record.ts";
import { initialProgress, reduceProgress, type ProgressState } from "../../src/reporters/progress-state.ts";

export const START = Date.parse("2026-01-02T03:04:05.000Z");

/** Stamps events a second apart, unless one brings its own second. */
export function stamped(events: readonly (RunEvent & { readonly second?: number })[], launch = 1): StampedEvent[] {
  return events.map(({ second, ...event }, at) => ({
    ...(event as RunEvent),
    launch,
    seq: at + 1,
    at: new Date(START + (second ?? at) * 1000).toISOString(),
  }));
}

export function reduced(events: readonly StampedEvent[], from: ProgressState = initialProgress()): ProgressState {
  return events.reduce(reduceProgress, from);
}

export function started(
  profiles: readonly string[],
  tasks: readonly string[],
  attempts = 1,
  slots = 4,
  kept = 0,
): RunEvent {
  const planned = profiles.length * tasks.length * attempts - kept;
  return {
    type: "batch-started",
    slug: "demo",
    batch: 3,
    batchDir: "results/demo/3",
    launch: 1,
    planned,
    kept,
    slots,
    profiles,
    tasks,
    attempts,
  };
}

export function scored(value: number): Outcome {
  return { kind: "scored", rewards: { reward: value }, endedBy: { kind: "done" } };
}

export const BROKEN: Outcome = {
  kind: "not-scored",
  reason: "infrastructure",
  failure: failure({
    code: "environment-start-failed",
    blame: "infrastructure",
    phase: "environment-start",
    message: "the sandbox did not start",
    evidence: [".regatta/trial.log"],
  }),
};

export function begun(trial: TrialId, second?: number): RunEvent & { second?: number } {
  return {
    type: "trial-started",
    trial,
    trialName: `${trial.task}__abc`,
    try: 1,
    ...(second === undefined ? {} : { second }),
  };
}

export function ended(trial: TrialId, outcome: Outcome, seconds = 10): RunEvent {
  const reward = outcome.kind === "scored" ? (outcome.rewards["reward"] ?? null) : null;
  return {
    type: "trial-ended",
    trial,
    trialName: `${trial.task}__abc`,
    try: 1,
    outcome,
    reward,
    success: reward === null ? null : reward >= 1,
    seconds,
    trialDir: null,
  };
}

export function record(id: TrialId, outcome: Outcome, more: Partial<TrialRecord> = {}): TrialRecord {
  return {
    id,
    uuid: "00000000-0000-4000-8000-000000000000",
    trialName: `${id.task}__abc`,
    try: 1,
    outcome,
    agent: { name: "command", version: "1", model: null },
    agentExitCode: 0,
    usage: null,
    startedAt: "2026-01-02T03:04:05.000Z",
    finishedAt: "2026-01-02T03:04:25.000Z",
    phases: { "agent-run": { startedAt: "2026-01-02T03:04:08.000Z", finishedAt: "2026-01-02T03:04:20.000Z" } },
    remarks: [],
    earlierTries: [],
    ...more,
  };
}
