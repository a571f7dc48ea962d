/** Two analyses as one: the profiles of each named apart (`A:text`, `B:text`), so that everything which compares profiles compares them too. Pure. */
import { UserError } from "../contract/failure.ts";
import type { Analysis } from "./analysis.ts";

export type SideName = "A" | "B";

export function sideProfile(side: SideName, profile: string): string {
  return `${side}:${profile}`;
}

export function sideBySide(a: Analysis, b: Analysis): Analysis {
  const named = (side: SideName, { trials }: Analysis): Analysis["trials"] =>
    trials.map((trial) => ({ ...trial, id: { ...trial.id, profile: sideProfile(side, trial.id.profile) } }));
  return {
    root: a.root,
    profiles: [
      ...a.profiles.map((profile) => sideProfile("A", profile)),
      ...b.profiles.map((profile) => sideProfile("B", profile)),
    ],
    tasks: [...new Set([...a.tasks, ...b.tasks])].sort(),
    trials: [...named("A", a), ...named("B", b)],
    leftOut: [...a.leftOut, ...b.leftOut],
    lost: {
      observations: [...lostOf("A", a), ...lostOf("B", b)],
      unplaced: [...a.lost.unplaced, ...b.lost.unplaced],
    },
    notes: [...a.notes.map((note) => `A: ${note}`), ...b.notes.map((note) => `B: ${note}`)],
    jobs: [...a.jobs, ...b.jobs],
    read: a.read + b.read,
    cached: a.cached + b.cached,
    metrics: [...new Map([...a.metrics, ...b.metrics].map((metric) => [metric.name, metric])).values()],
  };
}

function lostOf(side: SideName, { lost }: Analysis): Analysis["lost"]["observations"] {
  return lost.observations.map((each) => ({ ...each, profile: sideProfile(side, each.profile) }));
}

/**
 * Which profile of A is compared with which of B: those asked for, else those of the same name, else all with all.
 *
 * @param asked `text`, or `text=codegraph` where they are called differently
 * @param same A and B are one batch: then a profile is not compared with itself
 */
export function profilePairs(
  a: readonly string[],
  b: readonly string[],
  asked: readonly string[] | null,
  same: boolean,
): readonly (readonly [string, string])[] {
  const pairs =
    asked === null
      ? a.filter((profile) => b.includes(profile) && !same).map((profile) => [profile, profile] as const)
      : asked.map((word) => pairAsked(word, a, b));
  if (pairs.some(([ofA, ofB]) => same && ofA === ofB) || (same && pairs.length === 0))
    throw new UserError("A and B are the same batch: say which profile is compared with which.", [
      `For example: --profiles ${a[0] ?? "text"}=${b[1] ?? b[0] ?? "codegraph"}`,
      `There are: ${a.join(", ")}.`,
    ]);
  if (pairs.length > 0) return pairs;
  return a.flatMap((ofA) => b.map((ofB) => [ofA, ofB] as const));
}

function pairAsked(word: string, a: readonly string[], b: readonly string[]): readonly [string, string] {
  // Names of anyone's jobs may have any letter in them.
  if (a.includes(word) && b.includes(word)) return [word, word];
  for (let at = word.indexOf("="); at > 0; at = word.indexOf("=", at + 1)) {
    const [ofA, ofB] = [word.slice(0, at), word.slice(at + 1)];
    if (a.includes(ofA) && b.includes(ofB)) return [ofA, ofB];
  }
  throw new UserError(`--profiles ${word}: there is no such profile in both A and B.`, [
    `A has: ${a.join(", ") || "none"}. B has: ${b.join(", ") || "none"}.`,
    "Where they are called differently: --profiles <of A>=<of B>",
  ]);
}
