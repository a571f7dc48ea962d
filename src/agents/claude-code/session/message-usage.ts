/**
 * Tokens of a run, each message of the model's counted once, whatever number of lines, files and threads it stands in.
 *
 * Every line of a message carries the same final usage. A line that was written while the message was still coming (no stop
 * reason) has a provisional one: it counts only when no better line follows.
 */
import type { AtifMetrics } from "../../atif/atif.ts";
import { count, nameOf, recordOf } from "../../atif/plain.ts";
import type { StepDraft } from "../../atif/step-draft.ts";
import type { CallTokens } from "../../prices.ts";

/** How far a usage can be relied on. */
export type Certainty =
  /** The event stream's, of a message that has just begun: its output is not known. */
  | "begun"
  /** Recorded without a stop reason: its output is at least this. */
  | "provisional"
  | "final";

const RANK: Readonly<Record<Certainty, number>> = { begun: 0, provisional: 1, final: 2 };

export interface CountedMessage {
  readonly model: string | null;
  /** Where it was seen first. */
  readonly step: StepDraft;
  /** Null when the message carries no usage. */
  readonly tokens: CallTokens | null;
  readonly certainty: Certainty;
}

export interface MessageUsages {
  /** @param recorded by a session file; else by the event stream */
  add(key: string, message: Record<string, unknown>, step: StepDraft, recorded: boolean): void;
  stepOf(key: string): StepDraft | null;
  /** In order of their first line. */
  all(): readonly CountedMessage[];
}

export function messageUsages(): MessageUsages {
  const messages = new Map<string, CountedMessage>();
  return {
    add(key, message, step, recorded) {
      const known = messages.get(key) ?? { model: nameOf(message["model"]), step, tokens: null, certainty: "begun" };
      const tokens = tokensIn(recordOf(message["usage"]));
      const certainty = !recorded ? "begun" : typeof message["stop_reason"] === "string" ? "final" : "provisional";
      const better = tokens !== null && (known.tokens === null || RANK[certainty] >= RANK[known.certainty]);
      messages.set(key, better ? { ...known, tokens, certainty } : known);
    },
    stepOf: (key) => messages.get(key)?.step ?? null,
    all: () => [...messages.values()],
  };
}

function tokensIn(usage: Record<string, unknown>): CallTokens | null {
  const input = count(usage["input_tokens"]);
  const output = count(usage["output_tokens"]);
  if (input === null && output === null) return null;
  const written = count(usage["cache_creation_input_tokens"]) ?? 0;
  const hour = count(recordOf(usage["cache_creation"])["ephemeral_1h_input_tokens"]) ?? 0;
  return {
    input: input ?? 0,
    output: output ?? 0,
    cacheRead: count(usage["cache_read_input_tokens"]) ?? 0,
    cacheWrite: Math.max(0, written - hour),
    cacheWriteHour: Math.min(hour, written),
  };
}

/** All input, cached included. */
export function inputOf(tokens: CallTokens): number {
  return tokens.input + tokens.cacheRead + tokens.cacheWrite + tokens.cacheWriteHour;
}

export function metricsOf({ tokens, certainty }: CountedMessage): AtifMetrics | null {
  if (tokens === null) return null;
  const { cacheWrite, cacheWriteHour } = tokens;
  return {
    prompt_tokens: inputOf(tokens),
    ...(certainty === "begun" ? {} : { completion_tokens: tokens.output }),
    cached_tokens: tokens.cacheRead,
    extra: {
      cache_creation_input_tokens: cacheWrite + cacheWriteHour,
      ...(cacheWriteHour > 0 ? { cache_creation_1h_input_tokens: cacheWriteHour } : {}),
      ...(certainty === "final" ? {} : { certainty }),
    },
  };
}
