/** A metric: what it is called and means, in one place, and how it follows from a trial. Adding one takes a file and a line in registry.ts. */
import { type Known, notComputed } from "../known.ts";
import type { Call } from "../trajectory/step-fact.ts";
import { TELLS_NOTHING, tellsNothing, type Trajectory } from "../trajectory/trajectory.ts";
import { isMissing, type Trial } from "../trial.ts";

export interface Metric {
  /** Column name: lower case, `_` between words; stable. */
  readonly name: string;
  readonly unit:
    | "reward"
    | "0 or 1"
    | "count"
    | "ratio"
    | "tokens"
    | "USD"
    | "s"
    | "MB"
    | "MiB"
    | "1/min"
    | "reward/Mtoken";
  /** One or two sentences. */
  readonly definition: string;
  /** The file of the trial, relative to its directory, and what of it. */
  readonly source: string;
  /** The file this metric is about is left by some trials only: where none has it, the metric is not shown at all. */
  readonly onlyWithFile?: boolean;
  compute(trial: Trial): Known;
}

export const TRAJECTORY = "agent/trajectory.json";

/** A computation over the steps of the trajectory, where there is one. */
export function overSteps(compute: (trajectory: Trajectory, trial: Trial) => Known): Metric["compute"] {
  return (trial) => {
    const { trajectory } = trial;
    if (isMissing(trajectory)) return notComputed(trajectory.missing);
    return tellsNothing(trajectory) ? notComputed(TELLS_NOTHING) : compute(trajectory, trial);
  };
}

/** A computation over all calls of tools, those of embedded subagents included. */
export function overCalls(compute: (calls: readonly Call[]) => Known): Metric["compute"] {
  return overSteps(({ calls, subagentCalls }) => {
    if (subagentCalls === null) return notComputed("the trajectory of a subagent is too large, or not an object");
    return compute(subagentCalls.length === 0 ? calls : [...calls, ...subagentCalls]);
  });
}
