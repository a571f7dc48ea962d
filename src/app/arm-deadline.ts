import type { Plan } from "../contract/plan.ts";
import type { StopRequests } from "./stop-requests.ts";
import { systemClock } from "./system-clock.ts";

/** Seconds after the run's start. */
export interface Deadlines {
  /** Agents stop, so that what they did can still be verified. */
  readonly agents: number;
  /** Tests wait for their turn no longer. */
  readonly hurry: number;
  /** What is not over is cancelled. */
  readonly all: number;
}

/** Of `run_timeout_sec`, the wall clock of the whole batch; null = it has none. */
export function deadlinesOf(run: Pick<Plan["run"], "runTimeoutSec" | "quietVerify">, slots: number): Deadlines | null {
  const all = run.runTimeoutSec;
  if (all <= 0) return null;
  // A tenth of a long run; of a short one more, since verifying takes its time however short the run is.
  const tail = Math.min(120, Math.max(all * 0.1, Math.min(10, all * 0.4)));
  // Tests of one trial at a time: in the worst case as many wait as trials run.
  const quiet = run.quietVerify ? Math.max(tail, Math.min(tail * slots, all / 2)) : tail;
  return { agents: all - quiet, hurry: all - tail, all };
}

export function armDeadline(plan: Plan, stop: StopRequests): () => void {
  const deadlines = deadlinesOf(plan.run, plan.slots);
  if (deadlines === null) return () => {};
  const { agents, hurry, all } = deadlines;
  const cancels = [
    systemClock.after(agents * 1000, () => stop.deadlineReached()),
    systemClock.after(hurry * 1000, () => stop.hurryUp()),
    systemClock.after(all * 1000, () => stop.request("run-timeout")),
  ];
  return () => {
    for (const cancel of cancels) cancel();
  };
}
