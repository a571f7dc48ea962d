/** A decision with what it was made of: what every form of it (JUnit, Markdown, annotations, JSON) is written from. */
import type { Drift } from "../../contract/drift.ts";
import type { Comparison } from "../comparison/comparison.ts";
import { byReason, type SideLeftOut } from "../comparison/left-out.ts";
import type { GateDecision } from "./decision.ts";
import { listed } from "./listed.ts";

export interface GateResult {
  /** Names of the two sides, such as `demo/3`. */
  readonly a: string;
  readonly b: string;
  readonly decision: GateDecision;
  readonly comparison: Pick<Comparison, "profiles">;
  readonly drift: readonly Drift[];
  readonly historical: string | null;
  readonly changedTasks: readonly string[];
  readonly leftOut: readonly SideLeftOut[];
}

/** What to know beside the verdict, in sentences. */
export function gateNotes({ decision, historical, changedTasks, leftOut }: GateResult): readonly string[] {
  return [
    ...decision.pairs.flatMap(({ notes }) => notes.map(sentence)),
    ...(changedTasks.length === 0
      ? []
      : [`Not compared, since they are not the same tasks any more: ${listed(changedTasks)}.`]),
    ...leftOutNotes(leftOut),
    ...(historical === null ? [] : [historical]),
  ];
}

/** What was left out of either side and why, a sentence for each reason. */
export function leftOutNotes(leftOut: readonly SideLeftOut[]): readonly string[] {
  return (["A", "B"] as const).flatMap((name) =>
    [...byReason(leftOut.filter(({ side }) => side === name))].map(
      ([reason, own]) =>
        `Left out of ${name}: ${own.length} × ${reason}: ${listed(own.map(({ path, sameAs }) => (sameAs === null ? path : `${path} (as ${sameAs})`)))}.`,
    ),
  );
}

/** Tasks at which B lost, the largest loss first. */
export function lossesOf({
  pair,
}: GateDecision["pairs"][number]): readonly { readonly task: string; readonly difference: number }[] {
  return pair.differences.filter(({ difference }) => difference < 0).toSorted((x, y) => x.difference - y.difference);
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
