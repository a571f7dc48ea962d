/** The treatments of all profiles, for each kind of sandbox that the tasks have. */
import type { AgentDescription } from "../agents/agent.ts";
import type { Experiment, Profile } from "../contract/experiment.ts";
import type { Task } from "../contract/task.ts";
import type { Abilities } from "../environments/environment.ts";
import { NO_TREATMENT } from "../contract/treatment.ts";
import type { BuiltTreatment } from "./treatments.ts";

export interface PlannedTreatments {
  readonly notes: readonly string[];
  /** Null = the profile adds nothing to its agent. */
  lockOf(profile: Profile): Readonly<Record<string, unknown>> | null;
  /** For people. */
  linesOf(profile: Profile): readonly string[];
  /** Makes every toolchain that is not in the store. @throws UserError */
  build(settings: { readonly log: (line: string) => void; readonly signal: AbortSignal }): Promise<BuiltTreatments>;
}

export type BuiltTreatments = (profile: Profile, task: Task) => BuiltTreatment;

export const NOTHING_BUILT: BuiltTreatment = { treatment: NO_TREATMENT, toolchains: [] };

const NO_TREATMENTS: PlannedTreatments = {
  notes: [],
  lockOf: () => null,
  linesOf: () => [],
  build: () => Promise.resolve(() => NOTHING_BUILT),
};

/** Where no profile's agent needs a program, most of the code about programs is not even loaded. */
export async function treatmentsOf(
  experiment: Experiment,
  tasks: readonly Task[],
  abilities: Abilities,
  agentOf: (profile: Profile) => AgentDescription,
  say: (line: string) => void,
): Promise<PlannedTreatments> {
  if (experiment.profiles.every((profile) => agentOf(profile).toolchain === null)) return NO_TREATMENTS;
  const { planTreatments } = await import("./plan-treatments.ts");
  return planTreatments(experiment, tasks, abilities, agentOf, say);
}
