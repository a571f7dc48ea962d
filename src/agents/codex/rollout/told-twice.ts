/**
 * Codex writes a message as an event and as an item of the conversation, in either order. Both together are one; what a killed
 * Codex wrote only as an event is kept as a step of its own.
 */
import type { StepDraft } from "../../atif/step-draft.ts";
import type { Conversation } from "./conversation.ts";

export type Teller = "user" | "agent" | "reasoning";

/**
 * @param add puts it into the conversation; gives the step when it is one of its own, which an item that follows replaces
 * @returns whether it was added
 */
export function settle(
  at: Conversation,
  who: Teller,
  text: string,
  as: "event" | "item",
  add: () => StepDraft | null,
): boolean {
  const key = `${who} ${text}`;
  const waiting = at.once.get(key) ?? [];
  const first = waiting.findIndex((one) => one.as !== as);
  const [other] = first < 0 ? [] : waiting.splice(first, 1);
  if (as === "event") {
    if (other !== undefined) return false;
    waiting.push({ as, step: add() });
  } else {
    const place = other?.step === undefined || other.step === null ? -1 : at.steps.lastIndexOf(other.step);
    if (place >= 0) at.steps.splice(place, 1);
    add();
    if (other === undefined) waiting.push({ as, step: null });
  }
  at.once.set(key, waiting);
  return true;
}
