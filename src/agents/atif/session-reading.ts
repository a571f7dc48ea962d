/** What the session files of one trial say, whichever agent wrote them. Unknown is null, never 0. */
import type { Usage } from "../../contract/trial-record.ts";

export type ErrorClass =
  | "authentication"
  /** The account's own limit or money is used up: trying again later today does not help. */
  | "quota"
  | "rate-limit"
  | "overload"
  | "server-error"
  | "refusal"
  /** The conversation is larger than the model takes. */
  | "context"
  | "output-limit"
  | "network"
  | "model-not-found"
  | "max-turns"
  | "budget"
  | "invalid-request"
  | "unknown";

export interface SessionError {
  readonly class: ErrorClass;
  readonly message: string;
  /** Where it says so: a file of the trial and the field, such as `agent/claude-code.txt: result.api_error_status 401`. */
  readonly evidence: string;
}

export interface HookRun {
  readonly event: string;
  /** With what it matched, such as `PostToolUse:Bash`. */
  readonly name: string;
  readonly outcome: "success" | "error" | "blocked" | "cancelled" | "unknown";
  readonly seconds: number | null;
}

export interface CallCounts {
  readonly calls: number;
  /** Calls whose result says that it failed. */
  readonly errors: number;
}

/** Lines or parts of the source that have no place in the trajectory. */
export interface LeftOut {
  /** As the source calls it: `attachment/skill_listing`, `system/turn_duration`. */
  readonly type: string;
  readonly count: number;
  readonly reason: string;
}

export interface SessionReading {
  /** `agent/trajectory.json`, relative to the trial; null when there was nothing to convert or it could not be written. */
  readonly trajectory: string | null;
  /** Over the main conversation, its subagents and every further session. Input includes cached. */
  readonly usage: Usage | null;
  /** Where the cost comes from; null when there is none. */
  readonly costSource: "agent" | "price-table" | null;
  readonly agentVersion: string | null;
  /** Models that answered, in order of their first answer. */
  readonly servedModels: readonly string[];
  readonly remarks: readonly string[];
  /** By MCP server, over the main conversation, its subagents and every further session. */
  readonly toolCalls: Readonly<Record<string, CallCounts>>;
  readonly hookRuns: readonly HookRun[];
  /** Answers of a model. */
  readonly apiCalls: number;
  /** What ended the run, when it was an error. */
  readonly error: SessionError | null;
  /** How the agent itself says it ended, in its own word: `completed`, `max_turns`, `task_complete`; null = it does not say. */
  readonly ended: string | null;
  /** Tools that were refused; null = the agent does not say. */
  readonly permissionDenials: readonly { readonly tool: string; readonly callId: string | null }[] | null;
  /** As the agent counts them; null = it does not say. */
  readonly turns: number | null;
  readonly leftOut: readonly LeftOut[];
}
