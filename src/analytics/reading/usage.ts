/**
 * Tokens and cost of a trial: from the model's messages where all of them tell, else from the agent's own totals.
 *
 * A message is counted once: steps that carry the same message id, and a step that repeats the numbers of the one before it
 * to the last token, are one message (converters copy a message's usage onto each of its steps). Agents write 0 where they do
 * not know: of one with a model, no input and no output is unknown. Where subagents are embedded, the totals are over them too
 * and the messages are not: the totals count if they are not less.
 */
import type { Usage } from "../../contract/trial-record.ts";
import { type Known, notComputed, numberOf } from "../known.ts";
import type { MessageTokens, StepFact } from "../trajectory/step-fact.ts";
import type { Trajectory } from "../trajectory/trajectory.ts";
import { isMissing, type Missing, type TrialUsage } from "../trial.ts";

/** From here on, as a part of the total, a disagreement is worth a line. */
const WORTH_SAYING = 0.01;

const PARTS = ["input", "output", "cached", "costUsd"] as const;

/** @param reported of result.json. */
export function usageOf(
  trajectory: Trajectory | Missing,
  reported: Usage | null,
  hasModel: boolean,
): { readonly usage: TrialUsage; readonly remark: string | null } {
  const steps = isMissing(trajectory) ? [] : trajectory.steps.filter((step) => step.calledModel);
  const ran = hasModel || steps.length > 0;
  const totals = believable((isMissing(trajectory) ? null : trajectory.totals) ?? asTokens(reported), ran);
  const backup = believable(asTokens(reported), ran);
  const messages = messagesOf(steps).map(({ tokens }) => tokens);
  const sums = believable(sumOf(messages), ran);
  const embedded = !isMissing(trajectory) && trajectory.subagents > 0 && covers(trajectory.totals, sums);
  const whole = messages.length > 0 && messages.every((tokens) => tokens !== null) && !embedded;
  const pick = (part: keyof MessageTokens): Known =>
    (whole ? sums?.[part] : null) ?? totals?.[part] ?? backup?.[part] ?? notComputed(whyNone(part, ran));
  const apart = [difference(sums?.input, totals?.input), difference(sums?.output, totals?.output)];
  const known = whole ? apart.filter((value) => value !== null) : [];
  const disagreement = known.length === 0 ? notComputed(embedded ? WITH_SUBAGENTS : NOT_BOTH) : Math.max(...known);
  const usage: TrialUsage = {
    input: pick("input"),
    output: pick("output"),
    cached: pick("cached"),
    costUsd: pick("costUsd"),
    messages: isMissing(trajectory) ? notComputed(trajectory.missing) : messages.length,
    disagreement,
  };
  const worth = (numberOf(disagreement) ?? 0) > WORTH_SAYING && sums !== null && totals !== null;
  return { usage, remark: worth ? remarkOf(sums, totals) : null };
}

const NOT_BOTH = "there are not both messages and totals to compare";
const WITH_SUBAGENTS = "the totals are over the subagents too";

/** Totals that may be over more than these messages. */
function covers(totals: MessageTokens | null, sums: MessageTokens | null): boolean {
  if (totals?.input === null || totals?.input === undefined || totals.output === null) return false;
  return totals.input >= (sums?.input ?? 0) && totals.output >= (sums?.output ?? 0);
}

function remarkOf(sums: MessageTokens, totals: MessageTokens): string {
  const text = ({ input, output }: MessageTokens): string => `${input ?? "?"} tokens in and ${output ?? "?"} out`;
  return `the model's messages add up to ${text(sums)}, the agent's own totals say ${text(totals)}; the messages are counted`;
}

function whyNone(part: keyof MessageTokens, ran: boolean): string {
  if (part === "costUsd") return "no cost was reported";
  return ran ? "the agent reported none, or a 0 that cannot be told from none" : "no tokens were reported";
}

/** One message of the model's, which may be over several steps. */
export interface Message {
  /** The first of its steps. */
  readonly first: StepFact;
  readonly tokens: MessageTokens | null;
}

/** @param steps that called the model */
export function messagesOf(steps: readonly StepFact[]): readonly Message[] {
  const messages: Message[] = [];
  let before: StepFact | null = null;
  for (const step of steps) {
    const last = messages.at(-1);
    if (before === null || last === undefined || !isSameMessage(before, step))
      messages.push({ first: step, tokens: step.tokens });
    else if (last.tokens === null) messages[messages.length - 1] = { ...last, tokens: step.tokens };
    before = step;
  }
  return messages;
}

/** Of some of a trial's messages; null = not all of them tell. */
export function spentOn(messages: readonly Message[]): Pick<MessageTokens, "input" | "output" | "costUsd"> {
  if (messages.length === 0) return { input: 0, output: 0, costUsd: 0 };
  const sum = believable(sumOf(messages.map(({ tokens }) => tokens)), true);
  return { input: sum?.input ?? null, output: sum?.output ?? null, costUsd: sum?.costUsd ?? null };
}

function isSameMessage(before: StepFact, step: StepFact): boolean {
  if (before.messageId !== null || step.messageId !== null) return before.messageId === step.messageId;
  const [a, b] = [before.tokens, step.tokens];
  if (a === null || b === null || (b.input ?? 0) + (b.output ?? 0) === 0) return false;
  return PARTS.every((part) => a[part] === b[part]);
}

/** Null where any message does not tell. */
function sumOf(messages: readonly (MessageTokens | null)[]): MessageTokens | null {
  if (messages.length === 0) return null;
  const sum = (part: keyof MessageTokens): number | null =>
    messages.reduce<number | null>((total, tokens) => {
      const value = tokens?.[part] ?? null;
      return total === null || value === null ? null : total + value;
    }, 0);
  // Messages that were not cached often leave the member out.
  const anyCached = messages.some((tokens) => (tokens?.cached ?? null) !== null);
  const cached = anyCached ? messages.reduce((total, tokens) => total + (tokens?.cached ?? 0), 0) : null;
  return { input: sum("input"), output: sum("output"), cached, costUsd: sum("costUsd") };
}

function asTokens(usage: Usage | null): MessageTokens | null {
  if (usage === null) return null;
  return {
    input: usage.inputTokens,
    output: usage.outputTokens,
    cached: usage.cachedTokens,
    costUsd: usage.costUsd,
  };
}

/** @param ran a model was called, as far as is known: some input and some output there must have been. */
function believable(tokens: MessageTokens | null, ran: boolean): MessageTokens | null {
  if (tokens === null) return null;
  const input = tokens.input === 0 && (ran || (tokens.output ?? 0) > 0) ? null : tokens.input;
  const output = tokens.output === 0 && (ran || (tokens.input ?? 0) > 0) ? null : tokens.output;
  const costless = tokens.costUsd === 0 && input === null && output === null;
  return {
    input,
    output,
    cached: input === null && tokens.cached === 0 ? null : tokens.cached,
    costUsd: costless ? null : tokens.costUsd,
  };
}

function difference(sum: number | null | undefined, total: number | null | undefined): number | null {
  if (sum === null || sum === undefined || total === null || total === undefined) return null;
  return total === 0 ? (sum === 0 ? 0 : 1) : Math.abs(sum - total) / total;
}
