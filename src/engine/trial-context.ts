/** Everything one try needs, put together by run-batch.ts; the phases read it and never write to it. */
import type { Agent } from "../agents/agent.ts";
import type { Profile } from "../contract/experiment.ts";
import type { TrialLimits, TrialPlan } from "../contract/plan.ts";
import type { Treatment } from "../contract/treatment.ts";
import type { Task } from "../contract/task.ts";
import type { Environment } from "../environments/environment.ts";
import type { TrialFiles, TryFolder } from "../results/store.ts";
import type { Verifier } from "../verifier/verifier.ts";
import type { EndedBy } from "../contract/outcome.ts";
import type { ModelPass } from "./model-gateway.ts";
import type { Waits } from "./noise.ts";
import type { StopSignals } from "./stop-signals.ts";
import type { TryResult } from "./trial.ts";
import type { Turns } from "./turns.ts";

/** Variables with secrets resolved; held in memory for as long as the trial runs. */
export interface TrialVariables {
  readonly agent: Readonly<Record<string, string>>;
  readonly solution: Readonly<Record<string, string>>;
  readonly verifier: Readonly<Record<string, string>>;
}

export interface TrialContext {
  readonly trial: TrialPlan;
  readonly task: Task;
  readonly profile: Profile;
  readonly limits: TrialLimits;
  readonly agent: Agent;
  readonly verifier: Verifier;
  readonly environment: Environment;
  /** Why what the task's trials share could not be made ready; null = it is. */
  readonly unprepared: unknown;
  readonly machineWaits: () => Waits | null;
  /** What the image of its task took to make; null = there was nothing to make. */
  readonly imageSec: number | null;
  /** Whose tests may run now. */
  readonly testTurns: Turns;
  readonly files: TrialFiles;
  readonly folder: TryFolder;
  readonly variables: TrialVariables;
  /** Null = this trial goes without the gateway. */
  readonly models: ModelPass | null;
  /** The task's instruction with the profile's prompt appended. */
  readonly instruction: string;
  /** What the profile adds to a bare agent; its paths inside hold in this trial's sandbox. */
  readonly treatment: Treatment;
  /** Toolchains that this sandbox cannot mount: uploaded instead. */
  readonly uploads: readonly { readonly from: string; readonly to: string }[];
  readonly stop: StopSignals;
  /** Called with whatever went wrong when results were written. */
  readonly onUnwritten: (error: unknown) => void;
  /** Called once, before the tests: what is known so far, kept for the case that nobody is left to hear the verdict. */
  readonly checkpoint: (soFar: TryResult, endedBy: EndedBy) => Promise<void>;
}
