/** How far a batch is, as `status` shows it. */
import type { Phase } from "../contract/failure.ts";
import type { TrialId } from "../contract/plan.ts";

export interface BatchStatus {
  readonly slug: string;
  readonly batch: number;
  /** `interrupted`: not finished, and no live owner. */
  readonly state: "running" | "finished" | "interrupted" | "unknown";
  readonly counts: {
    /** null when the plan cannot be read. */
    readonly planned: number | null;
    readonly scored: number;
    readonly notScored: number;
    readonly cancelled: number;
    readonly notStarted: number;
  };
  readonly running: readonly {
    readonly trial: TrialId;
    readonly try: number;
    readonly phase: Phase | null;
    /** ISO time. */
    readonly since: string;
  }[];
  /** By models through the gateway; null = none was called so. */
  readonly spent: { readonly costUsd: number | null; readonly tokens: number } | null;
  readonly ownerPid: number | null;
  /** ISO time of the latest launch; null when it is not known. */
  readonly startedAt: string | null;
  /** Trials with processes that were killed for want of memory. */
  readonly outOfMemory: number;
  /** As it is shown. */
  readonly batchDir: string;
}
