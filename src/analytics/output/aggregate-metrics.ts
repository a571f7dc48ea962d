/**
 * `aggregate_metrics.json`, and what `analyze --json` prints:
 *
 *     { "schema_version": 1, "root", "trials", "tasks",
 *       "profiles": [ { "key", "trials", "tasks", "scored", "succeeded", "reward_unknown", "ended_by": { "done": 12, … },
 *                       "not_scored": { "infrastructure(oom-kill)": 1, … }, "agents", "models",
 *                       "metrics": { "reward": { "unit", "n", "mean", "median", "min", "max", "sum", "not_computed": { reason: trials } }, … },
 *                       "tools": [ { "tool", "server", "calls", "errors", "trials" } ], "mcp_servers": [ … ] } ],
 *       "left_out": [ { "path", "job", "task", "reason", "same_as" (a path, or null) } ],
 *       "lost": { "counted_as_not_scored": [ { "profile", "task", "attempt", "reason", "path" (or null) } ], "in_no_bound": [ paths ] }, "notes": [ … ], "remarks": [ { "path", "remarks" } ],
 *       "harbor": [ … ] (with --as-harbor) }
 *
 * Unknown is null. Keys may be added, never renamed.
 */
import type { Analysis } from "../analysis.ts";
import type { HarborJob } from "../harbor-figures.ts";
import type { MetricSummary, ProfileSummary, ToolSummary } from "../summary.ts";

export function aggregateMetrics(
  analysis: Analysis,
  profiles: readonly ProfileSummary[],
  harbor: readonly HarborJob[] | null,
): Readonly<Record<string, unknown>> {
  return {
    schema_version: 1,
    root: analysis.root,
    trials: analysis.trials.length,
    tasks: analysis.tasks.length,
    profiles: profiles.map(profileJson),
    left_out: analysis.leftOut.map(({ path, job, task, reason, sameAs = null }) => ({
      path,
      job,
      task,
      reason,
      same_as: sameAs,
    })),
    lost: {
      counted_as_not_scored: analysis.lost.observations.map(({ profile, task, attempt, leftOut, notScored }) => ({
        profile,
        task,
        attempt,
        reason: notScored,
        path: leftOut?.path ?? null,
      })),
      in_no_bound: analysis.lost.unplaced.map(({ path }) => path),
    },
    notes: analysis.notes,
    remarks: analysis.trials.flatMap(({ path, facts }) =>
      facts.remarks.length === 0 ? [] : [{ path, remarks: facts.remarks }],
    ),
    ...(harbor === null ? {} : { harbor: harbor.map(harborJson) }),
  };
}

function profileJson(profile: ProfileSummary) {
  return {
    key: profile.profile,
    trials: profile.trials,
    tasks: profile.tasks,
    scored: profile.scored,
    succeeded: profile.succeeded,
    reward_unknown: profile.rewardUnknown,
    ended_by: profile.endedBy,
    not_scored: profile.notScored,
    agents: profile.agents,
    models: profile.models,
    metrics: Object.fromEntries(profile.metrics.map((metric) => [metric.name, metricJson(metric)])),
    tools: profile.tools.map(toolJson),
    mcp_servers: profile.servers.map(({ server, calls, errors, trials }) => ({ server, calls, errors, trials })),
  };
}

function metricJson({ unit, n, mean, median, min, max, sum, notComputed }: MetricSummary) {
  return { unit, n, mean, median, min, max, sum, not_computed: notComputed };
}

function toolJson({ tool, server, calls, errors, trials }: ToolSummary) {
  return { tool, server, calls, errors, trials };
}

function harborJson({ job, groups, problem }: HarborJob) {
  return {
    job,
    problem,
    evals: groups.map(({ key, fields, ours, explanations }) => ({
      key,
      fields: fields.map(({ name, recorded, recomputed, same }) => ({ name, recorded, recomputed, same })),
      ours,
      explanations,
    })),
  };
}
