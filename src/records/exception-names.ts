/** Of Harbor's exception types, the ones that say how a trial's agent ended. */
export const AGENT_TIMEOUT = "AgentTimeoutError";
export const AGENT_EXIT = "NonZeroAgentExitCodeError";
export const CANCELLED = "CancelledError";
