/** Every agent by name. `docs`, errors and completion take their list from here. */
import type { Agent, AgentDescription } from "./agent.ts";
import { commandAgent } from "./command/agent.ts";
import { nopAgent } from "./nop/agent.ts";
import { oracleAgent } from "./oracle/agent.ts";

const AGENTS: ReadonlyMap<string, Agent> = new Map(
  [oracleAgent, nopAgent, commandAgent].map((agent) => [agent.describe().name, agent]),
);

export function agentDescriptions(): readonly AgentDescription[] {
  return [...AGENTS.values()].map((agent) => agent.describe());
}

/** @throws RangeError for a name that loading the experiment should have refused. */
export function agentNamed(name: string): Agent {
  const agent = AGENTS.get(name);
  if (agent === undefined) throw new RangeError(`no agent "${name}"`);
  return agent;
}
