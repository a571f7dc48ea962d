/** A decision with what it was made of: what every form of it (JUnit, Markdown, annotations, JSON) is written from. */
import type { Drift } from "../../contract/drift.ts";
import type { Comparison } from "../comparison/comparison.ts";
import type { GateDecision } from "./decision.ts";

export interface GateResult {
  /** Names of the two sides, such as `demo/3`. */
  readonly a: string;
  readonly b: string;
  readonly decision: GateDecision;
  readonly comparison: Pick<Comparison, "profiles">;
  readonly drift: readonly Drift[];
  readonly historical: string | null;
  readonly changedTasks: readonly string[];
  readonly missingTasks: readonly string[];
}

const LISTED = 8;

/** What to know beside the verdict, in sentences. */
export function gateNotes({ decision, historical, changedTasks, missingTasks }: GateResult): readonly string[] {
  return [
    ...decision.pairs.flatMap(({ notes }) => notes.map(sentence)),
    ...(changedTasks.length === 0
      ? []
      : [`Not compared, since they are not the same tasks any more: ${listed(changedTasks)}.`]),
    ...(missingTasks.length === 0 ? [] : [`B has no trial of tasks that A has: ${listed(missingTasks)}.`]),
    ...(historical === null ? [] : [historical]),
  ];
}

/** Tasks at which B lost, the largest loss first. */
export function lossesOf({
  pair,
}: GateDecision["pairs"][number]): readonly { readonly task: string; readonly difference: number }[] {
  return pair.differences.filter(({ difference }) => difference < 0).toSorted((x, y) => x.difference - y.difference);
}

function listed(names: readonly string[]): string {
  const more = names.length - LISTED;
  return `${names.slice(0, LISTED).join(", ")}${more > 0 ? `, … ${more} more` : ""}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
