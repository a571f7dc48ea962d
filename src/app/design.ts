/** What a plan can show before it is run: by the same code that judges it afterwards. */
import type { Plan } from "../contract/plan.ts";
import { detectableDifference, leastSweep } from "../statistics/power.ts";

export interface Design {
  readonly tasks: number;
  readonly attempts: number;
  /** Of all pairs of profiles, or of the control with all others. */
  readonly comparisons: number;
  /** Tasks that one profile must win, losing none, for the least significant result; null = no result can be. */
  readonly leastSweep: number | null;
  /** Of mean reward, seen with a chance of 80 %, for tasks and agents that vary as benchmarks commonly do. */
  readonly detectable: number | null;
}

/** Variances of a common benchmark of yes-or-no tasks: E. Miller (2024), arXiv 2411.00640, section 5. */
const COMMON = { between: 1 / 9, withinA: 1 / 6, withinB: 1 / 6 };
export function designOf(plan: Plan): Design {
  const runnable = plan.trials.filter((trial) => trial.refused === null);
  const tasks = new Set(runnable.map(({ task }) => task)).size;
  const profiles = new Set(runnable.map(({ profile }) => profile)).size;
  const { control, alpha } = plan.analysis;
  const comparisons = control === null ? (profiles * (profiles - 1)) / 2 : Math.max(0, profiles - 1);
  const { attempts } = plan.run;
  const any = comparisons > 0 && tasks > 0;
  return {
    tasks,
    attempts,
    comparisons,
    leastSweep: any ? leastSweep(tasks, comparisons, alpha) : null,
    detectable: any ? detectableDifference(COMMON, attempts, tasks, { alpha: alpha / comparisons }) : null,
  };
}

export function designLines({
  tasks,
  attempts,
  comparisons,
  leastSweep: sweep,
  detectable,
}: Design): readonly string[] {
  if (comparisons === 0 || detectable === null) return [];
  const size = `${tasks} ${tasks === 1 ? "task" : "tasks"}, ${attempts} ${attempts === 1 ? "attempt" : "attempts"} each, ${comparisons} ${comparisons === 1 ? "comparison" : "comparisons"}`;
  const verdict =
    sweep === null
      ? `no result can be significant, not even winning all ${tasks}: add tasks, or race fewer profiles`
      : sweep === tasks
        ? `only winning ${tasks === 1 ? "the one task" : `all ${tasks} tasks`} can be significant`
        : `winning ${sweep} ${sweep === 1 ? "task" : "tasks"} and losing none is the least that can be significant`;
  if (sweep === null) return [`${size}: ${verdict}`];
  const shown = detectable >= 1 ? "no difference at all" : `some ${(100 * detectable).toFixed(0)} points of reward`;
  return [`${size}: ${verdict}`, `with tasks and agents that vary as usual it would likely show ${shown}`];
}
