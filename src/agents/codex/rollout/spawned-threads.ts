/** Ties the trajectory of a thread that another one started to the call that did. */
import type { ResultDraft } from "../../atif/step-draft.ts";
import type { Conversation } from "./conversation.ts";

/** @returns remarks. Every thread is embedded, tied or not. */
export function tieThreads(all: readonly Conversation[], main: Conversation): string[] {
  let left = 0;
  for (const child of all) {
    if (child.parent === null || child === main || child.steps.length === 0) continue;
    const result = resultFor(child, all);
    if (result === null) left += 1;
    else result.refs.push({ trajectory_id: child.id, session_id: child.id });
  }
  return left === 0
    ? []
    : [`${left} threads are embedded without the call that started them: the rollouts do not say which`];
}

/** By the call's id where the child says it; else the parent's result that names the child. */
function resultFor(child: Conversation, all: readonly Conversation[]): ResultDraft | null {
  const parentId = child.parent?.threadId ?? null;
  const parents = all.filter((one) => one !== child && (parentId === null || one.id === parentId));
  const callId = child.parent?.callId ?? null;
  for (const parent of parents) {
    const step = callId === null ? undefined : parent.byCall.get(callId);
    if (step !== undefined) {
      const known = step.results.find((result) => result.callId === callId);
      if (known !== undefined) return known;
      const result: ResultDraft = { callId, content: null, refs: [], extra: { unfinished: true } };
      step.results.push(result);
      return result;
    }
  }
  for (const parent of parents) {
    for (const step of parent.steps) {
      const named = step.results.find(({ content }) => typeof content === "string" && content.includes(child.id));
      if (named !== undefined && !step.copied) return named;
    }
  }
  return null;
}
