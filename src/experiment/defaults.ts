/** Values that hold where an experiment file says nothing. Free of imports, so that `init` can quote them cheaply. */

export const SCHEMA_VERSION = 2;

export const RUN_DEFAULTS = {
  results_root: "results",
  attempts: 1,
  retries: 0,
  parallel: 0,
  profiles_parallel: 0,
  container_env: "local",
  force_rebuild: false,
  run_timeout_sec: 0,
  timeout_multiplier: 1,
  min_free_gb: 5,
  quiet_verify: false,
  engine: "regatta",
} as const;

export const ANALYSIS_DEFAULTS = { margin: 0.05, alpha: 0.05, reward_key: "reward", success_at: 1 } as const;

export const GATEWAY_DEFAULTS = { mode: "on" } as const;

export const DEFAULT_DATASET = "terminal-bench@2.0";

/** From the project root; used only when it exists. */
export const DEFAULT_ENV_FILE = "experiments/.env";
