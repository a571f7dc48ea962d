/** `runs/index.json`: one entry per trial of the batch. A cache: it can be deleted and rebuilt from the directories. */
export interface IndexEntry {
  readonly task_id: string;
  /** Profile key. */
  readonly agent_key: string;
  readonly attempt: number;
  /** The closed set of outcomes; `running` while a live run has it, `planned` before that. */
  readonly outcome: "scored" | "not-scored" | "cancelled" | "not-started" | "running" | "planned";
  /** `infrastructure(oom-kill)`, `verifier-failed(reward-missing)`, `agent-timeout`, …; null when plainly done. */
  readonly reason: string | null;
  readonly trial_name: string;
  /** The agent's, or null. */
  readonly exit_code: number | null;
  readonly success: boolean | null;
  /** The reward, or null when unknown. */
  readonly accuracy: number | null;
  /** Same as `success`. */
  readonly resolved: boolean | null;
  readonly elapsed_sec: number | null;
  /** argv that repeats this trial. */
  readonly command: readonly string[];
  /** Paths relative to the batch, or null. */
  readonly job_dir: string | null;
  readonly results_json: string | null;
  readonly trajectory_json: string | null;
}

export interface RunIndex {
  readonly schema_version: 1;
  readonly runs: readonly IndexEntry[];
}
