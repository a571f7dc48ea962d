/**
 * `comparisons.json`: `{ "schema_version": 1, "rule", "duplicates", "profiles": [ … ], "pairs": [ … ], "exploratory": [ … ], "as_assigned": null or { "profiles", "pairs" } }`, the values of
 * comparison/*.ts with their names in snake case; what could not be computed is `{ "not_computed": reason }`. Differences are
 * B − A; where neither a control nor `--compare` says which is A, B is the one with the higher mean reward.
 */
import type { Explored } from "../comparison/explore.ts";
import type { Comparison } from "../comparison/comparison.ts";

export function comparisonsJson(
  { rule, duplicates, profiles, pairs, asAssigned }: Comparison,
  exploratory: readonly Explored[],
): Readonly<Record<string, unknown>> {
  return {
    schema_version: 1,
    rule,
    duplicates,
    profiles: profiles.map(snake),
    pairs: pairs.map(snake),
    exploratory: exploratory.map(snake),
    as_assigned:
      asAssigned === null ? null : { profiles: asAssigned.profiles.map(snake), pairs: asAssigned.pairs.map(snake) },
  };
}

function snake(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snake);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      // Reasons of trials are names of their own.
      key === "notScored" ? "not_scored" : key.replace(/[A-Z]|(?<=[a-z])\d+/g, (part) => `_${part.toLowerCase()}`),
      key === "notScored" ? field : snake(field),
    ]),
  );
}
