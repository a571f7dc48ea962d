/** Plan → what is stored with a launch and compared later: contents by digest, no secrets, no machine-dependent choices in a cell. */
import type { Plan, ProfilePlan, TaskPlan } from "../contract/plan.ts";
import type { PlanLock } from "../contract/plan-lock.ts";

export interface LockContext {
  readonly createdAt: string;
  readonly version: string;
  readonly overrides: Readonly<Record<string, unknown>>;
}

export function planLock(plan: Plan, context: LockContext): PlanLock {
  const { run } = plan;
  return {
    schema_version: 1,
    slug: plan.slug,
    name: plan.name,
    regatta_version: context.version,
    created_at: context.createdAt,
    experiment_file: plan.experimentFile,
    root: plan.root,
    run: {
      cell: {
        environment: run.containerEnv,
        force_rebuild: run.forceRebuild,
        ...(run.engine === "regatta" ? {} : { engine: run.engine }),
      },
      launch: {
        attempts: run.attempts,
        retries: run.retries,
        slots: plan.slots,
        profiles_parallel: run.profilesParallel,
        run_timeout_sec: run.runTimeoutSec,
        ...(run.quietVerify ? { quiet_verify: true } : {}),
        results_root: run.resultsRoot,
        gateway: plan.gateway.mode,
        ...budgetEntry(plan.budget),
      },
    },
    overrides: context.overrides,
    tasks: Object.fromEntries(plan.tasks.map((task) => [task.task.id, taskEntry(task)])),
    profiles: Object.fromEntries(plan.profiles.map((entry) => [entry.profile.key, profileEntry(entry)])),
    artifact_targets: plan.artifactTargets,
    analysis: analysisEntry(plan.analysis),
    trials: plan.trials.map((trial) => ({
      task: trial.task,
      profile: trial.profile,
      attempt: trial.attempt,
      trial_name: trial.trialName,
      refused: trial.refused,
    })),
  };
}

/** Only where there is a limit: it may be raised when a batch goes on. */
function budgetEntry(settings: Plan["budget"]): { readonly budget?: Readonly<Record<string, number>> } {
  const { maxCostUsd, perTrialUsd, perProfileUsd, maxTokens, perTrialTokens, ...rest } = settings;
  const none: Record<string, never> = rest;
  const limits = {
    max_cost_usd: maxCostUsd,
    per_trial_usd: perTrialUsd,
    per_profile_usd: perProfileUsd,
    max_tokens: maxTokens,
    per_trial_tokens: perTrialTokens,
    ...none,
  };
  const set = Object.entries(limits).filter((pair): pair is [string, number] => pair[1] !== null);
  return set.length === 0 ? {} : { budget: Object.fromEntries(set) };
}

function analysisEntry(settings: Plan["analysis"]): NonNullable<PlanLock["analysis"]> {
  const { control, margin, alpha, rewardKey, successAt, ...rest } = settings;
  const none: Record<string, never> = rest;
  return { control, margin, alpha, reward_key: rewardKey, success_at: successAt, ...none };
}

/** The digest covers everything in the task directory; limits are here because an experiment may change them. */
export function taskEntry({ task, limits }: TaskPlan): PlanLock["tasks"][string] {
  return {
    digest: task.digest,
    name: task.name,
    source: task.source,
    limits: {
      build_sec: limits.buildSec,
      setup_sec: limits.setupSec,
      agent_sec: limits.agentSec,
      verifier_sec: limits.verifierSec,
    },
  };
}

/** Every key of a profile, by content. A new key of Profile does not compile until it is placed here or left out on purpose. */
export function profileEntry({ profile, inputs, treatment }: ProfilePlan): PlanLock["profiles"][string] {
  const {
    key: _key,
    unused: _unused,
    envFile: _envFile,
    hooks: _hooks,
    setup: _setup,
    prompt: _prompt,
    files: _files,
    agent,
    model,
    reasoning,
    noMcp,
    mcpServers,
    env,
    setEnv,
    capAdd,
    command,
    importPath,
    kwargs,
    claudeVersion: _claudeVersion,
    codexVersion: _codexVersion,
    skills: _skills,
    systemPrompt: _systemPrompt,
    allowedTools,
    disallowedTools,
    maxTurns,
    trustTaskConfig,
    mcpGitSource: _mcpGitSource,
    mcpGitRef: _mcpGitRef,
    ...rest
  } = profile;
  const none: Record<string, never> = rest;
  return {
    agent,
    model,
    reasoning,
    no_mcp: noMcp,
    mcp_servers: mcpServers,
    env,
    set_env: setEnv,
    command,
    // Only where they say something: they came later than the first batches.
    ...(importPath === null ? {} : { import_path: importPath }),
    ...(Object.keys(kwargs).length === 0 ? {} : { kwargs }),
    ...(capAdd.length === 0 ? {} : { cap_add: capAdd }),
    ...(allowedTools.length === 0 ? {} : { allowed_tools: allowedTools }),
    ...(disallowedTools.length === 0 ? {} : { disallowed_tools: disallowedTools }),
    ...(maxTurns === null ? {} : { max_turns: maxTurns }),
    ...(trustTaskConfig ? { trust_task_config: true } : {}),
    inputs,
    ...(treatment === null ? {} : { treatment }),
    ...none,
  };
}
