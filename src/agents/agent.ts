/**
 * The agent port: what turns a profile and an instruction into work inside a sandbox.
 *
 * Life of one trial: `describe` at plan time, then `prepare` (what must be in the sandbox), `run`, `collect`.
 * An agent sees a Workspace only; clocks, retries and verification are the engine's.
 */
import type { Failure } from "../contract/failure.ts";
import type { Treatment, TreatmentSeen } from "../contract/treatment.ts";
import type { Profile, ProfileKey } from "../contract/experiment.ts";
import type { ModelAccess, ModelNeed } from "../contract/model-call.ts";
import type { Task } from "../contract/task.ts";
import type { AgentInfo, Usage } from "../contract/trial-record.ts";
import type { ExecResult, Workspace } from "../environments/environment.ts";

export interface AgentDescription {
  readonly name: string;
  /** Profile keys it takes beyond those that every agent takes. */
  readonly takes: readonly ProfileKey[];
  /** Keys it cannot work without. */
  readonly requires: readonly ProfileKey[];
  readonly takesMcp: boolean;
  /** The program that it is, brought in as a toolchain; null = it needs none. */
  readonly toolchain: "claude-code" | "codex" | null;
  /** The field of a profile with that program's version. */
  readonly versionKey: "claudeVersion" | "codexVersion" | null;
  /** Variables that it gets without being named in `env`, wherever they are set: keys and addresses of its providers. */
  readonly variables: readonly string[];
  /** It cannot work without one of these. */
  readonly needsOneOf: readonly string[];
  /** One line for help and errors. */
  readonly summary: string;
}

/** Something that must be in the sandbox before the agent starts, by content. */
export type Preparation =
  | { readonly kind: "upload"; readonly from: string; readonly to: string }
  | { readonly kind: "write"; readonly to: string; readonly content: string; readonly mode?: number }
  | {
      /** Runs as the agent's user, on the setup clock; a non-zero exit fails the trial's setup. */
      readonly kind: "script";
      readonly name: string;
      readonly hostPath: string;
    };

export interface AgentContext {
  readonly profile: Profile;
  readonly task: Task;
  readonly treatment: Treatment;
  readonly workspace: Workspace;
  /** The whole instruction, canary lines stripped, the profile's prompt appended. */
  readonly instruction: string;
  /** The profile's variables with secrets resolved, and every agent's own (`REGATTA_…`). */
  readonly env: Readonly<Record<string, string>>;
  /** In place of the provider's address and key, neither of which is in `env` then; null = this trial goes without a gateway. */
  readonly gateway: ModelAccess | null;
  /** `[solution].env` of the task, templates resolved; for the oracle alone. */
  readonly solutionEnv: Readonly<Record<string, string>>;
  readonly user: string | number | null;
  /** Seconds left for the run; null = no limit. */
  readonly timeoutSec: number | null;
  readonly signal: AbortSignal;
  /** Appends to a log in the trial's `agent/` on the host; secrets are redacted on the way. */
  readonly log: (file: string, chunk: Uint8Array) => void | Promise<void>;
}

export interface AgentReport {
  readonly ended: "exited" | "timed-out" | "aborted" | "budget" | "max-turns";
  readonly exitCode: number | null;
  /** Of the agent's own session, where it chose one. */
  readonly sessionId?: string;
}

export interface CollectContext {
  readonly profile: Profile;
  readonly task: Task;
  readonly treatment: Treatment;
  readonly instruction: string;
  /** `agent/` of the trial on the host, after download. Written by something that may be hostile. */
  readonly agentDir: string;
  readonly report: AgentReport | null;
}

export interface Collected {
  readonly info: AgentInfo;
  /** Null = the agent told nothing. */
  readonly usage: Usage | null;
  /** Things that were expected and not found or not valid. */
  readonly remarks: readonly string[];
  /** What the run shows of the treatment; null = this agent has none. */
  readonly treatment: TreatmentSeen | null;
  /**
   * Why the trial says nothing of the profile, however far the agent came: the treatment was not applied, or the model's provider
   * failed. Null = it does.
   */
  readonly failure: Failure | null;
}

export interface PreflightContext {
  readonly profile: Profile;
  readonly treatment: Treatment;
  readonly workspace: Workspace;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string | number | null;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

export interface Agent {
  describe(): AgentDescription;
  /** Why this agent cannot take this profile at all, in words; null = it can. An error of the experiment. */
  refusesProfile?(profile: Profile): string | null;
  /** Why this agent cannot take this task under this profile, in words, known at plan time; null = it can. */
  refuses(profile: Profile, task: Task): string | null;
  /** What this profile would have of a gateway; without this, or null, it calls models by itself, if at all. Pure. */
  gateway?(profile: Profile): ModelNeed | null;
  /** Pure: decides, does nothing. */
  prepare(profile: Profile, task: Task, treatment: Treatment): readonly Preparation[];
  /** In a sandbox that is thrown away, with everything prepared: does the treatment work at all? @throws TrialFailure when it does not */
  preflight?(context: PreflightContext): Promise<void>;
  run(context: AgentContext): Promise<AgentReport>;
  /** Turns raw logs into `agent/trajectory.json` (ATIF) where there are any, and says what was used. Never throws for bad agent output. */
  collect(context: CollectContext): Promise<Collected>;
}

/** What an agent that is one process reports. */
export function reportOf(result: ExecResult): AgentReport {
  return { ended: result.ended, exitCode: result.ended === "exited" ? result.exitCode : null };
}
