/**
 * `results --json`, and the last line of `run --json`: there with `"type": "results"` in front, and `"stopped"`, which is what
 * ended the run early (`interrupted`, `run-timeout`, `budget-spent`, …; null = nothing).
 *
 *     { "schema_version": 1, "slug", "batch", "batch_dir", "exit_code",
 *       "totals":   { "trials", "scored", "not_scored": { "infrastructure", "not-treated", "verifier-failed" }, "cancelled",
 *                     "not_started", "running", "successes", "mean_reward", "rewards_known", "ended_by": { "done": 12, … },
 *                     "mean_agent_sec", "input_tokens", "output_tokens", "cost_usd": { "sum", "known" } },
 *       "profiles": [ { "key", …as totals } ],
 *       "trials":   [ { "task", "profile", "attempt", "outcome", "reason", "reward", "success", "ended_by", "agent_sec", "doubt",
 *                       "oom_kills", "try", "trial_dir", "failure": { "code", "blame", "phase", "message", "evidence", "also" } } ] }
 *
 * Unknown is null. `outcome` is `scored`, `not-scored`, `cancelled`, `not-started` or `running`. A `sum` is over the
 * `known` trials that reported it. `trial_dir` is relative to `batch_dir`. Keys may be added, never renamed.
 */
import type { AttemptView, BatchView, Tally } from "../../views/batch-view.ts";

export function resultsJson(view: BatchView): Readonly<Record<string, unknown>> {
  return {
    schema_version: 1,
    slug: view.slug,
    batch: view.batch,
    batch_dir: view.dir,
    exit_code: view.exitCode,
    totals: tallyJson(view.totals),
    profiles: view.profiles.map((profile) => ({ key: profile.key, ...tallyJson(profile) })),
    trials: view.tasks.flatMap(({ cells }) => cells.flat()).map(trialJson),
  };
}

function tallyJson(tally: Tally) {
  return {
    trials: tally.trials,
    scored: tally.scored,
    not_scored: tally.notScored,
    cancelled: tally.cancelled,
    not_started: tally.notStarted,
    running: tally.running,
    successes: tally.successes,
    mean_reward: tally.meanReward,
    rewards_known: tally.rewardsKnown,
    ended_by: tally.endedBy,
    mean_agent_sec: tally.meanAgentSec,
    input_tokens: tally.inputTokens,
    output_tokens: tally.outputTokens,
    cost_usd: tally.costUsd,
  };
}

function trialJson(attempt: AttemptView) {
  return {
    task: attempt.id.task,
    profile: attempt.id.profile,
    attempt: attempt.id.attempt,
    outcome: attempt.state,
    reason: attempt.reason,
    reward: attempt.reward,
    success: attempt.success,
    ended_by: attempt.endedBy,
    agent_sec: attempt.agentSec,
    doubt: attempt.doubt,
    oom_kills: attempt.oomKills,
    try: attempt.tries,
    trial_dir: attempt.dir,
    failure: attempt.failure,
  };
}
