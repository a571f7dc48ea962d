/**
 * Whether a call may be made, by what was spent and by what is in flight. Pure and synchronous.
 *
 * Every limit counts what was settled. A call is refused where a limit has been reached. Where only together with what is in
 * flight it would be, it waits: estimates are high, and what they reserve mostly comes back. So the sum never passes a limit by
 * more than what was in flight when it was reached, and the last dollar is not kept from trials by a guess.
 */
import type { BudgetSettings } from "../contract/experiment.ts";
import type { BudgetLevel } from "../contract/model-call.ts";
import type { Amount } from "./pricing.ts";

export interface Spender {
  /** Unique in the batch: all tries of a trial are one spender. */
  readonly trial: string;
  readonly profile: string;
}

export type Decision =
  | { readonly kind: "go" }
  | { readonly kind: "wait" }
  | { readonly kind: "spent"; readonly level: BudgetLevel; readonly id: string };

export interface Reservation {
  readonly spender: Spender;
  readonly amount: Amount;
}

export interface Budget {
  decide(spender: Spender): Decision;
  /** Counts as in flight until it is settled. */
  reserve(spender: Spender, amount: Amount): Reservation;
  /**
   * In place of what was reserved. What is not known is taken as reserved: a limit holds by what may have been spent.
   * @returns the levels that are spent by this, the widest first
   */
  settle(
    reservation: Reservation,
    actual: { readonly usd: number | null; readonly tokens: number | null },
  ): readonly Spent[];
  /** Spent before, by earlier launches of the same batch. */
  add(spender: Spender, amount: Amount): void;
}

export interface Spent {
  readonly level: BudgetLevel;
  readonly id: string;
}

export const NO_LIMITS: BudgetSettings = {
  maxCostUsd: null,
  perTrialUsd: null,
  perProfileUsd: null,
  maxTokens: null,
  perTrialTokens: null,
};

export function limitsCost(limits: BudgetSettings): boolean {
  return limits.maxCostUsd !== null || limits.perTrialUsd !== null || limits.perProfileUsd !== null;
}

interface Account {
  readonly level: BudgetLevel;
  readonly id: string;
  readonly maxUsd: number | null;
  readonly maxTokens: number | null;
  usd: number;
  tokens: number;
  flyingUsd: number;
  flyingTokens: number;
  flying: number;
}

export function createBudget(limits: BudgetSettings): Budget {
  const accounts = new Map<string, Account>();
  const account = (level: BudgetLevel, id: string, maxUsd: number | null, maxTokens: number | null): Account => {
    const key = `${level} ${id}`;
    let found = accounts.get(key);
    if (found === undefined) {
      found = { level, id, maxUsd, maxTokens, usd: 0, tokens: 0, flyingUsd: 0, flyingTokens: 0, flying: 0 };
      accounts.set(key, found);
    }
    return found;
  };
  /** The widest first: a batch that is spent is the reason, not the trial that noticed. */
  const of = ({ trial, profile }: Spender): readonly Account[] => [
    account("batch", "", limits.maxCostUsd, limits.maxTokens),
    account("profile", profile, limits.perProfileUsd, null),
    account("trial", trial, limits.perTrialUsd, limits.perTrialTokens),
  ];
  const add = (spender: Spender, usd: number, tokens: number): void => {
    for (const each of of(spender)) {
      each.usd += usd;
      each.tokens += tokens;
    }
  };

  return {
    decide(spender) {
      const all = of(spender);
      const spent = all.find(isSpent);
      if (spent !== undefined) return { kind: "spent", level: spent.level, id: spent.id };
      return { kind: all.some(isFull) ? "wait" : "go" };
    },
    reserve(spender, amount) {
      for (const each of of(spender)) {
        each.flying += 1;
        each.flyingUsd += amount.usd ?? 0;
        each.flyingTokens += amount.tokens;
      }
      return { spender, amount };
    },
    settle({ spender, amount }, actual) {
      const all = of(spender);
      const before = new Set(all.filter(isSpent));
      for (const each of all) {
        each.flying -= 1;
        // Nothing in flight is exactly nothing, whatever additions have rounded to.
        each.flyingUsd = each.flying === 0 ? 0 : each.flyingUsd - (amount.usd ?? 0);
        each.flyingTokens = each.flying === 0 ? 0 : each.flyingTokens - amount.tokens;
      }
      add(spender, actual.usd ?? amount.usd ?? 0, actual.tokens ?? amount.tokens);
      return all.filter((each) => isSpent(each) && !before.has(each)).map(({ level, id }) => ({ level, id }));
    },
    add: (spender, amount) => add(spender, amount.usd ?? 0, amount.tokens),
  };
}

function isSpent({ usd, tokens, maxUsd, maxTokens }: Account): boolean {
  return (maxUsd !== null && usd >= maxUsd) || (maxTokens !== null && tokens >= maxTokens);
}

function isFull({ usd, tokens, flyingUsd, flyingTokens, flying, maxUsd, maxTokens }: Account): boolean {
  if (flying === 0) return false;
  return (maxUsd !== null && usd + flyingUsd >= maxUsd) || (maxTokens !== null && tokens + flyingTokens >= maxTokens);
}
