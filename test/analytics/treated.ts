/** Trials of our own whose record says what the run showed of its treatment. */
import type { TreatmentSeen } from "../../src/contract/treatment.ts";
import { type Files, result } from "./jobs.ts";

export interface Treated {
  readonly profile: string;
  readonly task: string;
  readonly seen: Partial<TreatmentSeen["seen"]>;
  readonly reasoning?: string;
  /** Null = solved; else why its treatment was missing. */
  readonly missing?: string;
}

export function treated(trials: readonly Treated[]): Files {
  return Object.fromEntries(trials.flatMap((each, at) => filesOf(each, at)));
}

function filesOf({ profile, task, seen, reasoning, missing }: Treated, at: number): [string, unknown][] {
  const path = `2026-01-01__00-00-00__${profile}/${task}__${at}`;
  const servers = seen.servers ?? [];
  const hooks = seen.hooks ?? [];
  const treatment: TreatmentSeen = {
    schema_version: 1,
    asked: {
      version: "2.1.0",
      model: "anthropic/haiku",
      reasoning: reasoning ?? null,
      servers: servers.map(({ name }) => name),
      hooks: hooks.map(({ event }) => event),
    },
    seen: { version: "2.1.0", models: ["haiku"], effective_reasoning: null, ...seen, servers, hooks },
    missing: missing === undefined ? [] : [missing],
  };
  const failure = {
    code: "treatment-missing",
    blame: "treatment",
    phase: "agent-run",
    message: `the profile was not really applied: ${missing}`,
    evidence: [".regatta/treatment.json"],
    also: [],
  };
  const record = {
    id: { task, profile, attempt: 1 },
    uuid: `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`,
    trialName: `${task}__${at}`,
    try: 1,
    outcome:
      missing === undefined
        ? { kind: "scored", rewards: { reward: 1 }, endedBy: { kind: "done" } }
        : { kind: "not-scored", reason: "not-treated", failure },
    ...(missing === undefined ? {} : { assigned: { reward: 0 } }),
    agent: { name: "claude-code", version: "2.1.0", model: { name: "haiku", provider: "anthropic" } },
    usage: null,
    startedAt: "2026-01-01T00:00:00.000Z",
    finishedAt: "2026-01-01T00:02:00.000Z",
    phases: { "agent-run": { startedAt: "2026-01-01T00:00:15.000Z", finishedAt: "2026-01-01T00:01:55.000Z" } },
    remarks: [],
    earlierTries: [],
    treatment,
  };
  return [
    [`${path}/result.json`, result({ task_name: task })],
    [`${path}/.regatta/trial.json`, { schema_version: 1, launch: 1, definition_digest: "", record }],
    [`${path}/.regatta/treatment.json`, treatment],
  ];
}
