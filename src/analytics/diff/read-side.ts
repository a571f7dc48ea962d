/** A trial directory, ours or any Harbor's → one side of a difference. */
import { UserError } from "../../contract/failure.ts";
import type { RewardRule } from "../../contract/reward-rule.ts";
import { numberOf } from "../known.ts";
import { readTrial, type TrialFacts } from "../reading/read-trial.ts";
import { TrialInputs } from "../reading/trial-inputs.ts";
import { readSteps } from "../reading/walk-trajectories.ts";
import { type ReadStep, readStep } from "./action.ts";

export interface TrialSide {
  readonly facts: TrialFacts;
  readonly steps: readonly ReadStep[];
  readonly strangeVersions: readonly string[];
  readonly reward: number | null;
  readonly tokens: number | null;
  readonly costUsd: number | null;
  /** Of the agent's run. */
  readonly seconds: number | null;
}

/** @throws {UserError} for a directory without a trial, or a trial without a trajectory */
export function readSide(dir: string, rule: RewardRule): TrialSide {
  const reading = readTrial(new TrialInputs(dir), rule);
  if ("leftOut" in reading) throw new UserError(`${dir} is no finished trial.`, [reading.leftOut]);
  const { steps, problem, strangeVersions } = readActions(dir);
  if (problem !== null)
    throw new UserError(`The trial in ${dir} has no trajectory that could be read.`, [
      `${problem}.`,
      "Only agents whose sessions become agent/trajectory.json can be compared step by step.",
    ]);
  const { usage, seconds, reward } = reading.trial;
  const [input, output] = [numberOf(usage.input), numberOf(usage.output)];
  return {
    facts: reading.facts,
    steps,
    strangeVersions,
    reward: numberOf(reward),
    tokens: input === null || output === null ? null : input + output,
    costUsd: numberOf(usage.costUsd),
    seconds: numberOf(seconds.agent),
  };
}

export interface ReadActions {
  readonly steps: readonly ReadStep[];
  /** Why there are none, or not all of them; null = all were read. */
  readonly problem: string | null;
  /** Of ATIF, that came after this program: they were read as those it knows. */
  readonly strangeVersions: readonly string[];
}

export function readActions(dir: string): ReadActions {
  try {
    return readAll(dir);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { steps: [], problem: "its trajectory nests too deep to be read", strangeVersions: [] };
  }
}

function readAll(dir: string): ReadActions {
  const steps: ReadStep[] = [];
  const { problem, strangeVersions } = readSteps(dir, (step) => {
    const read = readStep(step, steps.length + 1);
    // Repeated from an earlier context.
    if (!read.fact.copied) steps.push(read);
  });
  const silent = steps.some(({ fact }) => fact.source === "agent") ? null : "its trajectory has no step of the agent's";
  return { steps, problem: problem ?? silent, strangeVersions };
}
