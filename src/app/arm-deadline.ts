import type { Plan } from "../contract/plan.ts";
import type { StopRequests } from "./stop-requests.ts";
import { systemClock } from "./system-clock.ts";

/**
 * `run_timeout_sec` is the wall clock of the whole batch. Agents are stopped a little earlier, so that what they did can still
 * be verified; what is not over at the limit itself is cancelled.
 */
export function armDeadline({ run }: Plan, stop: StopRequests): () => void {
  if (run.runTimeoutSec <= 0) return () => {};
  // A tenth of a long run; of a short one more, since verifying takes its time however short the run is.
  const reserveSec = Math.min(120, Math.max(run.runTimeoutSec * 0.1, Math.min(10, run.runTimeoutSec * 0.4)));
  const cancelAgents = systemClock.after((run.runTimeoutSec - reserveSec) * 1000, () => stop.deadlineReached());
  const cancelAll = systemClock.after(run.runTimeoutSec * 1000, () => stop.request("run-timeout"));
  return () => {
    cancelAgents();
    cancelAll();
  };
}
