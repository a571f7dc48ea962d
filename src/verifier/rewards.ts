/**
 * What the tests left in `/logs/verifier` to rewards: `reward.json` beats `reward.txt`, as in Harbor.
 *
 * Stricter than Harbor in one point: a reward that is no finite number is no reward.
 */
import { join } from "node:path";
import { failure, type Failure } from "../contract/failure.ts";
import type { Rewards } from "../contract/outcome.ts";
import { readUntrustedText, type UntrustedText } from "../host/untrusted-json.ts";

const MAX_BYTES = 1 << 20;
const MAX_KEYS = 1000;
/** Characters of what is found that a message repeats. */
const SHOWN = 60;
/** Python's float() without underscores, names of infinities, or NaN. */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

export type RewardReading = { readonly rewards: Rewards } | { readonly failure: Failure };

export async function readRewards(verifierDir: string): Promise<RewardReading> {
  const json = await readUntrustedText(join(verifierDir, "reward.json"), MAX_BYTES);
  if (json.kind !== "missing") return fromFile("reward.json", json, rewardsOfJson);
  const text = await readUntrustedText(join(verifierDir, "reward.txt"), MAX_BYTES);
  if (text.kind !== "missing") return fromFile("reward.txt", text, rewardsOfText);
  return no("reward-missing", "the tests wrote neither reward.json nor reward.txt to /logs/verifier", []);
}

function fromFile(
  name: string,
  file: Exclude<UntrustedText, { kind: "missing" }>,
  parse: (text: string) => RewardReading,
): RewardReading {
  if (file.kind === "bad") return no("reward-malformed", `${name} ${file.why}`, [`verifier/${name}`]);
  return parse(file.text);
}

/** `{ "<key>": number, … }`; true and false count as 1 and 0, as they do in Harbor. */
export function rewardsOfJson(text: string): RewardReading {
  const evidence = ["verifier/reward.json"];
  if (text.trim() === "") return no("reward-empty", "reward.json is empty", evidence);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // Python writes NaN and Infinity, which are not JSON: say so instead of quoting a parser.
    const notFinite = /(?<![\w"])(NaN|-?Infinity)(?![\w"])/.exec(text);
    if (notFinite !== null)
      return no("reward-not-finite", `reward.json holds ${notFinite[1]}, which is no number`, evidence);
    return no("reward-malformed", `reward.json is not valid JSON: ${(error as Error).message}`, evidence);
  }
  if (value === null) return no("reward-missing", "reward.json is null", evidence);
  if (typeof value !== "object" || Array.isArray(value)) {
    return no("reward-malformed", `reward.json must be an object of numbers, found ${kindOf(value)}`, evidence);
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return no("reward-empty", "reward.json is an object without rewards", evidence);
  if (entries.length > MAX_KEYS) return no("reward-malformed", `reward.json has more than ${MAX_KEYS} keys`, evidence);
  const rewards = new Map<string, number>();
  for (const [key, item] of entries) {
    const number = typeof item === "boolean" ? Number(item) : item;
    const where = `reward.json: ${shownWhole(key)}`;
    if (typeof number !== "number")
      return no("reward-malformed", `${where} must be a number, found ${kindOf(item)}`, evidence);
    if (!Number.isFinite(number)) return no("reward-not-finite", `${where} is not finite`, evidence);
    rewards.set(key, number);
  }
  // fromEntries defines own properties, so a key named __proto__ stays data.
  return { rewards: Object.fromEntries(rewards) };
}

export function rewardsOfText(text: string): RewardReading {
  const evidence = ["verifier/reward.txt"];
  const trimmed = text.trim();
  if (trimmed === "") return no("reward-empty", "reward.txt is empty", evidence);
  const shown = shownWhole(trimmed);
  if (/^[+-]?(nan|inf|infinity)$/i.test(trimmed)) {
    return no("reward-not-finite", `reward.txt holds ${shown}, which is no number`, evidence);
  }
  const number = DECIMAL.test(trimmed) ? Number(trimmed) : Number.NaN;
  if (Number.isNaN(number)) return no("reward-malformed", `reward.txt must hold one number, found ${shown}`, evidence);
  if (!Number.isFinite(number))
    return no("reward-not-finite", `reward.txt holds ${shown}, which is not finite`, evidence);
  return { rewards: { reward: number } };
}

/** Never a part of it: of a secret that is cut nobody could tell any more that it is one. */
function shownWhole(text: string): string {
  return text.length <= SHOWN ? JSON.stringify(text) : `a text of ${text.length} characters`;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}

function no(code: string, message: string, evidence: readonly string[]): RewardReading {
  return {
    failure: failure({
      code,
      blame: "task",
      phase: "verification",
      message,
      evidence: [...evidence, "verifier/test-stdout.txt"],
    }),
  };
}
