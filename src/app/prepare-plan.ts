/** From an experiment file to a plan: reads everything that a plan is made of, and starts nothing. */
import { readFile } from "node:fs/promises";
import { UserError } from "../contract/failure.ts";
import type { Experiment, Profile } from "../contract/experiment.ts";
import type { Plan, ProfilePlan } from "../contract/plan.ts";
import type { Task } from "../contract/task.ts";
import type { Abilities, EnvironmentProvider } from "../environments/environment.ts";
import type { AgentDescription } from "../agents/agent.ts";
import { agentDescriptions, agentNamed, harborAgent } from "../agents/registry.ts";
import { createDatasetSource } from "../datasets/source.ts";
import { loadExperiment } from "../experiment/load.ts";
import { experimentNotes } from "../experiment/notes.ts";
import type { Overrides } from "../experiment/run-settings.ts";
import { NEWEST_DIALECT } from "../planning/harbor-dialect.ts";
import { makePlan } from "../planning/plan.ts";
import { resolveTasks } from "../tasks/dataset.ts";
import { type Choice, narrowed } from "./choice.ts";
import { environmentNamed } from "./environments.ts";
import { demandExpressible } from "./harbor-limits.ts";
import { type PlannedTreatments, treatmentsOf } from "./planned-treatments.ts";
import { thisMachine } from "./machine.ts";
import { type ModelRoute, modelRoutes } from "./model-routes.ts";
import { profileInputs } from "./profile-inputs.ts";
import { loadVariables, type Variables } from "./variables.ts";

export interface PlanRequest extends Choice {
  /** Takes lines for whoever waits for something to be fetched. */
  readonly say: (line: string) => void;
  readonly file: string;
  /** See LoadOptions. */
  readonly copyOf?: string;
  readonly overrides: Overrides;
}

export interface PreparedPlan {
  readonly plan: Plan;
  readonly experiment: Experiment;
  readonly provider: EnvironmentProvider;
  readonly variables: Variables;
  readonly treatments: PlannedTreatments;
  readonly abilities: Abilities;
  /** The text that each profile appends to instructions. */
  readonly prompts: ReadonlyMap<string, string>;
  /** By profile: those that call their models through the gateway. */
  readonly models: ReadonlyMap<string, ModelRoute>;
  /** The same inputs, with the names that a batch already gave. */
  replanned(trialNames: ReadonlyMap<string, string>): Plan;
}

const HARBOR_ABILITIES: Abilities = {
  name: "docker, by Harbor",
  available: true,
  problems: [],
  enforcesCpus: true,
  enforcesMemory: true,
  canDisableNetwork: true,
  canSwitchUser: true,
  killsWholeTree: false,
  honoursDockerImage: true,
  canMount: false,
  closesHost: false,
  addsCapabilities: false,
  arch: null,
  statements: [
    "the real Harbor runs the trials: it decides what is enforced, and a timed-out agent may go on while it is graded",
  ],
};

export async function preparePlan(request: PlanRequest): Promise<PreparedPlan> {
  const whole = await loadExperiment(request.file, {
    agents: agentDescriptions,
    overrides: request.overrides,
    ...(request.copyOf === undefined ? {} : { copyOf: request.copyOf }),
  });
  const experiment = narrowed(whole, request);
  const provider = await environmentNamed(experiment.run.containerEnv);
  const byHarbor = experiment.run.engine === "harbor";
  if (byHarbor) demandExpressible(experiment, NEWEST_DIALECT);
  // Whether Docker works is then Harbor's to find out, and to say.
  const abilities = byHarbor ? HARBOR_ABILITIES : await provider.abilities();
  if (!abilities.available) {
    throw new UserError(`the "${provider.name}" environment does not work on this machine`, abilities.problems);
  }
  const resolved = await resolveTasks(experiment, createDatasetSource(request.say));
  // What we cannot run yet it may be able to.
  const tasks = byHarbor ? resolved.map((task) => ({ ...task, unsupported: [] })) : resolved;
  const agentOf = (profile: Profile): AgentDescription =>
    (byHarbor ? harborAgent : agentNamed)(profile.agent).describe();
  const variables = await loadVariables(
    experiment.profiles,
    tasks,
    process.env,
    (profile) => agentOf(profile).variables,
  );
  if (!byHarbor) demandProfiles(experiment);
  demandVariables(experiment.profiles, variables, agentOf);
  const models = modelRoutes(experiment, agentNamed, (profile) => variables.ofAgent(profile));
  const treatments = await treatmentsOf(experiment, tasks, abilities, agentOf, request.say);
  const profiles = await Promise.all(
    experiment.profiles.map(async (profile): Promise<ProfilePlan> => ({
      profile,
      inputs: await profileInputs(profile),
      treatment: treatments.lockOf(profile),
      treatmentLines: treatments.linesOf(profile),
      envFrom: variables.envFrom(profile),
    })),
  );
  const input = {
    experiment,
    tasks,
    profiles,
    agentNamed: byHarbor ? harborAgent : agentNamed,
    abilities,
    environmentRefusals: byHarbor ? new Map() : await refusals(provider, tasks),
    taskProblems: new Map(tasks.map((task) => [task.id, variables.taskProblems(task)])),
    machine: thisMachine(),
    notes: [...experimentNotes(experiment), ...models.notes, ...treatments.notes],
  };
  return {
    plan: makePlan(input),
    experiment,
    provider,
    abilities,
    variables,
    models: models.routes,
    prompts: await readPrompts(experiment.profiles),
    treatments,
    replanned: (trialNames) => makePlan({ ...input, trialNames }),
  };
}

/** @throws UserError with a line for each profile that its agent cannot take. */
function demandProfiles({ file, profiles, origins }: Experiment): void {
  const lines = profiles.flatMap((profile) => {
    const why = agentNamed(profile.agent).refusesProfile?.(profile) ?? null;
    if (why === null) return [];
    const origin = origins[`profiles.${profile.key}.reasoning`];
    const line = origin !== undefined && "line" in origin ? `:${origin.line}` : "";
    return [`${file}${line}: profile "${profile.key}": ${why}`];
  });
  if (lines.length > 0) throw new UserError("Profiles that their agents cannot run as they are written:", lines);
}

/** A variable that a profile asks for by name and that is nowhere would make its trials something else than planned. */
function demandVariables(
  profiles: readonly Profile[],
  variables: Variables,
  agentOf: (profile: Profile) => AgentDescription,
): void {
  const lines = profiles.flatMap((profile) => {
    const file = profile.envFile === null ? "there is no env file" : `it is not in ${profile.envFile}`;
    const missing = variables
      .missing(profile)
      .map((name) => `profile "${profile.key}" lets in ${name}, but ${file} and it is not set in the environment`);
    const { needsOneOf, name: agent } = agentOf(profile);
    const set = new Set([...Object.keys(variables.envFrom(profile)), ...Object.keys(profile.setEnv)]);
    if (needsOneOf.length === 0 || needsOneOf.some((name) => set.has(name))) return missing;
    return [
      ...missing,
      `profile "${profile.key}": the agent ${agent} needs one of ${needsOneOf.join(", ")}; ${file}, and none is set in the environment`,
    ];
  });
  if (lines.length > 0) throw new UserError("variables that profiles ask for are missing", lines);
}

async function refusals(
  provider: EnvironmentProvider,
  tasks: readonly Task[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (const { id, environment } of tasks) {
    found.set(
      id,
      await provider.check({
        contextDir: environment.dir,
        dockerfile: environment.dockerfile,
        dockerImage: environment.dockerImage,
        workdir: environment.workdir,
        network: environment.network,
        cpus: environment.cpus,
        memoryMb: environment.memoryMb,
      }),
    );
  }
  return found;
}

async function readPrompts(profiles: readonly Profile[]): Promise<ReadonlyMap<string, string>> {
  const prompts = new Map<string, string>();
  for (const { key, prompt } of profiles) if (prompt !== null) prompts.set(key, await readFile(prompt, "utf8"));
  return prompts;
}
