/**
 * `plan --json`: the plan as one object, `{ "schema_version": 1, "slug", "name", "experiment_file", "root", "run", "slots",
 * "artifact_targets", "tasks", "profiles", "trials", "warnings" }`, trials in starting order. Values of variables never
 * appear: `set_env` and verifier environments are given by name.
 */
import type { Plan, ProfilePlan, TaskPlan } from "../../contract/plan.ts";

export function planJson(plan: Plan): Readonly<Record<string, unknown>> {
  return {
    schema_version: 1,
    slug: plan.slug,
    name: plan.name,
    experiment_file: plan.experimentFile,
    root: plan.root,
    run: {
      results_root: plan.run.resultsRoot,
      attempts: plan.run.attempts,
      retries: plan.run.retries,
      parallel: plan.run.parallel,
      profiles_parallel: plan.run.profilesParallel,
      container_env: plan.run.containerEnv,
      force_rebuild: plan.run.forceRebuild,
      run_timeout_sec: plan.run.runTimeoutSec,
      timeout_multiplier: plan.run.timeoutMultiplier,
      agent_timeout_sec: plan.run.agentTimeoutSec,
      min_free_gb: plan.run.minFreeGb,
      quiet_verify: plan.run.quietVerify,
      notify: plan.run.notify,
      registry: plan.run.registry,
      engine: plan.run.engine,
      harbor_bin: plan.run.harborBin,
    },
    slots: plan.slots,
    artifact_targets: plan.artifactTargets,
    tasks: plan.tasks.map(taskJson),
    profiles: plan.profiles.map(profileJson),
    trials: plan.trials.map(({ task, profile, attempt, trialName, refused }) => ({
      task,
      profile,
      attempt,
      trial_name: trialName,
      refused,
    })),
    warnings: plan.warnings,
  };
}

function taskJson({ task, limits }: TaskPlan) {
  const { environment } = task;
  return {
    id: task.id,
    name: task.name,
    dir: task.dir,
    source: task.source,
    digest: task.digest,
    limits: {
      build_sec: limits.buildSec,
      setup_sec: limits.setupSec,
      agent_sec: limits.agentSec,
      verifier_sec: limits.verifierSec,
    },
    environment: {
      docker_image: environment.dockerImage,
      dockerfile: environment.dockerfile,
      cpus: environment.cpus,
      memory_mb: environment.memoryMb,
      storage_mb: environment.storageMb,
      workdir: environment.workdir,
      network: environment.network,
    },
    unsupported: task.unsupported,
    notes: task.notes,
  };
}

function profileJson({ profile, inputs, envFrom }: ProfilePlan) {
  return {
    key: profile.key,
    agent: profile.agent,
    model: profile.model,
    reasoning: profile.reasoning,
    no_mcp: profile.noMcp,
    mcp_servers: profile.mcpServers,
    hooks: profile.hooks,
    command: profile.command,
    setup: profile.setup,
    cap_add: profile.capAdd,
    prompt: profile.prompt,
    files: profile.files,
    inputs,
    set_env: Object.keys(profile.setEnv),
    env: profile.env.map((name) => ({ name, from: Object.hasOwn(envFrom, name) ? envFrom[name] : null })),
    env_file: profile.envFile,
    unused: profile.unused,
  };
}
