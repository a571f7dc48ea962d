/** Harbor's JobLock and TrialLock: what exactly was run, by digest. Members that would be null are left out. */
import type { Profile } from "../../contract/experiment.ts";
import type { Plan } from "../../contract/plan.ts";
import type { Task } from "../../contract/task.ts";
import { agentConfig, environmentConfig, placeOf } from "./configs.ts";
import { float } from "./json.ts";

type Json = Readonly<Record<string, unknown>>;

/** The same for every attempt of a cell. */
export function trialLock(plan: Plan, profile: Profile, task: Task): Json {
  return {
    schema_version: 2,
    task: {
      name: task.name,
      type: task.git === null ? "local" : "git",
      digest: task.digest,
      ...(task.source !== null && { source: task.source }),
      ...placeOf(task),
    },
    install_only: false,
    timeout_multiplier: float(plan.run.timeoutMultiplier),
    agent: {
      ...agentConfig(plan, profile),
      skills: [],
      resume_trajectory: false,
      extra_allowed_hosts: [],
      mcp_servers: [],
    },
    bridge_inputs: {},
    skills: [],
    environment: environmentLock(plan),
    verifier: { disable: false, environment_mode: "shared" },
  };
}

function environmentLock(plan: Plan): Json {
  return {
    ...(plan.run.containerEnv === "docker" && { type: "docker" }),
    force_build: false,
    delete: true,
    ...environmentConfig(plan),
  };
}

/** @param trials one TrialLock per planned trial, earlier launches' included. */
export function jobLock(plan: Plan, version: string, createdAt: string, trials: readonly unknown[]): Json {
  return {
    schema_version: 3,
    created_at: createdAt,
    harbor: { version: `regatta ${version}`, is_editable: false },
    n_concurrent_trials: plan.slots,
    retry: {
      max_retries: plan.run.retries,
      exclude_exceptions: NEVER_RETRIED,
      wait_multiplier: float(1),
      min_wait_sec: float(1),
      max_wait_sec: float(60),
    },
    trials,
  };
}

/** Harbor's default. */
const NEVER_RETRIED = [
  "AgentAuthenticationError",
  "AgentSafetyRefusalError",
  "AgentTimeoutError",
  "ApiUsageLimitError",
  "ModelNotFoundError",
  "RewardFileEmptyError",
  "RewardFileNotFoundError",
  "VerifierOutputParseError",
  "VerifierTimeoutError",
];
