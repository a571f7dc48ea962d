/** Plans and records for these tests: small, complete, with fixed times. Also loaded by child processes. */
import type { Profile } from "../../src/contract/experiment.ts";
import { failure } from "../../src/contract/failure.ts";
import type { Outcome } from "../../src/contract/outcome.ts";
import type { Plan, TrialId, TrialPlan } from "../../src/contract/plan.ts";
import type { PlanLock } from "../../src/contract/plan-lock.ts";
import type { Task } from "../../src/contract/task.ts";
import type { TrialRecord } from "../../src/contract/trial-record.ts";
import { bareProfile, bareRun, bareTask } from "../support/bare.ts";

export const NOW = new Date("2026-08-20T12:03:11.017Z");

export function profile(key: string, fields: Partial<Profile> = {}): Profile {
  return bareProfile(key, { agent: "oracle", ...fields });
}

export function task(id: string, fields: Partial<Task> = {}): Task {
  return bareTask(id, `/project/tasks/${id}`, { agent: { timeoutSec: 60, user: null }, ...fields });
}

export interface PlanShape {
  readonly tasks?: readonly Task[];
  readonly profiles?: readonly Profile[];
  readonly attempts?: number;
  readonly refused?: readonly string[];
}

export function plan(shape: PlanShape = {}): Plan {
  const tasks = shape.tasks ?? [task("hello"), task("sort")];
  const profiles = shape.profiles ?? [profile("text"), profile("graph")];
  const attempts = shape.attempts ?? 1;
  const trials: TrialPlan[] = [];
  for (let attempt = 1; attempt <= attempts; attempt++) {
    for (const { id } of tasks) {
      for (const { key } of profiles) {
        const refused = shape.refused?.includes(id) === true;
        trials.push({
          task: id,
          profile: key,
          attempt,
          trialName: `${id.slice(0, 32)}__${key}${attempt}`,
          refused: refused
            ? failure({ code: "refused-at-plan-time", blame: "task", phase: null, message: "It needs a GPU." })
            : null,
        });
      }
    }
  }
  return {
    slug: "demo",
    name: "Demo",
    experimentFile: "/project/experiments/demo.toml",
    root: "/project",
    run: bareRun("/project", { attempts }),
    slots: 2,
    artifactTargets: ["notes"],
    analysis: { control: null, margin: 0.05, alpha: 0.05, rewardKey: "reward", successAt: 1 },
    gateway: { mode: "on", prices: {} },
    budget: { maxCostUsd: null, perTrialUsd: null, perProfileUsd: null, maxTokens: null, perTrialTokens: null },
    tasks: tasks.map((each) => ({
      task: each,
      limits: { buildSec: 600, setupSec: 360, agentSec: 60, verifierSec: 600 },
    })),
    profiles: profiles.map((each) => ({ profile: each, inputs: {}, treatment: null, treatmentLines: [], envFrom: {} })),
    trials,
    warnings: [],
  };
}

export function lockOf(of: Plan): PlanLock {
  return {
    schema_version: 1,
    slug: of.slug,
    name: of.name,
    regatta_version: "0.1.0",
    created_at: NOW.toISOString(),
    experiment_file: of.experimentFile,
    root: of.root,
    run: { cell: { environment: of.run.containerEnv }, launch: { attempts: of.run.attempts } },
    overrides: {},
    tasks: Object.fromEntries(
      of.tasks.map(({ task: each }) => [each.id, { digest: each.digest, name: each.name, source: each.source }]),
    ),
    profiles: Object.fromEntries(of.profiles.map(({ profile: each }) => [each.key, { agent: each.agent }])),
    artifact_targets: of.artifactTargets,
    trials: of.trials.map((trial) => ({
      task: trial.task,
      profile: trial.profile,
      attempt: trial.attempt,
      trial_name: trial.trialName,
      refused: trial.refused,
    })),
  };
}

const SCORED: Outcome = { kind: "scored", rewards: { reward: 1 }, endedBy: { kind: "done" } };

export const BROKEN: Outcome = {
  kind: "not-scored",
  reason: "infrastructure",
  failure: failure({
    code: "environment-lost",
    blame: "infrastructure",
    phase: "agent-run",
    message: "The sandbox died.",
    evidence: ["trial.log"],
  }),
};

export const CANCELLED: Outcome = {
  kind: "cancelled",
  failure: failure({ code: "interrupted", blame: "user", phase: "agent-run", message: "Stopped by Ctrl-C." }),
};

export function record(
  trial: TrialId & { readonly trialName: string },
  fields: Partial<TrialRecord> = {},
): TrialRecord {
  return {
    id: { task: trial.task, profile: trial.profile, attempt: trial.attempt },
    uuid: "594025f3-7d65-4655-8576-4bee95002eae",
    trialName: trial.trialName,
    try: 1,
    outcome: SCORED,
    agent: { name: "oracle", version: "unknown", model: null },
    agentExitCode: 0,
    usage: null,
    startedAt: "2026-08-20T12:03:12.017Z",
    finishedAt: "2026-08-20T12:03:40.110Z",
    phases: {
      "environment-start": { startedAt: "2026-08-20T12:03:12.018Z", finishedAt: "2026-08-20T12:03:13.000Z" },
      "agent-run": { startedAt: "2026-08-20T12:03:14.000Z", finishedAt: "2026-08-20T12:03:20.000Z" },
      verification: { startedAt: "2026-08-20T12:03:21.000Z", finishedAt: "2026-08-20T12:03:40.000Z" },
    },
    remarks: [],
    earlierTries: [],
    ...fields,
  };
}
