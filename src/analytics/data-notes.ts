/** What to know of the data before its figures are believed, in sentences: the same wherever there are such figures. */
import { plural } from "../terminal/figures.ts";
import type { Analysis } from "./analysis.ts";
import type { Comparison } from "./comparison/comparison.ts";

export function dataNotes({ notes }: Analysis, comparison: Comparison | null): readonly string[] {
  const twice = comparison?.duplicates ?? 0;
  return [
    ...(twice === 0
      ? []
      : [`${plural(twice, "trial")} stood twice for one attempt and ${twice === 1 ? "was" : "were"} counted once.`]),
    ...notes,
  ];
}
