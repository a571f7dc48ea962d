/**
 * The Harbor JobConfig of one profile, as `--dry-run` prints it: one job per profile with all its tasks, grouped by dataset.
 *
 * Environment variables are named, never given: `${NAME}` is Harbor's own reference to the host's variable.
 */
import { namesSecret } from "../base/secret-names.ts";
import type { Profile } from "../contract/experiment.ts";
import type { Plan, TaskPlan } from "../contract/plan.ts";

export interface HarborJobConfig {
  readonly job_name: string;
  readonly jobs_dir: string;
  readonly n_attempts: number;
  readonly timeout_multiplier: number;
  readonly environment: { readonly type: string; readonly force_build: boolean; readonly delete: boolean };
  readonly orchestrator: {
    readonly type: "local";
    readonly n_concurrent_trials: number;
    readonly retry: { readonly max_retries: number };
  };
  readonly agents: readonly [
    {
      readonly name: string;
      readonly model_name?: string;
      readonly override_timeout_sec?: number;
      readonly kwargs: Readonly<Record<string, unknown>>;
      readonly env: Readonly<Record<string, string>>;
    },
  ];
  readonly datasets: readonly {
    readonly name?: string;
    readonly version?: string;
    readonly path?: string;
    readonly task_names: readonly string[];
  }[];
  readonly tasks: readonly { readonly path: string }[];
}

/** @param jobsDir `<batch>/runs`; the batch may not exist yet. */
export function harborJobConfig(plan: Plan, profile: Profile, jobName: string, jobsDir: string): HarborJobConfig {
  const { run } = plan;
  const chosen = plan.tasks.filter(({ task }) =>
    plan.trials.some((trial) => trial.task === task.id && trial.profile === profile.key && trial.refused === null),
  );
  return {
    job_name: jobName,
    jobs_dir: jobsDir,
    n_attempts: run.attempts,
    timeout_multiplier: run.timeoutMultiplier,
    environment: { type: run.containerEnv, force_build: run.forceRebuild, delete: true },
    orchestrator: {
      type: "local",
      n_concurrent_trials: plan.slots,
      retry: { max_retries: run.retries },
    },
    agents: [
      {
        name: profile.agent,
        ...(profile.model === null ? {} : { model_name: profile.model }),
        ...(run.agentTimeoutSec === null ? {} : { override_timeout_sec: run.agentTimeoutSec }),
        kwargs: kwargs(profile),
        env: {
          ...Object.fromEntries(
            Object.entries(profile.setEnv).map(([name, value]) => [name, namesSecret(name) ? `\${${name}}` : value]),
          ),
          ...Object.fromEntries(profile.env.map((name) => [name, `\${${name}}`])),
        },
      },
    ],
    datasets: datasets(chosen),
    tasks: chosen.filter(({ task }) => task.source === null).map(({ task }) => ({ path: task.dir })),
  };
}

function datasets(tasks: readonly TaskPlan[]): HarborJobConfig["datasets"] {
  const names = new Map<string, string[]>();
  for (const { task } of tasks) {
    if (task.source === null) continue;
    const list = names.get(task.source) ?? [];
    list.push(task.name);
    names.set(task.source, list);
  }
  return [...names].map(([source, task_names]) => {
    const at = source.lastIndexOf("@");
    if (at > 0) return { name: source.slice(0, at), version: source.slice(at + 1), task_names };
    return { path: source, task_names };
  });
}

/** What Harbor's AgentConfig has no field for goes to the agent's constructor. */
function kwargs(profile: Profile): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {
    reasoning: profile.reasoning,
    command: profile.command,
    setup: profile.setup,
    prompt: profile.prompt,
    hooks: profile.hooks,
    files: Object.keys(profile.files).length === 0 ? null : profile.files,
    mcp_servers: profile.mcpServers.length === 0 ? null : profile.mcpServers,
  };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}
