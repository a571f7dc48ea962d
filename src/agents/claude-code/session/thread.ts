/** One conversation of a trial: a session, or a subagent of one. It becomes one trajectory. */
import type { StepDraft } from "../../atif/step-draft.ts";

export interface Thread {
  /** Also the trajectory's id. */
  readonly id: string;
  readonly kind: "session" | "subagent";
  sessionId: string | null;
  readonly steps: StepDraft[];
  /** Lines of one message are one step. */
  readonly byMessage: Map<string, StepDraft>;
  /** The step that made a tool call, by the call's id. */
  readonly byCall: Map<string, StepDraft>;
  /** What hooks did before there was a step. */
  readonly earlyHooks: Record<string, unknown>[];
  version: string | null;
  /** When its first line was written; null = no line says. */
  startedAt: string | null;
  /** The first text that it was given: what its parent asked, of a subagent. */
  prompt: string | null;
  /** The call that started it, where its own files say so. */
  parentCall: string | null;
  agentType: string | null;
  description: string | null;
  /** Where the next compaction summary belongs: right after its boundary. */
  compacted: boolean;
  /** The last message is an error of the provider's, and what is known of it. */
  lastError: ApiError | null;
  /** Of the last message of a model's. */
  stopReason: string | null;
}

export interface ApiError {
  /** The CLI's own word. */
  readonly error: string | null;
  readonly status: number | null;
  readonly message: string;
  /** An attempt failed and the next was to follow. */
  readonly retrying: boolean;
}

export function newThread(id: string, kind: Thread["kind"]): Thread {
  return {
    id,
    kind,
    sessionId: null,
    steps: [],
    byMessage: new Map(),
    byCall: new Map(),
    earlyHooks: [],
    version: null,
    startedAt: null,
    prompt: null,
    parentCall: null,
    agentType: null,
    description: null,
    compacted: false,
    lastError: null,
    stopReason: null,
  };
}

export function addStep(thread: Thread, step: StepDraft): StepDraft {
  thread.steps.push(step);
  return step;
}
