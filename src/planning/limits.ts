import type { RunSettings } from "../contract/experiment.ts";
import type { TrialLimits } from "../contract/plan.ts";
import type { Task } from "../contract/task.ts";

/** Harbor's limit for setting an agent up, in seconds; tasks have no key for it. */
const SETUP_SEC = 360;

/**
 * `timeout_multiplier` scales every limit that comes from a task; `agent_timeout_sec` replaces the task's and is exact.
 */
export function trialLimits(task: Task, run: RunSettings): TrialLimits {
  const times = run.timeoutMultiplier;
  return {
    buildSec: task.environment.buildTimeoutSec * times,
    setupSec: SETUP_SEC * times,
    agentSec: run.agentTimeoutSec ?? (task.agent.timeoutSec === null ? null : task.agent.timeoutSec * times),
    verifierSec: task.verifier.timeoutSec * times,
  };
}
