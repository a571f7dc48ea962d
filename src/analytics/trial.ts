/** A trial as all metrics take it: read once, whatever wrote it, with the reason wherever something is not there. */
import type { Noise } from "../contract/noise.ts";
import type { EndedBy, Outcome } from "../contract/outcome.ts";
import type { TreatmentSeen } from "../contract/treatment.ts";
import type { CanvasState } from "./canvas-state.ts";
import type { Known } from "./known.ts";
import type { Trajectory } from "./trajectory/trajectory.ts";

/** Not there, and why. */
export interface Missing {
  readonly missing: string;
}

export function isMissing<Value extends object>(value: Value | Missing): value is Missing {
  return "missing" in value;
}

export interface Agent {
  readonly name: string;
  /** Without colours, and one line. */
  readonly version: string;
  /** `provider/name`, or the name alone. */
  readonly model: string | null;
}

/** Tokens and dollars, after messages and totals were compared (see reading/usage.ts). `input` includes cached ones. */
export interface TrialUsage {
  readonly input: Known;
  readonly output: Known;
  readonly cached: Known;
  readonly costUsd: Known;
  /** The model's messages that were counted. */
  readonly messages: Known;
  /** |messages − totals| / totals, the worse of input and output. */
  readonly disagreement: Known;
}

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly total: number;
  /** Names or files of failed ones, as CTRF gives them. */
  readonly failedTests: readonly string[];
}

/** Seconds. `elapsed` is from the trial's start to its end. */
export interface Seconds {
  readonly elapsed: Known;
  readonly environment: Known;
  readonly agentSetup: Known;
  readonly agent: Known;
  readonly verifier: Known;
}

export interface Trial {
  readonly outcome: Outcome;
  /** Null unless scored. */
  readonly endedBy: EndedBy | null;
  /** Harbor's class name; null when no exception was recorded. */
  readonly exceptionType: string | null;
  readonly reward: Known;
  readonly success: Known;
  readonly seconds: Seconds;
  readonly usage: TrialUsage;
  readonly trajectory: Trajectory | Missing;
  readonly tests: TestCounts | Missing;
  readonly canvas: CanvasState | Missing;
  readonly treatment: TreatmentSeen["seen"] | Missing;
  readonly noise: Noise | Missing;
}
