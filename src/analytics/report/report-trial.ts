/** A trial as the report shows it: one row, with what it came to in a word that filters understand. */
import { endedByWord } from "../../contract/outcome.ts";
import { type Analysis, type Observation, observationsOf, reasonOf, valueOf } from "../analysis.ts";
import type { AnalyzedTrial } from "../profiles.ts";
import type { TrialFile } from "./trial-files.ts";

export type OutcomeWord = "solved" | "not solved" | "reward unknown" | "not scored";

export interface ReportTrial {
  /** Of its row: `trial-1`, …, in the order of the analysis. */
  readonly id: string;
  readonly trial: AnalyzedTrial;
  readonly seen: Observation;
  readonly outcome: OutcomeWord;
  /** How the agent ended; why it was not scored; why its reward is not known. */
  readonly detail: string;
  readonly toolCalls: number | null;
  readonly files: readonly TrialFile[];
  /** False = another trial of the same attempt is counted instead. */
  readonly counted: boolean;
}

export function reportTrials(
  analysis: Pick<Analysis, "trials">,
  filesOf: (trial: AnalyzedTrial) => readonly TrialFile[],
): readonly ReportTrial[] {
  const seen = observationsOf(analysis);
  // The last one stands, as in comparisons.
  const lasts = new Map(seen.map((each, at) => [JSON.stringify([each.profile, each.task, each.attempt]), at]));
  const counted = new Set(lasts.values());
  return analysis.trials.map((trial, at) => {
    const observation = seen[at] as Observation;
    return {
      id: `trial-${at + 1}`,
      trial,
      seen: observation,
      outcome: outcomeOf(observation),
      detail: detailOf(trial, observation),
      toolCalls: valueOf(trial, "tool_calls"),
      files: filesOf(trial),
      counted: counted.has(at),
    };
  });
}

function outcomeOf({ notScored, reward, success }: Observation): OutcomeWord {
  if (notScored !== null) return "not scored";
  if (reward === null) return "reward unknown";
  return success === true ? "solved" : "not solved";
}

function detailOf(trial: AnalyzedTrial, { notScored, reward }: Observation): string {
  const { outcome } = trial.facts;
  if (notScored !== null) return notScored;
  if (reward === null) return reasonOf(trial, "reward") ?? "";
  return outcome.kind === "scored" ? endedByWord(outcome.endedBy) : "";
}
