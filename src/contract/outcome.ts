/**
 * How a trial ended: a closed set that table, index, status, exit code and analysis all use.
 *
 * Every scored trial enters every rate, however its agent ended. A trial that was not scored
 * is never a 0 and never in a rate: it is shown, counted and bounded.
 */
import type { Failure } from "./failure.ts";

/** Why the agent phase of a scored trial was over. */
export type EndedBy =
  | { readonly kind: "done" }
  | { readonly kind: "agent-timeout" }
  | { readonly kind: "agent-exit"; readonly code: number }
  | { readonly kind: "budget" }
  | { readonly kind: "max-turns" };

export type Rewards = Readonly<Record<string, number>>;

export type NotScoredReason = "infrastructure" | "not-treated" | "verifier-failed";

export type Outcome =
  | { readonly kind: "scored"; readonly rewards: Rewards; readonly endedBy: EndedBy }
  | { readonly kind: "not-scored"; readonly reason: NotScoredReason; readonly failure: Failure }
  | { readonly kind: "cancelled"; readonly failure: Failure }
  | { readonly kind: "not-started"; readonly failure: Failure };

/** One short word or phrase for a table cell or a log line, such as `scored` or `infrastructure`. */
export function outcomeWord(outcome: Outcome): string {
  return outcome.kind === "not-scored" ? outcome.reason : outcome.kind;
}

/** `done`, `agent-timeout`, `agent-exit(3)`, … */
export function endedByWord(endedBy: EndedBy): string {
  return endedBy.kind === "agent-exit" ? `agent-exit(${endedBy.code})` : endedBy.kind;
}

/** A finished trial is never run again; a cancelled or never started one may be. */
export function isFinished(outcome: Outcome): boolean {
  return outcome.kind === "scored" || outcome.kind === "not-scored";
}

/**
 * The reward of a trial: `rewards[rewardKey]`, else its single other key, else unknown.
 *
 * @returns the number, or `{ unknown }` with the reason in words.
 */
export function rewardOf(
  rewards: Rewards,
  rewardKey: string,
): { readonly reward: number } | { readonly unknown: string } {
  const named = rewards[rewardKey];
  if (named !== undefined) return { reward: named };
  const keys = Object.keys(rewards);
  const [only] = keys;
  if (keys.length === 1 && only !== undefined) return { reward: rewards[only] as number };
  return {
    unknown:
      keys.length === 0
        ? "the verifier gave no rewards"
        : `no reward key "${rewardKey}" among ${keys.map((key) => `"${key}"`).join(", ")}`,
  };
}
