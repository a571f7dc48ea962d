/**
 * The Harbor JobConfig of one profile: all its tasks, grouped by dataset, one agent.
 *
 * Environment variables are named, never given: `${NAME}` is Harbor's own reference to a variable of its process.
 */
import { namesSecret } from "../base/secret-names.ts";
import type { Profile, RunSettings, TaskRef } from "../contract/experiment.ts";
import type { HarborDialect } from "./harbor-dialect.ts";

export type HarborJobConfig = Readonly<Record<string, unknown>>;

export interface HarborJobInput {
  readonly run: RunSettings;
  readonly profile: Profile;
  /** In order. */
  readonly tasks: readonly TaskRef[];
  readonly attempts: number;
  readonly jobName: string;
  /** Absolute: `runs/` of the batch. */
  readonly jobsDir: string;
  readonly concurrent: number;
  /** Folders among the datasets, by the name the experiment gives them; the others are a registry's. */
  readonly folders: ReadonlyMap<string, string>;
}

export function harborJob(input: HarborJobInput, dialect: HarborDialect): HarborJobConfig {
  const { run, profile, tasks } = input;
  const retry = { max_retries: run.retries };
  return {
    job_name: input.jobName,
    jobs_dir: input.jobsDir,
    n_attempts: input.attempts,
    timeout_multiplier: run.timeoutMultiplier,
    ...(dialect.orchestrator
      ? { orchestrator: { type: "local", n_concurrent_trials: input.concurrent, quiet: true, retry } }
      : { n_concurrent_trials: input.concurrent, quiet: true, retry }),
    environment: { type: run.containerEnv, force_build: run.forceRebuild, delete: true },
    agents: [agentOf(run, profile, dialect)],
    ...(profile.prompt === null ? {} : { extra_instruction_paths: [profile.prompt] }),
    datasets: datasetsOf(input, dialect),
    tasks: tasks.flatMap(({ path }) => (path === null ? [] : [{ path }])),
  };
}

function agentOf(run: RunSettings, profile: Profile, dialect: HarborDialect): object {
  const kwargs = {
    ...(profile.reasoning === null ? {} : { reasoning_effort: profile.reasoning }),
    ...profile.kwargs,
  };
  const env = {
    ...Object.fromEntries(
      Object.entries(profile.setEnv).map(([name, value]) => [name, namesSecret(name) ? `\${${name}}` : value]),
    ),
    ...Object.fromEntries(profile.env.map((name) => [name, `\${${name}}`])),
  };
  return {
    ...(profile.importPath === null ? { name: profile.agent } : { import_path: profile.importPath }),
    ...(profile.model === null ? {} : { model_name: profile.model }),
    ...(run.agentTimeoutSec === null ? {} : { override_timeout_sec: run.agentTimeoutSec }),
    kwargs,
    ...(dialect.agentEnv ? { env } : {}),
  };
}

function datasetsOf({ run, tasks, folders }: HarborJobInput, dialect: HarborDialect): readonly object[] {
  const names = new Map<string, string[]>();
  for (const { id, dataset } of tasks) {
    if (dataset === null) continue;
    names.set(dataset, [...(names.get(dataset) ?? []), id]);
  }
  return [...names].map(([dataset, ids]) => {
    // Harbor reads them as patterns.
    const task_names = ids.map((id) => id.replaceAll(/[*?[]/g, "[$&]"));
    const folder = folders.get(dataset);
    if (folder !== undefined) return { path: folder, task_names };
    const at = dataset.lastIndexOf("@");
    const named = at > 0 ? { name: dataset.slice(0, at), version: dataset.slice(at + 1) } : { name: dataset };
    return { ...named, ...registryOf(run.registry, dialect), task_names };
  });
}

function registryOf(registry: string | null, { nestedRegistry }: HarborDialect): object {
  if (registry === null) return {};
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(registry);
  if (nestedRegistry) return { registry: isUrl ? { url: registry } : { path: registry } };
  return isUrl ? { registry_url: registry } : { registry_path: registry };
}

type Fate = "said" | "ours" | "refused";

/**
 * What becomes of each key under Harbor: said to it, kept by us, or not to be had. A new key does not compile until it has
 * been decided on.
 */
const RUN_FATE: { readonly [K in keyof RunSettings]: Fate } = {
  resultsRoot: "said",
  attempts: "said",
  retries: "said",
  parallel: "said",
  profilesParallel: "ours",
  containerEnv: "said",
  forceRebuild: "said",
  runTimeoutSec: "ours",
  timeoutMultiplier: "said",
  agentTimeoutSec: "said",
  minFreeGb: "ours",
  quietVerify: "refused",
  notify: "ours",
  registry: "said",
  engine: "ours",
  harborBin: "ours",
};

const PROFILE_FATE: { readonly [K in keyof Profile]: Fate } = {
  key: "said",
  agent: "said",
  model: "said",
  reasoning: "said",
  noMcp: "ours",
  mcpServers: "refused",
  hooks: "refused",
  env: "said",
  setEnv: "said",
  files: "refused",
  setup: "refused",
  capAdd: "refused",
  prompt: "said",
  command: "refused",
  importPath: "said",
  kwargs: "said",
  claudeVersion: "refused",
  codexVersion: "refused",
  skills: "refused",
  systemPrompt: "refused",
  allowedTools: "refused",
  disallowedTools: "refused",
  maxTurns: "refused",
  trustTaskConfig: "refused",
  mcpGitSource: "refused",
  mcpGitRef: "refused",
  envFile: "ours",
  unused: "ours",
};

export interface HarborRefusal {
  /** As in the file: `run.container_env`, `profiles.text.setup`. */
  readonly key: string;
  readonly message: string;
}

/** What the real Harbor has no word for. @param keys, runKeys the file's spelling of their fields */
export function harborRefusals(
  run: RunSettings,
  profiles: readonly Profile[],
  keys: ReadonlyMap<keyof Profile, string>,
  runKeys: ReadonlyMap<keyof RunSettings, string>,
  dialect: HarborDialect,
): readonly HarborRefusal[] {
  const refused: HarborRefusal[] = [];
  if (RUN_FATE.containerEnv === "said" && run.containerEnv !== "docker") {
    const message = `engine harbor has no environment "${run.containerEnv}": use container_env = "docker"`;
    refused.push({ key: "run.container_env", message });
  }
  for (const field of Object.keys(RUN_FATE) as (keyof RunSettings)[])
    if (RUN_FATE[field] === "refused" && !isEmpty(run[field])) {
      const key = runKeys.get(field) ?? field;
      refused.push({ key: `run.${key}`, message: `engine harbor has nothing for ${key}` });
    }
  for (const profile of profiles) {
    const say = (field: keyof Profile, message: string): void =>
      void refused.push({ key: `profiles.${profile.key}.${keys.get(field) ?? field}`, message });
    for (const field of Object.keys(PROFILE_FATE) as (keyof Profile)[]) {
      if (PROFILE_FATE[field] !== "refused" || isEmpty(profile[field])) continue;
      say(field, `engine harbor has nothing for ${keys.get(field) ?? field}`);
    }
    const old = `the installed Harbor ${dialect.version ?? ""}`;
    if (profile.prompt !== null && !dialect.extraInstructions)
      say("prompt", `${old} cannot append to instructions (0.9 can)`);
    if (Object.keys(profile.setEnv).length > 0 && !dialect.agentEnv)
      say("setEnv", `${old} gives agents no variables (0.2 does)`);
  }
  return refused;
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === false) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
