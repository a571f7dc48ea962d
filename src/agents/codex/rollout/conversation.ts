/** One rollout file being read: a thread of Codex's, the main one or an agent's that it started. It becomes one trajectory. */
import { createHash } from "node:crypto";
import type { ImageFiles } from "../../atif/image-files.ts";
import { type LeftOutCounts, leftOutCounts } from "../../atif/left-out.ts";
import { jsonText, type KeepText, textKeeper } from "../../atif/plain.ts";
import type { HookRun } from "../../atif/session-reading.ts";
import { newStep, type StepDraft } from "../../atif/step-draft.ts";
import type { RolloutError } from "./rollout-error.ts";
import type { CallUsage } from "./token-usage.ts";

export interface Conversation {
  /** The thread's id, by its first line; the file's name until then. */
  id: string;
  version: string | null;
  startedAt: string | null;
  /** Null = started by a person or a program, not by another thread. */
  parent: { readonly threadId: string | null; readonly callId: string | null; readonly type: string | null } | null;
  /** It begins with a copy of another thread's history. */
  forked: boolean;
  /** Still inside that copy. */
  copying: boolean;
  readonly steps: StepDraft[];
  readonly byCall: Map<string, StepDraft>;
  /** The step of the model's answer that is coming in, or came last. */
  current: StepDraft | null;
  /** What comes next of the model's is another answer. */
  closed: boolean;
  model: string | null;
  effort: string | null;
  turnId: string | null;
  /** One for each answer of a model. */
  readonly usages: CallUsage[];
  /** The last sum over the thread that it says itself. */
  total: Omit<CallUsage, "model"> | null;
  /** Every message and every piece of reasoning is told twice, as an event and as an item: those told once so far. */
  readonly once: Map<string, { readonly as: "event" | "item"; readonly step: StepDraft | null }[]>;
  /** What events say of calls, by the call's id. */
  readonly facts: Map<string, Record<string, unknown>>;
  turns: number;
  ended: string | null;
  error: RolloutError | null;
}

export interface Reading {
  readonly keep: KeepText;
  readonly images: ImageFiles;
  readonly leftOut: LeftOutCounts;
  readonly hookRuns: HookRun[];
  /** In the order they began. */
  readonly conversations: Conversation[];
  /** Of every item that was read, to know a copied one by. */
  readonly items: Set<string>;
}

export function newReading(images: ImageFiles): Reading {
  return { keep: textKeeper(), images, leftOut: leftOutCounts(), hookRuns: [], conversations: [], items: new Set() };
}

export function newConversation(id: string): Conversation {
  return {
    id,
    version: null,
    startedAt: null,
    parent: null,
    forked: false,
    copying: false,
    steps: [],
    byCall: new Map(),
    current: null,
    closed: true,
    model: null,
    effort: null,
    turnId: null,
    usages: [],
    total: null,
    once: new Map(),
    facts: new Map(),
    turns: 0,
    ended: null,
    error: null,
  };
}

export function addStep(conversation: Conversation, step: StepDraft): StepDraft {
  step.copied = conversation.copying;
  conversation.steps.push(step);
  return step;
}

/** The step of the answer that is coming in; a new one where the last is over. */
export function answerStep(conversation: Conversation, time: string | null): StepDraft {
  if (conversation.current !== null && !conversation.closed) return conversation.current;
  const step = addStep(conversation, newStep("agent", time));
  step.model = conversation.model;
  step.effort = conversation.effort;
  if (conversation.turnId !== null) step.extra["turn_id"] = conversation.turnId;
  conversation.current = step;
  conversation.closed = false;
  return step;
}

export function fingerprint(payload: unknown): string {
  return createHash("sha1")
    .update(jsonText(payload, (text) => text))
    .digest("base64");
}
