/** `compare --json` and `gate --json`: the comparison as `comparisons.json` has it, with the two sides and what drifted between them. */
import { comparisonsJson } from "../analytics/output/comparisons-json.ts";
import { EXIT } from "../contract/exit-codes.ts";
import type { ComparedSides } from "./compare.ts";
import type { Gated } from "./gate.ts";

export function sidesJson(found: ComparedSides): Readonly<Record<string, unknown>> {
  const { sides, drift, changedTasks, missingTasks, leftOut, historical, comparison, settings } = found;
  return {
    schema_version: 1,
    sides: sides.map(({ side, name, runs, startedAt, read }) => ({
      side,
      name,
      runs,
      started_at: startedAt,
      trials: read,
    })),
    drift,
    changed_tasks: changedTasks,
    missing_tasks: missingTasks,
    left_out: leftOut.map(({ side, path, job, task, reason, cell, sameAs, unplaced }) => ({
      side,
      path,
      job,
      task,
      reason,
      profile: cell?.profile ?? null,
      attempt: cell?.attempt ?? null,
      same_as: sameAs,
      counted_as: cell !== null ? "not scored" : sameAs !== null ? "another trial" : unplaced ? "nothing" : null,
    })),
    historical_control: historical,
    margin: settings.margin,
    alpha: settings.alpha,
    reward_key: settings.rewardKey,
    success_at: settings.successAt,
    comparisons: comparisonsJson(comparison, []),
  };
}

export function gateJson(found: Gated): Readonly<Record<string, unknown>> {
  const { word, rule, pairs } = found.decision;
  return {
    ...sidesJson(found),
    verdict: word,
    exit_code: gateExitCode(found),
    gate_rule: rule,
    gate: pairs.map((gated) => ({
      a: gated.pair.a,
      b: gated.pair.b,
      verdict: gated.word,
      because: gated.because,
      interval_low: gated.lower,
      interval_low_if_not_scored_failed: gated.lowerIfFailed,
      not_scored: gated.notScored,
      notes: gated.notes,
    })),
  };
}

export function gateExitCode({ decision }: Pick<Gated, "decision">): 0 | 1 | 3 {
  return decision.word === "not-worse" ? EXIT.ok : decision.word === "worse" ? EXIT.incomplete : EXIT.inconclusive;
}
