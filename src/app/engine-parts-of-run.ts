/** What the engine is given to run a batch: sandboxes, images, treatments, variables, and the limits of this machine. */
import { randomUUID } from "node:crypto";
import { dirname } from "node:path";
import { agentNamed } from "../agents/registry.ts";
import type { Profile } from "../contract/experiment.ts";
import type { TaskPlan, TrialPlan } from "../contract/plan.ts";
import { mountsOf } from "../contract/toolchain.ts";
import type { EngineParts } from "../engine/engine-parts.ts";
import type { Environment, ImageSpec } from "../environments/environment.ts";
import type { ImageLogs } from "../results/image-logs.ts";
import { testScriptVerifier } from "../verifier/run-tests.ts";
import { type Owner, sandboxLabels, sandboxName } from "./labels.ts";
import { thisMachine } from "./machine.ts";
import { type BuiltTreatments, NOTHING_BUILT } from "./planned-treatments.ts";
import { preflight } from "./preflight.ts";
import type { PreparedPlan } from "./prepare-plan.ts";
import type { RunGateway } from "./run-gateway.ts";
import type { StopRequests } from "./stop-requests.ts";
import { systemClock } from "./system-clock.ts";
import type { TargetBatch } from "./target-batch.ts";

/** A run that is stopped while its toolchains are made is stopped like any other: the engine then starts nothing. */
export async function builtUnlessStopped(
  { treatments }: PreparedPlan,
  stop: StopRequests,
  log: (line: string) => void,
): Promise<BuiltTreatments> {
  const signal = AbortSignal.any([stop.soft, stop.hard, stop.deadline]);
  try {
    return await treatments.build({ log, signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    return () => NOTHING_BUILT;
  }
}

export function engineParts(
  { provider, variables, prompts, abilities }: PreparedPlan,
  target: TargetBatch,
  owner: Owner,
  given: Pick<EngineParts, "store" | "files" | "announce" | "room" | "onUnwritable" | "machineWaits"> & {
    readonly gateway: RunGateway | null;
  },
  imageLogs: ImageLogs,
  built: BuiltTreatments,
): EngineParts {
  const hidePaths = [target.plan.root, target.plan.run.resultsRoot, dirname(target.plan.experimentFile)];
  const imageOf = ({ task, limits }: TaskPlan): ImageSpec => ({
    contextDir: task.environment.dir,
    dockerfile: task.environment.dockerfile,
    dockerImage: task.environment.dockerImage,
    forceRebuild: target.plan.run.forceRebuild,
    buildTimeoutSec: limits.buildSec,
  });
  const profiles = new Map(target.plan.profiles.map(({ profile }) => [profile.key, profile]));
  const sandboxFor = (trial: TrialPlan, tryNumber: number, taskPlan: TaskPlan): Environment => {
    const { task } = taskPlan;
    const profile = profiles.get(trial.profile);
    const toolchains = profile === undefined || !abilities.canMount ? [] : built(profile, task).toolchains;
    return provider.create({
      ...imageOf(taskPlan),
      name: sandboxName(target.dir, trial, tryNumber),
      labels: sandboxLabels(owner, trial, tryNumber, Date.now()),
      workdir: task.environment.workdir,
      env: variables.environment(task),
      network: task.environment.network,
      capabilities: profile?.capAdd ?? [],
      hostPorts: given.gateway?.hostPorts(trial) ?? [],
      cpus: task.environment.cpus,
      memoryMb: task.environment.memoryMb,
      hidePaths,
      mounts: [...mountsOf(toolchains), ...(given.gateway?.mounts(trial) ?? [])],
    });
  };
  return {
    ...given,
    verifier: testScriptVerifier,
    agentNamed,
    prepare: (task: TaskPlan, signal: AbortSignal, log: (line: string) => void) =>
      provider.prepare(imageOf(task), {
        signal,
        log(line) {
          log(line);
          imageLogs.line(task.task.id, line);
        },
      }),
    environmentFor: sandboxFor,
    treatmentFor: (profile: Profile, { task }: TaskPlan) => {
      const { treatment, toolchains } = built(profile, task);
      return { treatment, uploads: abilities.canMount ? [] : mountsOf(toolchains) };
    },
    preflight: (profile: Profile, taskPlan: TaskPlan) => {
      const { task } = taskPlan;
      const agent = agentNamed(profile.agent);
      const { treatment, toolchains } = built(profile, task);
      if (agent.preflight === undefined) return null;
      const trialName = `preflight-${profile.key}-${task.id}`.slice(0, 60);
      const trial: TrialPlan = { task: task.id, profile: profile.key, attempt: 0, trialName, refused: null };
      return (signal, log) =>
        preflight({
          agent,
          profile,
          task,
          treatment,
          uploads: abilities.canMount ? [] : mountsOf(toolchains),
          environment: sandboxFor(trial, 1, taskPlan),
          env: given.gateway?.withoutKeys(profile, variables.ofAgent(profile)) ?? variables.ofAgent(profile),
          signal,
          log(line) {
            log(line);
            imageLogs.line(trialName, line);
          },
        });
    },
    variablesFor: (profile: Profile, { task }: TaskPlan) => variables.of(profile, task),
    instructionFor: ({ key }: Profile, { task }: TaskPlan) => {
      const prompt = prompts.get(key);
      return prompt === undefined ? task.instruction : `${task.instruction}\n\n${prompt}`;
    },
    clock: systemClock,
    random: Math.random,
    newUuid: randomUUID,
    memoryMb: Math.floor(thisMachine().memoryMb * 0.9),
  };
}
