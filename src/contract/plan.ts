/**
 * What a run will do, as a value: made before anything starts, printable, stored, compared when a batch is continued.
 * Nothing writes into it later.
 */
import type { AnalysisSettings, BudgetSettings, GatewaySettings, Profile, RunSettings } from "./experiment.ts";
import type { Failure } from "./failure.ts";
import type { Task } from "./task.ts";

export interface TrialId {
  readonly task: string;
  readonly profile: string;
  /** From 1. */
  readonly attempt: number;
}

export interface TrialPlan extends TrialId {
  /** Harbor's trial_name, `<task[:32]>__<7 characters>`; stable for a cell and attempt of a batch. */
  readonly trialName: string;
  /** Why this trial cannot be run at all (its task is not supported, say); null = it can. */
  readonly refused: Failure | null;
}

export interface TaskPlan {
  readonly task: Task;
  readonly limits: TrialLimits;
}

/** Seconds; null = no limit. All multipliers and overrides are already applied. */
export interface TrialLimits {
  readonly buildSec: number;
  readonly setupSec: number;
  readonly agentSec: number | null;
  readonly verifierSec: number;
}

/** A profile with what it pins: contents by digest, never by path. */
export interface ProfilePlan {
  readonly profile: Profile;
  /** Digests of setup, prompt, hooks and files, by name: `setup`, `prompt`, `files:/in/the/sandbox`. */
  readonly inputs: Readonly<Record<string, string>>;
  /** What its agent's program, servers, hooks and prompt come to, by content; null = it adds nothing to its agent. */
  readonly treatment: Readonly<Record<string, unknown>> | null;
  /** The same in words, a line each: versions, servers and where their code comes from, hooks, how hard it is made to think. */
  readonly treatmentLines: readonly string[];
  /** Names in `profile.env` that were found, and where; never values. */
  readonly envFrom: Readonly<Record<string, "env-file" | "host">>;
}

export interface Plan {
  readonly slug: string;
  readonly name: string;
  readonly experimentFile: string;
  readonly root: string;
  readonly run: RunSettings;
  /** `parallel` after choosing from the machine. */
  readonly slots: number;
  readonly artifactTargets: readonly string[];
  readonly analysis: AnalysisSettings;
  readonly gateway: GatewaySettings;
  readonly budget: BudgetSettings;
  readonly tasks: readonly TaskPlan[];
  readonly profiles: readonly ProfilePlan[];
  /** In the order they start: attempt by attempt, task by task, the profiles of a task side by side and rotated. */
  readonly trials: readonly TrialPlan[];
  /** What the environment cannot do that some task asks for, such as `memory is not enforced`. */
  readonly warnings: readonly string[];
}

export function cellKey(id: TrialId): string {
  return `${id.task}\u0000${id.profile}\u0000${id.attempt}`;
}
