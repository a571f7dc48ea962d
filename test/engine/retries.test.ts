import { expect, test } from "vitest";
import { failure } from "../../src/contract/failure.ts";
import type { Outcome } from "../../src/contract/outcome.ts";
import { retryDelay } from "../../src/engine/retries.ts";

function notScored(code: string): Outcome {
  const cause = failure({ code, blame: "infrastructure", phase: "environment-start", message: "x" });
  return { kind: "not-scored", reason: "infrastructure", failure: cause };
}

test("infrastructure is retried, later and later, with jitter, up to the limit", () => {
  const lost = notScored("environment-lost");
  expect([1, 2, 3, 4].map((tryNumber) => retryDelay(lost, tryNumber, 3, 0))).toEqual([0.5, 1, 2, null]);
  expect(retryDelay(lost, 3, 3, 0.5)).toBe(3);
  expect(retryDelay(lost, 20, 30, 0)).toBe(30);
});

test("nothing else is retried", () => {
  for (const code of ["build-failed", "setup-failed", "reward-missing", "verifier-timeout", "no-such-code"]) {
    expect(retryDelay(notScored(code), 1, 5, 0)).toBeNull();
  }
  expect(
    retryDelay({ kind: "scored", rewards: { reward: 0 }, endedBy: { kind: "agent-exit", code: 1 } }, 1, 5, 0),
  ).toBeNull();
});
