/** How far the model's labels agree with people's, over trials that both have labelled. */
import { isComputed } from "../statistics/computed.ts";
import { cohensKappa } from "../statistics/kappa.ts";
import { LABELS, type LabelName, type PeoplesLabels } from "./labels.ts";
import type { Agreement, FailureOpinion, StrategyOpinion, TrialRow } from "./opinions.ts";

interface Labelled {
  readonly strategies: readonly TrialRow<StrategyOpinion>[];
  readonly failures: readonly TrialRow<FailureOpinion>[];
}

/** One for each label that people gave at all. */
export function agreementWith(
  people: readonly PeoplesLabels[],
  { strategies, failures }: Labelled,
): readonly Agreement[] {
  const model: Readonly<Record<LabelName, ReadonlyMap<string, string>>> = {
    failure_category: labelsOf(failures, ({ category }) => category),
    approach: labelsOf(strategies, ({ approach }) => approach),
    quality: labelsOf(strategies, ({ quality }) => String(quality)),
  };
  const names = (Object.keys(LABELS) as LabelName[]).filter((name) => people.some(({ labels }) => name in labels));
  return names.map((label) => {
    const { categories, weights } = LABELS[label];
    const pairs = people.flatMap((row): [string, string][] => {
      const theirs = row.labels[label];
      const ours = model[label].get(keyOf(row));
      return theirs === undefined || ours === undefined ? [] : [[theirs, ours]];
    });
    const found = cohensKappa(pairs, categories, weights);
    return isComputed(found)
      ? { label, n: found.n, kappa: found.kappa, interval: found.interval, weights, because: null }
      : { label, n: pairs.length, kappa: null, interval: null, weights, because: found.notComputed };
  });
}

/** Rows of people's that name no trial of the analysis. */
export function unknownTrials(people: readonly PeoplesLabels[], { strategies }: Labelled): readonly PeoplesLabels[] {
  const known = new Set(strategies.map(keyOf));
  return people.filter((row) => !known.has(keyOf(row)));
}

function labelsOf<T>(rows: readonly TrialRow<T>[], label: (opinion: T) => string): ReadonlyMap<string, string> {
  return new Map(
    rows.flatMap((row): [string, string][] =>
      row.answer.state === "answered" ? [[keyOf(row), label(row.answer.opinion)]] : [],
    ),
  );
}

function keyOf({ profile, task, attempt }: Pick<PeoplesLabels, "profile" | "task" | "attempt">): string {
  return JSON.stringify([profile, task, attempt]);
}
