/** A plan for the tests of this folder. */
import type { Profile } from "../../src/contract/experiment.ts";
import { failure } from "../../src/contract/failure.ts";
import type { Plan, ProfilePlan, TaskPlan } from "../../src/contract/plan.ts";
import type { Task } from "../../src/contract/task.ts";
import { bareProfile, bareRun, bareTask } from "../support/bare.ts";

export function task(id: string, more: Partial<Task> = {}): Task {
  const dir = `/p/tasks/${id}`;
  const bare = bareTask(id, dir);
  return {
    ...bare,
    digest: `sha256:${"0123456789abcdef".repeat(4)}`,
    agent: { timeoutSec: 600, user: null },
    verifier: { timeoutSec: 120, user: null, env: { KEY: "verifier-secret" } },
    environment: { ...bare.environment, cpus: 2, memoryMb: 2048 },
    ...more,
  };
}

export function profile(key: string, more: Partial<Profile> = {}): Profile {
  return bareProfile(key, { agent: "command", ...more });
}

export function plan(tasks: readonly Task[], profiles: readonly ProfilePlan[], attempts = 1): Plan {
  const limits = { buildSec: 600, setupSec: 360, agentSec: null, verifierSec: 120 };
  const order = Array.from({ length: attempts }, (_, at) => at + 1).flatMap((attempt) =>
    tasks.flatMap((one) => profiles.map((each) => ({ one, key: each.profile.key, attempt }))),
  );
  return {
    slug: "demo",
    name: "Demo",
    experimentFile: "/p/experiments/demo.toml",
    root: "/p",
    run: bareRun("/p", { attempts, retries: 1 }),
    slots: 4,
    artifactTargets: [],
    analysis: { control: null, margin: 0.05, alpha: 0.05, rewardKey: "reward", successAt: 1 },
    gateway: { mode: "on", prices: {} },
    budget: { maxCostUsd: null, perTrialUsd: null, perProfileUsd: null, maxTokens: null, perTrialTokens: null },
    tasks: tasks.map((one): TaskPlan => ({ task: one, limits })),
    profiles,
    trials: order.map(({ one, key, attempt }) => ({
      task: one.id,
      profile: key,
      attempt,
      trialName: `${one.id}__abcdefg`,
      refused:
        one.unsupported.length === 0
          ? null
          : failure({
              code: "task-unsupported",
              blame: "task",
              phase: null,
              message: `needs ${one.unsupported.join(", ")}`,
            }),
    })),
    warnings: ["memory is not enforced"],
  };
}
