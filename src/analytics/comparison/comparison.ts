/** All profiles against each other, or against one of them: the declared family, judged together. */
import { holm } from "../../statistics/multiplicity.ts";
import { isComputed } from "../../statistics/computed.ts";
import type { Observation } from "../analysis.ts";
import { meanDifference, type PairFigures, pairFigures } from "./pair.ts";
import { type ProfileFigures, profileFigures, type ProfileTrials, trialsOf } from "./profile-figures.ts";
import { ruleText, type Verdict, verdictOf, type VerdictRule } from "./verdict.ts";

export interface ComparisonOptions extends VerdictRule {
  /** Compared with all others; null = all pairs. */
  readonly control: string | null;
  /** These pairs alone; null = the family. */
  readonly only: readonly (readonly [string, string])[] | null;
  readonly seed: number;
}

export interface ComparedPair extends PairFigures {
  /** The sign-flip p-value after Holm's adjustment over the family; null = not computed. */
  readonly pHolm: number | null;
  readonly verdict: Verdict;
}

export interface Comparison {
  readonly profiles: readonly ProfileFigures[];
  readonly pairs: readonly ComparedPair[];
  readonly rule: string;
  /** Trials given twice for one attempt, counted once. */
  readonly duplicates: number;
  /**
   * The same with trials whose treatment was missing counted under the profile they were assigned to; null = there are none.
   * Verdicts do not rest on it: it says what a profile comes to in practice, its failures to apply included.
   */
  readonly asAssigned: Omit<Comparison, "asAssigned"> | null;
}

/** Pairs whose order nobody chose are told with the better one first: B is the one with the higher mean reward. */
export function compare(
  profiles: readonly string[],
  observations: readonly Observation[],
  options: ComparisonOptions,
): Comparison {
  const assigned = observations.map((each): Observation =>
    each.assigned === null ? each : { ...each, ...each.assigned, notScored: null, assigned: null },
  );
  const some = observations.some((each) => each.assigned !== null);
  const found = compareOnce(profiles, observations, options, null);
  return {
    ...found,
    // The same pairs the same way round, whatever would come out as assigned.
    asAssigned: some
      ? compareOnce(
          profiles,
          assigned,
          options,
          found.pairs.map(({ a, b }) => [a, b]),
        )
      : null,
  };
}

type Pair = readonly [a: string, b: string];

/** @param told pairs as they are to be told; null = found here */
function compareOnce(
  profiles: readonly string[],
  observations: readonly Observation[],
  options: ComparisonOptions,
  told: readonly Pair[] | null,
): Omit<Comparison, "asAssigned"> {
  const all = [...new Map(observations.map((each) => [keyOf(each), each])).values()];
  const trials = new Map(profiles.map((profile) => [profile, trialsOf(profile, all)]));
  const of = (profile: string): ProfileTrials => trials.get(profile) ?? trialsOf(profile, all);
  const chosen = options.only !== null || options.control !== null;
  const family = told ?? familyOf(profiles, options).map((pair) => (chosen ? pair : betterLast(pair, of)));
  const pairs = family.map(([a, b]) => pairFigures(of(a), of(b)));
  const ps = pairs.map(({ signFlip }) => (isComputed(signFlip) ? signFlip.p : null));
  const known = ps.filter((p) => p !== null);
  const adjusted = holm(known);
  let next = 0;
  return {
    profiles: profiles.map((profile) => profileFigures(of(profile), options.seed)),
    pairs: pairs.map((pair, index) => {
      const pHolm = ps[index] === null ? null : (adjusted[next++] ?? null);
      return { ...pair, pHolm, verdict: verdictOf(pair, pHolm, options) };
    }),
    rule: ruleText(options),
    duplicates: observations.length - all.length,
  };
}

function keyOf({ profile, task, attempt }: Observation): string {
  return JSON.stringify([profile, task, attempt]);
}

function familyOf(profiles: readonly string[], { control, only }: ComparisonOptions): readonly Pair[] {
  if (only !== null) return only;
  if (control !== null) return profiles.filter((each) => each !== control).map((each) => [control, each] as const);
  return profiles.flatMap((a, at) => profiles.slice(at + 1).map((b) => [a, b] as const));
}

/** As B, which sentences begin with. What is level, or shares no task, stays in the order of profiles. */
function betterLast([a, b]: Pair, of: (profile: string) => ProfileTrials): Pair {
  return meanDifference(of(a), of(b)) < 0 ? [b, a] : [a, b];
}
