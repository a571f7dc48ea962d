/** Signs of trouble. Each is an indicator, none a verdict. */
import { notComputed } from "../known.ts";
import type { Trial } from "../trial.ts";
import { type Metric, overSteps, TRAJECTORY } from "./metric.ts";
import { filesOf } from "./files.ts";

function endedBy(kind: NonNullable<Trial["endedBy"]>["kind"]): Metric["compute"] {
  return (trial) =>
    trial.endedBy === null ? notComputed("the trial was not scored") : Number(trial.endedBy.kind === kind);
}

export const FAILURE_SIGNS: readonly Metric[] = [
  {
    name: "agent_timed_out",
    unit: "0 or 1",
    definition: "1 when the agent ran into its time limit. Only of scored trials.",
    source: "result.json, exception_info; ours: .regatta/trial.json",
    compute: endedBy("agent-timeout"),
  },
  {
    name: "agent_exit_failed",
    unit: "0 or 1",
    definition: "1 when the agent exited with another code than 0. Only of scored trials.",
    source: "result.json, exception_info; ours: .regatta/trial.json",
    compute: endedBy("agent-exit"),
  },
  {
    name: "exception",
    unit: "0 or 1",
    definition: "1 when an exception is recorded, with a reward or without.",
    source: "result.json, exception_info",
    compute: ({ exceptionType }) => Number(exceptionType !== null),
  },
  {
    name: "longest_error_run",
    unit: "count",
    definition: "The most calls in a row that all failed.",
    source: `${TRAJECTORY}, observation`,
    compute: overSteps((trajectory) => {
      let longest = 0;
      let now = 0;
      for (const { failed } of trajectory.calls) {
        if (failed === null) continue;
        now = failed ? now + 1 : 0;
        longest = Math.max(longest, now);
      }
      return longest;
    }),
  },
  {
    name: "ended_on_error",
    unit: "0 or 1",
    definition: "1 when the last call with a result failed.",
    source: `${TRAJECTORY}, observation`,
    compute: overSteps((trajectory) => {
      const last = trajectory.calls.findLast(({ failed }) => failed !== null);
      return last === undefined ? notComputed("no call has a result") : Number(last.failed);
    }),
  },
  {
    name: "no_edit",
    unit: "0 or 1",
    definition: "1 when no edit of any file is to be seen.",
    source: `${TRAJECTORY}, tool_calls`,
    compute: overSteps((trajectory) => Number(filesOf(trajectory, "edit").size === 0)),
  },
  {
    name: "no_tool_call",
    unit: "0 or 1",
    definition: "1 when the agent called no tool at all.",
    source: `${TRAJECTORY}, tool_calls`,
    compute: overSteps((trajectory) => Number(trajectory.calls.length === 0)),
  },
  {
    name: "compactions",
    unit: "count",
    definition: "Times the context was compacted, where the agent records it.",
    source: `${TRAJECTORY}, extra.context_management`,
    compute: overSteps(({ steps }) => steps.filter(({ compaction }) => compaction).length),
  },
];
