/** What of a side is no trial of its comparison, and what became of it: another trial, one without a score, or nothing. Pure. */
import type { TrialId } from "../../contract/plan.ts";
import type { Analysis } from "../analysis.ts";
import type { LeftOut } from "../reading/read-runs.ts";
import { type SideName, sideProfile } from "../side-by-side.ts";

export interface SideLeftOut {
  readonly side: SideName;
  readonly path: string;
  readonly reason: string;
  readonly kind: LeftOut["kind"];
  readonly job: string | null;
  readonly task: string | null;
  /** The cell it counts in as not scored, its profile under its name in the comparison; null = in none. */
  readonly cell: TrialId | null;
  /** The path of the trial that is counted instead. */
  readonly sameAs: string | null;
  /** It is a trial, and nothing is known of whose. */
  readonly unplaced: boolean;
}

/** Planned trials that no directory is of included: whoever asks what B is missing does not care who has said so. */
export function leftOutOf(side: SideName, { leftOut, lost }: Analysis): readonly SideLeftOut[] {
  const cells = new Map(lost.observations.flatMap((each) => (each.leftOut === null ? [] : [[each.leftOut, each]])));
  const unplaced = new Set(lost.unplaced);
  const found = leftOut.map((each): SideLeftOut => {
    const { path, reason, kind, job, task, sameAs = null } = each;
    const cell = cells.get(each);
    return {
      side,
      path,
      reason,
      kind,
      job,
      task: cell?.task ?? task,
      cell: cell === undefined ? null : cellOf(side, cell),
      sameAs,
      unplaced: unplaced.has(each),
    };
  });
  const unnamed = lost.observations.filter((each) => each.leftOut === null);
  return [
    ...found,
    ...unnamed.map((each): SideLeftOut => ({
      side,
      path: `${each.profile} × ${each.task}, attempt ${each.attempt}`,
      reason: "planned, and there is no directory of it",
      kind: each.lost,
      job: null,
      task: each.task,
      cell: cellOf(side, each),
      sameAs: null,
      unplaced: false,
    })),
  ];
}

function cellOf(side: SideName, { task, profile, attempt }: TrialId): TrialId {
  return { task, profile: sideProfile(side, profile), attempt };
}

/** By reason, in the order they were found: a thousand trials that were cut off are one line. */
export function byReason(leftOut: readonly SideLeftOut[]): ReadonlyMap<string, readonly SideLeftOut[]> {
  const reasons = new Map<string, SideLeftOut[]>();
  for (const each of leftOut) {
    const as = each.unplaced
      ? "; which task or profile it is of is not known, so it is in no figure and no bound"
      : each.cell !== null
        ? "; counted as not scored"
        : "";
    const key = `${each.reason}${as}`;
    reasons.set(key, [...(reasons.get(key) ?? []), each]);
  }
  return reasons;
}
