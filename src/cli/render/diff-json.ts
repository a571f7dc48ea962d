/** `diff --json`: every action of both sides, and how they go together. Steps count from 1, places of actions from 0. */
import type { Diffed, TrajectoryDiff } from "../../app/diff.ts";

export function diffJson({ trials, diff, notes }: Diffed): Readonly<Record<string, unknown>> {
  const sides = [diff.a, diff.b] as const;
  return {
    schema_version: 1,
    sides: trials.map(({ costUsd, neither, ...trial }, at) => ({
      ...trial,
      cost_usd: costUsd,
      in_neither: stretchJson(neither),
      ...sideJson(sides[at] ?? diff.a),
    })),
    same: diff.same,
    alike: diff.alike,
    first_divergence: diff.divergence,
    reconvergence: diff.reconvergence,
    rows: diff.rows,
    notes,
  };
}

function sideJson({ steps, actions, cutAt, before, after }: TrajectoryDiff["a"]): Readonly<Record<string, unknown>> {
  return {
    steps,
    compared_actions: cutAt ?? actions.length,
    before: stretchJson(before),
    after: stretchJson(after),
    actions: actions.map(({ step, shown, failed }) => ({ step, action: shown, failed })),
  };
}

function stretchJson({ costUsd, ...rest }: Diffed["trials"][0]["neither"]): Readonly<Record<string, unknown>> {
  return { ...rest, cost_usd: costUsd };
}
