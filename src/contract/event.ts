/**
 * Everything a run can announce. The engine announces; journal, progress and mirror listen.
 * Names are stored in events.jsonl: add, never rename.
 */
import type { Failure, Phase } from "./failure.ts";
import type { Outcome } from "./outcome.ts";
import type { TrialId } from "./plan.ts";

export type RunEvent =
  | {
      readonly type: "batch-started";
      readonly slug: string;
      readonly batch: number;
      readonly batchDir: string;
      readonly launch: number;
      /** Trials of this launch; `kept` more were already finished. */
      readonly planned: number;
      readonly kept: number;
      readonly slots: number;
      readonly profiles: readonly string[];
      readonly tasks: readonly string[];
      readonly attempts: number;
    }
  /** What a task's trials share is being made ready; only where that takes work. */
  | { readonly type: "image-started"; readonly task: string }
  /** `failed` says why, null = it is ready. */
  | {
      readonly type: "image-ended";
      readonly task: string;
      readonly seconds: number;
      readonly failed: string | null;
    }
  /** A profile's treatment is tried in a task's sandbox that is thrown away. */
  | { readonly type: "preflight-started"; readonly profile: string; readonly task: string }
  | {
      readonly type: "preflight-ended";
      readonly profile: string;
      readonly task: string;
      readonly seconds: number;
      readonly failed: string | null;
    }
  | { readonly type: "trial-started"; readonly trial: TrialId; readonly trialName: string; readonly try: number }
  | { readonly type: "phase-started"; readonly trial: TrialId; readonly try: number; readonly phase: Phase }
  | {
      readonly type: "phase-ended";
      readonly trial: TrialId;
      readonly try: number;
      readonly phase: Phase;
      readonly seconds: number;
      readonly ok: boolean;
    }
  | {
      readonly type: "trial-retrying";
      readonly trial: TrialId;
      readonly try: number;
      readonly failure: Failure;
      readonly delaySec: number;
    }
  | {
      readonly type: "trial-ended";
      readonly trial: TrialId;
      readonly trialName: string;
      readonly try: number;
      readonly outcome: Outcome;
      /** By the experiment's reward key; null = unknown. */
      readonly reward: number | null;
      readonly success: boolean | null;
      readonly seconds: number;
      /** Relative to the batch; null when the trial never had a directory. */
      readonly trialDir: string | null;
    }
  /** What the batch's models took so far, earlier launches included; at most every few seconds. Null = not known of some call. */
  | {
      readonly type: "models-spent";
      readonly costUsd: number | null;
      readonly tokens: number;
    }
  /** No new trials start until there is room again; what runs goes on. */
  | { readonly type: "paused"; readonly reason: PauseReason; readonly message: string }
  | { readonly type: "resumed"; readonly seconds: number }
  /** Journals of older versions have no force. */
  | { readonly type: "stopping"; readonly reason: StopReason; readonly force?: StopForce }
  | { readonly type: "listener-failed"; readonly listener: string; readonly message: string }
  | { readonly type: "note"; readonly message: string }
  | {
      readonly type: "batch-ended";
      readonly scored: number;
      readonly notScored: number;
      readonly cancelled: number;
      readonly notStarted: number;
      readonly seconds: number;
    };

/** Why no new trials start for now: a disk is nearly full, or sandboxes cannot be started. */
export type PauseReason = "disk" | "environment";

/** Why no new trials start. */
export type StopReason =
  | "interrupted"
  | "terminated"
  | "killed"
  | "run-timeout"
  | "disk-full"
  | "results-unwritable"
  | "budget-spent"
  | "dead-key";

/** What a stop does, from the mildest on. */
export type StopForce =
  /** Nothing new starts, what runs goes on to its end. */
  | "nothing-new"
  /** Agents stop, and what they did is verified. */
  | "agents"
  /** What runs ends and is collected. */
  | "all"
  | "at-once";

/** As written to the journal: ISO time in UTC and a sequence number from 1 within the launch. */
export type StampedEvent = RunEvent & { readonly at: string; readonly seq: number; readonly launch: number };

export type Announce = (event: RunEvent) => void;
