/** The threads of a trial → one trajectory, the main one with the others embedded. */
import { instructionStep, trajectoryOf } from "../../atif/assemble.ts";
import type { AtifTrajectory } from "../../atif/atif.ts";
import { known } from "../../atif/plain.ts";
import { newStep, type StepDraft } from "../../atif/step-draft.ts";
import { PRICES_AS_OF } from "../../prices.ts";
import type { ClaudeSessions } from "./convert.ts";
import type { EventStream } from "./event-stream.ts";
import type { CountedMessage } from "./message-usage.ts";
import type { HookRun } from "../../atif/session-reading.ts";
import { addHook, type Reading } from "./reading.ts";
import type { Thread } from "./thread.ts";
import { sumOf, type Totals } from "./totals.ts";

export function claudeTrajectory(
  input: ClaudeSessions,
  reading: Reading,
  main: Thread,
  stream: EventStream,
  totals: Totals,
  /** Runs of hooks without a place in the session. */
  silentHooks: readonly HookRun[],
): AtifTrajectory {
  const messages = reading.usages.all();
  const others = [...reading.threads.values()].filter((thread) => thread !== main && thread.steps.length > 0);
  if (main.steps.length === 0) main.steps.push(instructionStep(reading.keep(input.instruction)));
  if (totals.unrecorded !== null) main.steps.push(unrecordedStep(totals.unrecorded));
  for (const thread of [main, ...others]) settleHooks(thread);
  const name = input.agentName;
  const version = stream.version ?? main.version ?? "unknown";
  return trajectoryOf({
    id: main.id,
    sessionId: main.sessionId ?? stream.sessionId,
    name,
    version,
    model: modelOf(main) ?? stream.model ?? input.defaultModel,
    steps: main.steps,
    usage: totals.usage,
    finalExtra: {
      includes: "subagents and further sessions",
      api_calls: messages.length,
      ...(totals.costSource === "price-table" ? { cost_from: `list prices of ${PRICES_AS_OF}` } : {}),
    },
    extra:
      silentHooks.length === 0
        ? null
        : { hooks: silentHooks.map(({ event, name, outcome }) => ({ event, name, outcome })) },
    embedded: others.map((thread) => childOf(thread, name, version, messages)),
  });
}

/** So that every token that was paid for stands in a step. */
function unrecordedStep({ model, input, cached, output }: NonNullable<Totals["unrecorded"]>): StepDraft {
  const step = newStep("agent", null);
  step.model = model;
  step.llmCalls = null;
  step.metrics = { prompt_tokens: input, completion_tokens: output, cached_tokens: cached };
  step.extra["note"] = "calls of a model that the session does not record, by the agent's result event";
  return step;
}

function modelOf(thread: Thread): string | null {
  return thread.steps.find((step) => step.model !== null)?.model ?? null;
}

function settleHooks(thread: Thread): void {
  const [first] = thread.steps;
  if (first === undefined) return;
  for (const hook of thread.earlyHooks.splice(0)) addHook(first.extra, hook);
}

function childOf(thread: Thread, name: string, version: string, messages: readonly CountedMessage[]): AtifTrajectory {
  const own = new Set(thread.steps);
  const counted = messages.filter(({ step, tokens }) => own.has(step) && tokens !== null);
  const sums = sumOf(counted);
  return trajectoryOf({
    id: thread.id,
    sessionId: thread.sessionId,
    name,
    version: thread.version ?? version,
    model: modelOf(thread),
    steps: thread.steps,
    usage:
      counted.length === 0 ? null : { inputTokens: sums.input, cachedTokens: sums.cached, outputTokens: sums.output },
    finalExtra: null,
    extra: {
      relation: thread.kind === "subagent" ? "subagent" : "another session of the same trial",
      ...known({ agent_type: thread.agentType, description: thread.description }),
    },
    embedded: [],
  });
}
