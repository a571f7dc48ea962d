/**
 * Experiment, tasks and what the sandbox can do → Plan. Pure: nothing is read, started or written here.
 *
 * A task that cannot be run is refused for itself alone, by name; its trials are in the plan and never start.
 */
import type { Agent } from "../agents/agent.ts";
import type { Experiment, Profile } from "../contract/experiment.ts";
import { failure, type Failure } from "../contract/failure.ts";
import { cellKey, type Plan, type ProfilePlan, type TaskPlan, type TrialPlan } from "../contract/plan.ts";
import type { Task } from "../contract/task.ts";
import type { Abilities } from "../environments/environment.ts";
import { trialLimits } from "./limits.ts";
import { trialOrder } from "./order.ts";
import { chosenSlots, type Machine } from "./slots.ts";
import { trialName } from "./trial-name.ts";

export interface PlanInput {
  readonly experiment: Experiment;
  /** The chosen tasks, in order. */
  readonly tasks: readonly Task[];
  /** The chosen profiles, in order, with their pinned inputs. */
  readonly profiles: readonly ProfilePlan[];
  readonly agentNamed: (name: string) => Pick<Agent, "describe" | "refuses">;
  readonly abilities: Abilities;
  /** Why the environment cannot run a task, by task id. */
  readonly environmentRefusals: ReadonlyMap<string, readonly string[]>;
  /** Missing template variables and the like, by task id. */
  readonly taskProblems: ReadonlyMap<string, readonly string[]>;
  readonly machine: Machine;
  /** Of the experiment file: what is allowed and probably not meant. */
  readonly notes: readonly string[];
  /** Names that a batch being continued already gave, by cell. */
  readonly trialNames?: ReadonlyMap<string, string>;
}

export function makePlan(input: PlanInput): Plan {
  const { experiment } = input;
  const tasks = new Map(input.tasks.map((task) => [task.id, task]));
  const profiles = new Map(input.profiles.map((plan) => [plan.profile.key, plan.profile]));
  const taken = new Set(input.trialNames?.values());
  const refusals = new Map<string, Failure | null>();
  const trials = trialOrder([...tasks.keys()], [...profiles.keys()], experiment.run.attempts).map((id): TrialPlan => {
    const cell = `${id.task}\0${id.profile}`;
    let refused = refusals.get(cell);
    if (refused === undefined) {
      refused = refusal(input, tasks.get(id.task) as Task, profiles.get(id.profile) as Profile);
      refusals.set(cell, refused);
    }
    return {
      ...id,
      trialName: input.trialNames?.get(cellKey(id)) ?? trialName(experiment.slug, id, taken),
      refused,
    };
  });
  return {
    slug: experiment.slug,
    name: experiment.name,
    experimentFile: experiment.file,
    root: experiment.root,
    run: experiment.run,
    slots: chosenSlots(experiment.run.parallel, input.machine),
    artifactTargets: experiment.artifactTargets,
    analysis: experiment.analysis,
    gateway: experiment.gateway,
    budget: experiment.budget,
    tasks: input.tasks.map((task): TaskPlan => ({ task, limits: trialLimits(task, experiment.run) })),
    profiles: input.profiles,
    trials,
    warnings: warnings(input),
  };
}

function refusal(input: PlanInput, task: Task, profile: Profile): Failure | null {
  const reasons = [
    ...task.unsupported.map((feature) => `${feature} is not supported yet`),
    ...(input.environmentRefusals.get(task.id) ?? []),
    ...(input.taskProblems.get(task.id) ?? []),
  ];
  if (reasons.length > 0) {
    return refusedFor("task", `task "${task.id}" cannot be run: ${reasons.join("; ")}`);
  }
  const byAgent = input.agentNamed(profile.agent).refuses(profile, task);
  return byAgent === null ? null : refusedFor("task", byAgent);
}

function refusedFor(blame: Failure["blame"], message: string): Failure {
  return failure({ code: "refused-at-plan-time", blame, phase: null, message });
}

function warnings({ tasks, profiles, abilities, notes }: PlanInput): string[] {
  const said: string[] = [...notes];
  const unenforced = (what: string, who: readonly Task[]): void => {
    if (who.length > 0) said.push(`${what} not enforced by ${abilities.name}: ${listed(who.map((task) => task.id))}`);
  };
  if (!abilities.enforcesCpus)
    unenforced(
      "cpus limit",
      tasks.filter((task) => task.environment.cpus !== null),
    );
  if (!abilities.enforcesMemory)
    unenforced(
      "memory limit",
      tasks.filter((task) => task.environment.memoryMb !== null),
    );
  if (!abilities.honoursDockerImage) {
    const images = tasks.filter((task) => task.environment.dockerImage !== null);
    if (images.length > 0) {
      said.push(
        `docker_image is not honoured by ${abilities.name}, which uses this machine's files: ${listed(images.map((task) => task.id))}`,
      );
    }
  }
  const asking = abilities.addsCapabilities ? [] : profiles.filter(({ profile }) => profile.capAdd.length > 0);
  if (asking.length > 0)
    said.push(`cap_add is not honoured by ${abilities.name}: ${listed(asking.map(({ profile }) => profile.key))}`);
  for (const task of tasks) for (const note of task.notes) said.push(`task "${task.id}": ${note}`);
  return said;
}

/** The first few names, and how many more. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(", ");
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
