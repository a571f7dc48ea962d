/** What is known of a trial once it is over: the source of Harbor's files, our extras and the index. */
import type { Failure, Phase } from "./failure.ts";
import type { Noise } from "./noise.ts";
import type { ModelSpend } from "./model-call.ts";
import type { Outcome, Rewards } from "./outcome.ts";
import type { RanImage } from "./ran-image.ts";
import type { TreatmentSeen } from "./treatment.ts";
import type { TrialId } from "./plan.ts";

/** ISO 8601 in UTC with microseconds or milliseconds and `Z`. */
export interface Span {
  readonly startedAt: string;
  readonly finishedAt: string | null;
}

export interface AgentInfo {
  readonly name: string;
  readonly version: string;
  readonly model: { readonly name: string; readonly provider: string | null } | null;
}

/** Unknown is null, never 0. `inputTokens` includes cached ones. */
export interface Usage {
  readonly inputTokens: number | null;
  readonly cachedTokens: number | null;
  readonly outputTokens: number | null;
  readonly costUsd: number | null;
}

export interface TrialRecord {
  readonly id: TrialId;
  /** UUID, new for every try. */
  readonly uuid: string;
  readonly trialName: string;
  readonly try: number;
  readonly outcome: Outcome;
  readonly agent: AgentInfo;
  /** The agent process's exit code; null when it did not exit by itself. */
  readonly agentExitCode: number | null;
  readonly usage: Usage | null;
  /** What the gateway counted in this try; absent where the agent went without. */
  readonly models?: ModelSpend;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** Absent where nobody looked: in Harbor's own trials, and those of a run that died. */
  readonly noise?: Noise;
  readonly phases: Readonly<Partial<Record<Phase, Span>>>;
  /** Failures that did not decide the outcome: a collection cut short, an artifact missing. */
  readonly remarks: readonly string[];
  /** What the run shows of the profile's treatment; absent where there is none. */
  readonly treatment?: TreatmentSeen;
  /** What the tests said of a trial whose treatment was missing: for figures by what was assigned, and for nothing else. */
  readonly assigned?: Rewards;
  /** What its sandbox was made from; absent where there is nothing of the kind, and in records of before it was kept. */
  readonly image?: RanImage;
  /** All of them, whoever ended them: the infrastructure, a person, or the death of the run. */
  readonly earlierTries: readonly EarlierTry[];
}

export interface EarlierTry {
  readonly try: number;
  readonly failure: Failure;
  /** Relative to the batch. */
  readonly dir: string;
  /** What it cost; absent or null = not known. */
  readonly usage?: Usage | null;
}
