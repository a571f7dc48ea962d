/** Every agent by name. `docs`, errors and completion take their list from here. */
import type { Agent, AgentDescription } from "./agent.ts";
import { HARBOR_AGENTS } from "./harbor-agents.ts";
import { claudeCodeAgent } from "./claude-code/agent.ts";
import { codexAgent } from "./codex/agent.ts";
import { commandAgent } from "./command/agent.ts";
import { nopAgent } from "./nop/agent.ts";
import { oracleAgent } from "./oracle/agent.ts";

const AGENTS: ReadonlyMap<string, Agent> = new Map(
  [oracleAgent, nopAgent, commandAgent, claudeCodeAgent, codexAgent].map((agent) => [agent.describe().name, agent]),
);

/** Agents that an engine can run. */
export function agentDescriptions(engine: "regatta" | "harbor" = "regatta"): readonly AgentDescription[] {
  return engine === "harbor" ? HARBOR_AGENTS : [...AGENTS.values()].map((agent) => agent.describe());
}

/** @throws RangeError for a name that loading the experiment should have refused. */
export function agentNamed(name: string): Agent {
  const agent = AGENTS.get(name);
  if (agent === undefined) throw new RangeError(`no agent "${name}"`);
  return agent;
}

/** What a plan asks of an agent that Harbor runs: it takes every task. */
export function harborAgent(name: string): Pick<Agent, "describe" | "refuses"> {
  const description = HARBOR_AGENTS.find((agent) => agent.name === name);
  if (description === undefined) throw new RangeError(`no agent "${name}" of Harbor's`);
  return { describe: () => description, refuses: () => null };
}
