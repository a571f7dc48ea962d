/** What a request says that matters here: which model, how much it may say, how it is to reason. Its body is never changed. */
import { isRecord } from "../base/is-record.ts";

export interface RequestFacts {
  readonly model: string | null;
  readonly stream: boolean;
  /** Most tokens of output that it allows; null = the model's own limit. */
  readonly maxOutput: number | null;
  readonly reasoning: Readonly<Record<string, unknown>> | null;
  readonly bytes: number;
}

/** Fields that decide how a model reasons, of both providers. */
const REASONING = ["thinking", "output_config", "reasoning", "reasoning_effort"] as const;
/** As JSON; a request that hides a book in them is not recorded whole. */
const LONGEST_REASONING = 2000;

export const NO_BODY: RequestFacts = { model: null, stream: false, maxOutput: null, reasoning: null, bytes: 0 };

/** @returns null for what is no JSON object */
export function requestFacts(body: Buffer): RequestFacts | null {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return null;
    throw error;
  }
  if (!isRecord(value)) return null;
  const request = value;
  const limit = ["max_tokens", "max_output_tokens", "max_completion_tokens"]
    .map((key) => request[key])
    .find((found): found is number => typeof found === "number" && found >= 0);
  const told = Object.fromEntries(
    REASONING.flatMap((key) => (request[key] === undefined ? [] : [[key, request[key]]])),
  );
  const small = JSON.stringify(told).length <= LONGEST_REASONING;
  return {
    model: typeof request["model"] === "string" ? request["model"].slice(0, 200) : null,
    stream: request["stream"] === true,
    maxOutput: limit ?? null,
    reasoning: Object.keys(told).length === 0 || !small ? null : told,
    bytes: body.length,
  };
}
