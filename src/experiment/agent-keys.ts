/** What this folder needs to know of an agent: the part of an agent's description that says which keys it takes. */
import { COMMON_PROFILE_KEYS, type ProfileKey } from "../contract/experiment.ts";

export interface AgentKeys {
  readonly name: string;
  /** Profile keys it takes beyond those that every agent takes. */
  readonly takes: readonly ProfileKey[];
  /** Keys it cannot work without. */
  readonly requires: readonly ProfileKey[];
  readonly takesMcp: boolean;
}

/** In no particular order. */
export function keysTaken(agent: AgentKeys): ReadonlySet<ProfileKey> {
  return new Set([...COMMON_PROFILE_KEYS, ...agent.takes, ...(agent.takesMcp ? (["mcp_servers"] as const) : [])]);
}
