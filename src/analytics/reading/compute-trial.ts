/** A directory → the trial in it with its metrics. What was read of it is given up afterwards: a trajectory is large, its metrics are not. */
import { METRICS } from "../metrics/registry.ts";
import { toolUse } from "../metrics/tool-use.ts";
import { readTrial } from "./read-trial.ts";
import type { TrialValues } from "./reading-cache.ts";
import { type Input, TrialInputs } from "./trial-inputs.ts";

export interface Computed {
  readonly dir: string;
  readonly inputs: readonly Input[];
  readonly reading: TrialValues | { readonly leftOut: string; readonly unfinished: boolean };
}

export function computeTrial(dir: string, checksums: boolean): Computed {
  const inputs = new TrialInputs(dir, checksums);
  const reading = readTrial(inputs);
  if ("leftOut" in reading) return { dir, inputs: inputs.seen, reading };
  const { facts, trial } = reading;
  const values = METRICS.map((metric) => metric.compute(trial));
  return { dir, inputs: inputs.seen, reading: { facts, values, tools: toolUse(trial) } };
}
