/** Time: the whole trial, and each phase. */
import type { Metric } from "./metric.ts";

const source = (field: string): string => `result.json, ${field}: finished_at − started_at`;

export const TIME: readonly Metric[] = [
  {
    name: "elapsed_sec",
    unit: "s",
    definition: "From the start of the trial to its end.",
    source: "result.json, finished_at − started_at",
    compute: ({ seconds }) => seconds.elapsed,
  },
  {
    name: "environment_sec",
    unit: "s",
    definition: "Starting the environment.",
    source: source("environment_setup"),
    compute: ({ seconds }) => seconds.environment,
  },
  {
    name: "agent_setup_sec",
    unit: "s",
    definition: "Setting up the agent.",
    source: source("agent_setup"),
    compute: ({ seconds }) => seconds.agentSetup,
  },
  {
    name: "agent_sec",
    unit: "s",
    definition: "The agent's run; of a task with several steps, added up.",
    source: source("agent_execution"),
    compute: ({ seconds }) => seconds.agent,
  },
  {
    name: "verifier_sec",
    unit: "s",
    definition: "The verification; of a task with several steps, added up.",
    source: source("verifier"),
    compute: ({ seconds }) => seconds.verifier,
  },
];
