/** The threads of a trial → one trajectory, the main one with the others embedded. */
import { instructionStep, trajectoryOf } from "../../atif/assemble.ts";
import type { AtifTrajectory } from "../../atif/atif.ts";
import { known } from "../../atif/plain.ts";
import { PRICES_AS_OF } from "../../prices.ts";
import type { Conversation, Reading } from "./conversation.ts";
import type { CodexRollouts } from "./convert.ts";
import { sumOf, type Totals } from "./totals.ts";

export function codexTrajectory(
  input: CodexRollouts,
  reading: Reading,
  main: Conversation,
  totals: Totals,
): AtifTrajectory {
  const others = reading.conversations.filter((one) => one !== main && one.steps.length > 0);
  if (main.steps.length === 0) main.steps.push(instructionStep(reading.keep(input.instruction)));
  return trajectoryOf({
    ...partsOf(input, main),
    model: main.model ?? input.defaultModel,
    usage: totals.usage,
    finalExtra: {
      includes: "every thread",
      ...(totals.costSource === null ? {} : { cost_from: `list prices of ${PRICES_AS_OF}` }),
    },
    extra: null,
    embedded: others.map((one) => childOf(input, one)),
  });
}

function partsOf(input: CodexRollouts, one: Conversation) {
  const version = one.version ?? "unknown";
  return { id: one.id, sessionId: one.id, name: input.agentName, version, steps: one.steps };
}

function childOf(input: CodexRollouts, one: Conversation): AtifTrajectory {
  const sum = sumOf(one.usages);
  return trajectoryOf({
    ...partsOf(input, one),
    model: one.model,
    usage: sum === null ? null : { inputTokens: sum.input, cachedTokens: sum.cached, outputTokens: sum.output },
    finalExtra: null,
    extra: {
      relation: one.parent === null ? "another thread of the same trial" : "subagent",
      ...known({ agent_type: one.parent?.type }),
    },
    embedded: [],
  });
}
