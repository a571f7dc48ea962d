/** A directory → the trial in it with its metrics. What was read of it is given up afterwards: a trajectory is large, its metrics are not. */
import type { RewardRule } from "../../contract/reward-rule.ts";
import { type Known, notComputed } from "../known.ts";
import { METRICS } from "../metrics/registry.ts";
import { toolUse } from "../metrics/tool-use.ts";
import { readTrial } from "./read-trial.ts";
import type { TrialValues } from "./reading-cache.ts";
import { type Input, TrialInputs } from "./trial-inputs.ts";

export interface HowToRead {
  /** Take checksums of the contents. */
  readonly checksums: boolean;
  readonly rule: RewardRule;
}

export interface Computed {
  readonly dir: string;
  readonly inputs: readonly Input[];
  readonly reading: TrialValues | { readonly leftOut: string; readonly unfinished: boolean };
}

export function computeTrial(dir: string, { checksums, rule }: HowToRead): Computed {
  try {
    return computed(new TrialInputs(dir, checksums), rule);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  // Values nested so deep that walking them overflows the stack: nobody writes them but to do harm. They cost what is read of the
  // agent's own files, and nothing else: else an agent could take its failures out of every figure.
  const inputs = new TrialInputs(dir, checksums, true);
  try {
    return computed(inputs, rule);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return {
      dir,
      inputs: inputs.seen,
      reading: { leftOut: `it cannot be read (${error.message})`, unfinished: false },
    };
  }
}

function computed(inputs: TrialInputs, rule: RewardRule): Computed {
  const { dir } = inputs;
  const reading = readTrial(inputs, rule);
  if ("leftOut" in reading) return { dir, inputs: inputs.seen, reading };
  const { facts, trial } = reading;
  const values = METRICS.map((metric) => finite(metric.compute(trial)));
  return { dir, inputs: inputs.seen, reading: { facts, values, tools: toolUse(trial) } };
}

/** What overflows is no number: it could not even be kept as one. */
function finite(value: Known): Known {
  return typeof value !== "number" || Number.isFinite(value) ? value : notComputed("it is larger than any number");
}
