/** `metrics_summary.csv`: one line per profile and metric. `n` trials have a number, `not_computed` have none. */
import type { ProfileSummary } from "../summary.ts";
import { csv } from "./csv.ts";

const HEADER = ["profile", "metric", "unit", "n", "not_computed", "mean", "median", "min", "max", "sum"];

export function metricsSummaryCsv(profiles: readonly ProfileSummary[]): string {
  const rows = profiles.flatMap(({ profile, trials, metrics }) =>
    metrics.map(({ name, unit, n, mean, median, min, max, sum }) => [
      profile,
      name,
      unit,
      n,
      trials - n,
      mean,
      median,
      min,
      max,
      sum,
    ]),
  );
  return csv(HEADER, rows);
}
