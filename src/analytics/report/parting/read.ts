/** The chosen pairs with their steps compared. Only their trajectories are read; what cannot be is said in its place. */
import { join } from "node:path";
import { type ReadActions, readActions } from "../../diff/read-side.ts";
import { type TrajectoryDiff, trajectoryDiff } from "../../diff/trajectory-diff.ts";
import { versionNote } from "../../trajectory/atif-version.ts";
import type { Chosen, Contrast, ProfilePair } from "./choose.ts";

export interface Parting extends Contrast {
  /** Where it is on the page. */
  readonly id: string;
  readonly found:
    | { readonly diff: TrajectoryDiff; readonly notes: readonly string[] }
    /** Why they cannot be compared. */
    | { readonly problem: string };
}

export interface Partings extends Omit<Chosen, "shown"> {
  readonly shown: readonly Parting[];
}

/** @param root that paths of trials are relative to */
export function readPartings({ shown, more, without }: Chosen, root: string): Partings {
  const known = new Map<string, ReadActions>();
  // A trial may stand in several comparisons.
  const actionsOf = ({ trial: { path } }: Contrast["a"]): ReadActions => {
    const read = known.get(path) ?? readActions(join(root, path));
    known.set(path, read);
    return read;
  };
  return {
    shown: shown.map((contrast, at) => ({
      ...contrast,
      id: `parting-${at + 1}`,
      found: compared(contrast, actionsOf(contrast.a), actionsOf(contrast.b)),
    })),
    more,
    without,
  };
}

function compared({ a, b }: Contrast, ofA: ReadActions, ofB: ReadActions): Parting["found"] {
  const problem = sideProblem("A", ofA) ?? sideProblem("B", ofB);
  if (problem !== null) return { problem };
  const [sumA, sumB] = [a.trial.facts.taskChecksum, b.trial.facts.taskChecksum];
  const otherTask = sumA !== null && sumB !== null && sumA !== sumB;
  return {
    diff: trajectoryDiff(ofA.steps, ofB.steps),
    notes: [
      ...(otherTask ? ["The task was not the same for both: its checksums differ."] : []),
      ...[versionNote("A", ofA.strangeVersions), versionNote("B", ofB.strangeVersions)].flatMap((note) =>
        note === null ? [] : `${note}.`,
      ),
    ],
  };
}

function sideProblem(side: string, { problem }: ReadActions): string | null {
  return problem === null ? null : `${side}: ${problem}`;
}

/** Path of a trial → the first pair on the page that it is one of. */
export function partingPlaces({ shown }: Partings): ReadonlyMap<string, string> {
  return new Map(
    shown.toReversed().flatMap(({ id, a, b }) => [[a.trial.path, id] as const, [b.trial.path, id] as const]),
  );
}

/** Task → the first pair on the page that is of it. */
export function partedTasks({ shown }: Partings): ReadonlyMap<string, string> {
  return new Map(shown.toReversed().map(({ id, task }) => [task, id]));
}

/** Of two profiles at a task, as `partingKey` says; → where it is on the page. */
export function partingsByPair({ shown }: Partings): ReadonlyMap<string, string> {
  return new Map(shown.map(({ id, task, a, b }) => [partingKey({ a: a.seen.profile, b: b.seen.profile }, task), id]));
}

export function partingKey({ a, b }: ProfilePair, task: string): string {
  return JSON.stringify([a, b, task]);
}
