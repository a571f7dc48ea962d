/** `[analysis]`: defaults applied, the control looked up among the profiles. */
import { nearest } from "../base/nearest.ts";
import type { AnalysisSettings, Origin } from "../contract/experiment.ts";
import { ANALYSIS_DEFAULTS } from "./defaults.ts";
import { keyPath, type Report } from "./problems.ts";
import type { ReadTable } from "./read-table.ts";
import { type analysisTable } from "./schema/analysis-table.ts";
import { allUsed } from "./schema/words.ts";

type AnalysisShape = typeof analysisTable.shape;

/** Where each key of `[analysis]` ends up. */
export const ANALYSIS_FIELDS: { readonly [K in keyof AnalysisShape]: keyof AnalysisSettings } = {
  control: "control",
  margin: "margin",
  alpha: "alpha",
  reward_key: "rewardKey",
  success_at: "successAt",
};

export interface ResolvedAnalysis {
  readonly settings: AnalysisSettings;
  readonly origins: ReadonlyMap<string, Origin>;
}

export function resolveAnalysis(
  table: ReadTable<AnalysisShape>,
  profiles: readonly string[],
  report: Report,
): ResolvedAnalysis {
  const origins = new Map<string, Origin>();
  for (const key of Object.keys(ANALYSIS_FIELDS) as (keyof AnalysisShape)[]) {
    const at = table.at.get(key);
    origins.set(
      `analysis.${key}`,
      at === undefined ? { kind: "default" } : { kind: "file", line: at.key.line, table: "analysis" },
    );
  }
  const {
    control = null,
    margin = ANALYSIS_DEFAULTS.margin,
    alpha = ANALYSIS_DEFAULTS.alpha,
    reward_key = ANALYSIS_DEFAULTS.reward_key,
    success_at = ANALYSIS_DEFAULTS.success_at,
    ...rest
  } = table.values;
  allUsed(rest);
  const at = table.at.get("control");
  if (control !== null && at !== undefined && !profiles.includes(control)) {
    const near = nearest(control, profiles);
    report(at.value, {
      key: keyPath("analysis", "control"),
      found: JSON.stringify(control),
      expected: `one of the profiles: ${profiles.join(", ")}`,
      ...(near === null ? {} : { hint: `did you mean "${near}"?` }),
    });
  }
  return { settings: { control, margin, alpha, rewardKey: reward_key, successAt: success_at }, origins };
}
