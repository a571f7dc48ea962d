/**
 * The plan as stored with a launch: `.regatta/launches/<k>/plan.lock.json`. Compared when a batch is continued.
 *
 * A cell's definition is the task's entry, the profile's entry and `run.cell` together; no secrets, no times, and
 * file contents by digest only. What may differ without making another experiment (slots, retries) is in `run.launch`.
 */
import type { Failure } from "./failure.ts";
import { DEFAULT_RULE, type RewardRule } from "./reward-rule.ts";

export interface PlanLock {
  readonly schema_version: 1;
  readonly slug: string;
  readonly name: string;
  readonly regatta_version: string;
  readonly created_at: string;
  /** Absolute path of the experiment file at launch. */
  readonly experiment_file: string;
  readonly root: string;
  readonly run: {
    /** Part of every cell's definition. */
    readonly cell: Readonly<Record<string, unknown>>;
    /** Of this launch alone: slots, retries, attempts, limits of the batch. */
    readonly launch: Readonly<Record<string, unknown>>;
  };
  /** Flags that overrode the file. */
  readonly overrides: Readonly<Record<string, unknown>>;
  readonly tasks: Readonly<Record<string, Readonly<Record<string, unknown>> & { readonly digest: string }>>;
  readonly profiles: Readonly<Record<string, Readonly<Record<string, unknown>> & { readonly agent: string }>>;
  readonly artifact_targets: readonly string[];
  /** Absent in batches of before there was such a table. */
  readonly analysis?: {
    readonly control: string | null;
    readonly margin: number;
    readonly alpha: number;
    readonly reward_key: string;
    readonly success_at: number;
  };
  /** In starting order. */
  readonly trials: readonly {
    readonly task: string;
    readonly profile: string;
    readonly attempt: number;
    readonly trial_name: string;
    readonly refused: Failure | null;
  }[];
}

export function rewardRuleOf(lock: PlanLock | undefined): RewardRule {
  const analysis = lock?.analysis;
  return analysis === undefined ? DEFAULT_RULE : { key: analysis.reward_key, successAt: analysis.success_at };
}
