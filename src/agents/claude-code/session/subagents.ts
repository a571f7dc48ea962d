/** Ties the trajectory of a subagent to the tool call that started it. */
import type { AtifRef } from "../../atif/atif.ts";
import type { StepDraft } from "../../atif/step-draft.ts";
import { known } from "../../atif/plain.ts";
import type { Reading } from "./reading.ts";
import type { Thread } from "./thread.ts";

/** Names of the tool that starts a subagent; it depends on the version. */
const STARTERS = new Set(["Agent", "Task"]);

/** @returns remarks. Every subagent is embedded, tied or not. */
export function tieSubagents(reading: Reading): string[] {
  const threads = [...reading.threads.values()];
  const taken = new Set<string>();
  const calls = new Map<string, StepDraft>();
  for (const thread of threads) for (const [id, step] of thread.byCall) if (!calls.has(id)) calls.set(id, step);
  const callOf = new Map([...reading.startedAgents].map(([agent, call]) => [`agent-${agent}`, call]));
  const untied: Thread[] = [];
  for (const thread of threads) {
    if (thread.kind !== "subagent" || thread.steps.length === 0) continue;
    const call = [thread.parentCall, callOf.get(thread.id)].find(
      (id) => id !== undefined && id !== null && calls.has(id),
    );
    if (call === undefined || call === null) untied.push(thread);
    else tie(thread, call, calls, taken);
  }
  // Older versions do not say which call it was: the one that asked for just this.
  let left = 0;
  for (const thread of untied) {
    const call = [...calls].find(([id, step]) => !taken.has(id) && asks(step, id, thread.prompt))?.[0];
    if (call === undefined) left += 1;
    else tie(thread, call, calls, taken);
  }
  return left === 0
    ? []
    : [`${left} subagents are embedded without the call that started them: their files do not say which`];
}

function asks(step: StepDraft, callId: string, prompt: string | null): boolean {
  const call = step.calls.find(({ id }) => id === callId);
  return prompt !== null && call !== undefined && STARTERS.has(call.name) && call.args["prompt"] === prompt;
}

function tie(thread: Thread, callId: string, calls: ReadonlyMap<string, StepDraft>, taken: Set<string>): void {
  taken.add(callId);
  const step = calls.get(callId);
  if (step === undefined) return;
  const ref: AtifRef = {
    trajectory_id: thread.id,
    ...known({ session_id: thread.sessionId }),
  };
  const result = step.results.find((one) => one.callId === callId);
  if (result === undefined) step.results.push({ callId, content: null, refs: [ref], extra: { unfinished: true } });
  else result.refs.push(ref);
}
