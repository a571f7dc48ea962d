/** What a version of Harbor takes in its configuration. Read off its models from 0.1.20 to 0.25. */
export interface HarborDialect {
  /** As it is printed, or null when it could not be told: then it is taken for the newest. */
  readonly version: string | null;
  /** `orchestrator: {…}` in place of n_concurrent_trials and retry. */
  readonly orchestrator: boolean;
  /** `registry: { url | path }` in place of registry_url and registry_path. */
  readonly nestedRegistry: boolean;
  /** Variables of an agent. */
  readonly agentEnv: boolean;
  /** Files whose text is appended to every instruction. */
  readonly extraInstructions: boolean;
}

/** @param said what `harbor --version` prints */
export function harborDialect(said: string): HarborDialect {
  const [version = null] = /\d+\.\d+(?:\.\d+)?/.exec(said) ?? [];
  const since = (major: number, minor: number): boolean => {
    if (version === null) return true;
    const [a = 0, b = 0] = version.split(".").map(Number);
    return a > major || (a === major && b >= minor);
  };
  return {
    version,
    orchestrator: !since(0, 2),
    nestedRegistry: !since(0, 3),
    agentEnv: since(0, 2),
    extraInstructions: since(0, 9),
  };
}

export const NEWEST_DIALECT: HarborDialect = harborDialect("");
