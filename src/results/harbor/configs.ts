/**
 * JobConfig and TrialConfig as Harbor has them: only what differs from Harbor's defaults, so a config means the same there.
 *
 * No secret can be in one: the values of `env` are `${NAME}` references, and so is any `set_env` value whose name
 * Harbor treats as sensitive.
 */
import { namesSecret } from "../../base/secret-names.ts";
import type { Profile } from "../../contract/experiment.ts";
import type { Plan } from "../../contract/plan.ts";
import type { Task } from "../../contract/task.ts";
import { float } from "./json.ts";

export interface JobPlace {
  readonly jobName: string;
  /** Absolute path of `runs/`. */
  readonly jobsDir: string;
}

const HARBOR_CONCURRENCY = 4;

type Json = Readonly<Record<string, unknown>>;

/** The JobConfig of one profile; `lists` are the tasks it runs, in order. */
export function jobConfig(plan: Plan, profile: Profile, place: JobPlace): Json {
  const used = new Set(plan.trials.filter((trial) => trial.profile === profile.key).map((trial) => trial.task));
  const tasks = plan.tasks.filter(({ task }) => used.has(task.id)).map(({ task }) => taskConfig(task));
  return {
    job_name: place.jobName,
    jobs_dir: place.jobsDir,
    ...unless("n_attempts", plan.run.attempts, 1),
    ...multiplier(plan),
    ...unless("n_concurrent_trials", plan.slots, HARBOR_CONCURRENCY),
    ...(plan.run.retries > 0 && { retry: { max_retries: plan.run.retries } }),
    ...environmentPart(plan),
    agents: [agentConfig(plan, profile)],
    tasks,
    ...promptPart(profile),
  };
}

export function trialConfig(
  plan: Plan,
  profile: Profile,
  task: Task,
  trial: { readonly trialName: string; readonly jobDir: string; readonly jobId: string },
): Json {
  return {
    task: taskConfig(task),
    trial_name: trial.trialName,
    trials_dir: trial.jobDir,
    ...multiplier(plan),
    agent: agentConfig(plan, profile),
    ...environmentPart(plan),
    ...promptPart(profile),
    job_id: trial.jobId,
  };
}

function taskConfig(task: Task): Json {
  return { ...placeOf(task), ...(task.source !== null && { source: task.source }) };
}

/** Where a task's files are, so that others can have the same: for one out of a repository not the copy on this machine. */
export function placeOf({ dir, git }: Task): Json {
  return git === null ? { path: dir } : { path: git.path, git_url: git.url, git_commit_id: git.commit };
}

export function agentConfig(plan: Plan, profile: Profile): Json {
  const kwargs = agentKwargs(profile);
  const env = agentEnv(profile);
  return {
    name: profile.agent,
    ...(profile.model !== null && { model_name: profile.model }),
    ...(plan.run.agentTimeoutSec !== null && { override_timeout_sec: float(plan.run.agentTimeoutSec) }),
    ...(Object.keys(kwargs).length > 0 && { kwargs }),
    ...(Object.keys(env).length > 0 && { env }),
  };
}

/** Whatever of a profile Harbor has no field for. */
function agentKwargs(profile: Profile): Json {
  return {
    ...(profile.reasoning !== null && { reasoning: profile.reasoning }),
    ...(profile.command !== null && { command: profile.command }),
    ...(profile.mcpServers.length > 0 && !profile.noMcp && { mcp_servers: profile.mcpServers }),
    ...(profile.hooks !== null && { hooks: profile.hooks }),
    ...(profile.setup !== null && { setup: profile.setup }),
    ...(Object.keys(profile.files).length > 0 && { files: profile.files }),
  };
}

function agentEnv(profile: Profile): Record<string, string> {
  const references = profile.env.map((name) => [name, reference(name)] as const);
  const values = Object.entries(profile.setEnv).map(
    ([name, value]) => [name, namesSecret(name) ? reference(name) : value] as const,
  );
  return Object.fromEntries([...references, ...values]);
}

function reference(name: string): string {
  return `\${${name}}`;
}

/** An environment that Harbor does not have goes in as an import path: its `type` is a closed list. */
export function environmentConfig(plan: Plan): Json {
  const { containerEnv, forceRebuild } = plan.run;
  return {
    ...(containerEnv !== "docker" && { import_path: `regatta.environments:${containerEnv}` }),
    ...(forceRebuild && { force_build: true }),
  };
}

function environmentPart(plan: Plan): Json {
  const environment = environmentConfig(plan);
  return Object.keys(environment).length > 0 ? { environment } : {};
}

function promptPart(profile: Profile): Json {
  return profile.prompt === null ? {} : { extra_instruction_paths: [profile.prompt] };
}

function multiplier(plan: Plan): Json {
  return plan.run.timeoutMultiplier === 1 ? {} : { timeout_multiplier: float(plan.run.timeoutMultiplier) };
}

function unless(key: string, value: number, standard: number): Json {
  return value === standard ? {} : { [key]: value };
}
