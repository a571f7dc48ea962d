/** Calls that wait for a budget: asked again, in order, whenever another call is settled. */
import type { BudgetLevel } from "../contract/model-call.ts";
import type { Budget, Reservation, Spender, Spent } from "./budget.ts";
import type { Amount } from "./pricing.ts";

export interface BudgetGate {
  /** @throws the signal's reason */
  pass(spender: Spender, amount: Amount, signal: AbortSignal): Promise<Passed>;
}

export type Passed =
  | { readonly kind: "go"; settle(actual: { readonly usd: number | null; readonly tokens: number | null }): void }
  | { readonly kind: "spent"; readonly level: BudgetLevel; readonly id: string };

export function createBudgetGate(budget: Budget, onSpent: (spent: Spent) => void): BudgetGate {
  const waiting = new Set<() => boolean>();

  /** Null = it has to wait. */
  const tryNow = (spender: Spender, amount: Amount): Passed | null => {
    const decision = budget.decide(spender);
    if (decision.kind === "wait") return null;
    if (decision.kind === "spent") return decision;
    const reservation = budget.reserve(spender, amount);
    return { kind: "go", settle: (actual) => settle(reservation, actual) };
  };

  const settle = (
    reservation: Reservation,
    actual: { readonly usd: number | null; readonly tokens: number | null },
  ): void => {
    const spent = budget.settle(reservation, actual);
    for (const each of spent) onSpent(each);
    // One that goes may leave no room for the next, and one that waits says nothing about a call of another trial.
    for (const retry of waiting) retry();
  };

  return {
    pass: (spender, amount, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error);
        const leave = (): void => {
          waiting.delete(attempt);
          reject(signal.reason as Error);
        };
        const attempt = (): boolean => {
          const passed = tryNow(spender, amount);
          if (passed === null) return false;
          waiting.delete(attempt);
          signal.removeEventListener("abort", leave);
          resolve(passed);
          return true;
        };
        signal.addEventListener("abort", leave, { once: true });
        waiting.add(attempt);
        attempt();
      }),
  };
}
