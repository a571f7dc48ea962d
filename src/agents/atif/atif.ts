/**
 * An ATIF v1.7 trajectory as we write it: only what the format allows, which forbids unknown members.
 *
 * Source: Harbor's trajectory models. Members that are not known are left out, never null.
 */

export const ATIF_VERSION = "ATIF-v1.7";

export type ImageType = "image/jpeg" | "image/png" | "image/gif" | "image/webp";

export type ContentPart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image"; readonly source: { readonly media_type: ImageType; readonly path: string } };

/** Text alone is a string. */
export type Content = string | readonly ContentPart[];

export type Extra = Readonly<Record<string, unknown>>;

export interface AtifToolCall {
  readonly tool_call_id: string;
  readonly function_name: string;
  readonly arguments: Extra;
  readonly extra?: Extra;
}

/** Resolved by `trajectory_id` among the root's `subagent_trajectories`. */
export interface AtifRef {
  readonly trajectory_id: string;
  readonly session_id?: string;
  readonly extra?: Extra;
}

export interface AtifResult {
  /** A tool call of the same step. */
  readonly source_call_id?: string;
  readonly content?: Content;
  readonly subagent_trajectory_ref?: readonly AtifRef[];
  readonly extra?: Extra;
}

/** `prompt_tokens` is all input, cached included. */
export interface AtifMetrics {
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly cached_tokens?: number;
  readonly extra?: Extra;
}

export interface AtifStep {
  /** From 1, without gaps. */
  readonly step_id: number;
  readonly timestamp?: string;
  readonly source: "system" | "user" | "agent";
  readonly message: Content;
  readonly model_name?: string;
  readonly reasoning_effort?: string;
  readonly reasoning_content?: string;
  readonly tool_calls?: readonly AtifToolCall[];
  readonly observation?: { readonly results: readonly AtifResult[] };
  readonly metrics?: AtifMetrics;
  readonly is_copied_context?: true;
  readonly llm_call_count?: number;
  readonly extra?: Extra;
}

export interface AtifFinalMetrics {
  readonly total_prompt_tokens?: number;
  readonly total_completion_tokens?: number;
  readonly total_cached_tokens?: number;
  readonly total_cost_usd?: number;
  readonly total_steps: number;
  readonly extra?: Extra;
}

export interface AtifTrajectory {
  readonly schema_version: typeof ATIF_VERSION;
  readonly session_id?: string;
  readonly trajectory_id?: string;
  readonly agent: {
    readonly name: string;
    readonly version: string;
    readonly model_name?: string;
    readonly extra?: Extra;
  };
  /** At least one. */
  readonly steps: readonly AtifStep[];
  readonly final_metrics?: AtifFinalMetrics;
  readonly subagent_trajectories?: readonly AtifTrajectory[];
  readonly notes?: string;
  readonly extra?: Extra;
}
