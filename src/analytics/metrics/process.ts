/** How the agent went about it: steps and calls. */
import { from, notComputed, ratio } from "../known.ts";
import type { Trajectory } from "../trajectory/trajectory.ts";
import { type Metric, overCalls, overSteps, TRAJECTORY } from "./metric.ts";

function agentSteps({ steps }: Trajectory): number {
  return steps.filter((step) => step.source === "agent").length;
}

export const PROCESS: readonly Metric[] = [
  {
    name: "steps",
    unit: "count",
    definition:
      "Steps of the trajectory: of the system, the user and the agent. Steps copied from an earlier context do not count, here or below.",
    source: `${TRAJECTORY}, steps`,
    compute: overSteps(({ steps }) => steps.length),
  },
  {
    name: "agent_steps",
    unit: "count",
    definition: "Steps of the agent.",
    source: `${TRAJECTORY}, steps with source agent`,
    compute: overSteps(agentSteps),
  },
  {
    name: "model_messages",
    unit: "count",
    definition:
      "Messages of the model: agent steps, without those that called no model, steps of one message taken together (same message id, or the same token numbers in a row).",
    source: `${TRAJECTORY}, steps with source agent`,
    compute: ({ usage }) => usage.messages,
  },
  {
    name: "tool_calls",
    unit: "count",
    definition: "Calls of tools, those of embedded subagents included.",
    source: `${TRAJECTORY}, tool_calls`,
    compute: overCalls((calls) => calls.length),
  },
  {
    name: "unique_tools",
    unit: "count",
    definition: "Different tools called, by name, those of embedded subagents included.",
    source: `${TRAJECTORY}, tool_calls`,
    compute: overCalls((calls) => new Set(calls.map(({ tool }) => tool)).size),
  },
  {
    name: "tools_per_step",
    unit: "ratio",
    definition: "Calls of the main conversation / agent_steps.",
    source: `${TRAJECTORY}, tool_calls`,
    compute: overSteps((trajectory) =>
      ratio(trajectory.calls.length, agentSteps(trajectory), "the agent made no step"),
    ),
  },
  {
    name: "steps_per_minute",
    unit: "1/min",
    definition: "agent_steps / (agent_sec / 60).",
    source: `${TRAJECTORY} and result.json`,
    compute: overSteps((trajectory, { seconds }) =>
      from([seconds.agent], (agent) =>
        agent === 0 ? notComputed("the agent's run took no time") : agentSteps(trajectory) / (agent / 60),
      ),
    ),
  },
  {
    name: "subagents",
    unit: "count",
    definition:
      "Trajectories of subagents embedded in the agent's own. Their calls of tools count in tool_calls, unique_tools and everything under Tools, their tokens where the trajectory has totals; all else is of the main conversation.",
    source: `${TRAJECTORY}, subagent_trajectories`,
    compute: overSteps(({ subagents }) => subagents),
  },
];
