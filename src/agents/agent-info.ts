import type { AgentInfo } from "../contract/trial-record.ts";
import type { Profile } from "../contract/experiment.ts";

/** `provider/model` split at the first slash, as Harbor does; null when the profile names no model. */
function modelInfo(model: string | null): AgentInfo["model"] {
  if (model === null) return null;
  const slash = model.indexOf("/");
  return slash < 0
    ? { name: model, provider: null }
    : { name: model.slice(slash + 1), provider: model.slice(0, slash) };
}

/** Info of an agent that has no version of its own to tell. */
export function agentInfo(profile: Profile, version: string): AgentInfo {
  return { name: profile.agent, version, model: modelInfo(profile.model) };
}
