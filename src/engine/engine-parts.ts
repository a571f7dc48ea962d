/** What the engine is given: ports and choices. It knows no implementation of any of them. */
import type { Agent } from "../agents/agent.ts";
import type { Announce } from "../contract/event.ts";
import type { Profile } from "../contract/experiment.ts";
import type { TaskPlan, TrialPlan } from "../contract/plan.ts";
import type { Environment } from "../environments/environment.ts";
import type { BatchStore, TrialFiles } from "../results/store.ts";
import type { Verifier } from "../verifier/verifier.ts";
import type { Clock } from "./clock.ts";
import type { ModelGateway } from "./model-gateway.ts";
import type { Waits } from "./noise.ts";
import type { Room } from "./room.ts";
import type { TrialContext, TrialVariables } from "./trial-context.ts";

export interface EngineParts {
  readonly store: BatchStore;
  readonly files: TrialFiles;
  readonly verifier: Verifier;
  readonly agentNamed: (name: string) => Agent;
  /** Makes ready what all trials of a task share, such as an image; see EnvironmentProvider.prepare. */
  readonly prepare: (task: TaskPlan, signal: AbortSignal, log: (line: string) => void) => Promise<unknown>;
  /** A sandbox for this try, not started. */
  readonly environmentFor: (trial: TrialPlan, tryNumber: number, task: TaskPlan) => Environment;
  /** Resolved variables; the only place where secrets enter a trial. */
  readonly variablesFor: (profile: Profile, task: TaskPlan) => TrialVariables;
  readonly instructionFor: (profile: Profile, task: TaskPlan) => string;
  readonly treatmentFor: (profile: Profile, task: TaskPlan) => Pick<TrialContext, "treatment" | "uploads">;
  /**
   * Tries the treatment in a sandbox that is thrown away; null = there is nothing to try. Asked once for each profile and task.
   * @throws TrialFailure when it does not work
   */
  readonly preflight: (
    profile: Profile,
    task: TaskPlan,
  ) => ((signal: AbortSignal, log: (line: string) => void) => Promise<void>) | null;
  /** Null = no profile of this run calls a model through one. */
  readonly gateway: ModelGateway | null;
  readonly room: Room;
  /** Seconds of waiting on the machine that sandboxes run on, ever growing; null = not known. */
  readonly machineWaits: () => Waits | null;
  /** Called when a trial's results could not be written: the next one's could not either, and would cost as much. */
  readonly onUnwritable: (message: string, code: string) => void;
  readonly announce: Announce;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly newUuid: () => string;
  /** Of the machine, for trials that declare memory; 0 = no limit. */
  readonly memoryMb: number;
}
