/** How often the gate is wrong, over many simulated pull requests: docs/gate.md says what these bounds are. */
import { expect, test } from "vitest";
import type { Observation } from "../../src/analytics/analysis.ts";
import { compare } from "../../src/analytics/comparison/comparison.ts";
import { gateDecision, type GateWord } from "../../src/analytics/gate/decision.ts";
import { drawn, type Rewards } from "./batches.ts";

const PULL_REQUESTS = 150;

/** Shares of verdicts on changes that really lose `loss`. */
function rates(tasks: number, attempts: number, loss: number, margin: number): Readonly<Record<GateWord, number>> {
  const rule = { alpha: 0.05, margin };
  const counts = { "not-worse": 0, worse: 0, inconclusive: 0 };
  for (let seed = 1; seed <= PULL_REQUESTS; seed++) {
    const observations = [
      ...seen("A", drawn(tasks, attempts, 2 * seed)),
      ...seen("B", drawn(tasks, attempts, 2 * seed + 1, -loss)),
    ];
    const comparison = compare(["A", "B"], observations, { ...rule, control: null, only: [["A", "B"]], seed: 1 });
    counts[gateDecision(comparison, observations, rule, { unplaced: 0, changed: [] }).word] += 1;
  }
  return {
    "not-worse": counts["not-worse"] / PULL_REQUESTS,
    worse: counts.worse / PULL_REQUESTS,
    inconclusive: counts.inconclusive / PULL_REQUESTS,
  };
}

function seen(profile: string, rewards: Rewards): Observation[] {
  return Object.entries(rewards).flatMap(([task, attempts]) =>
    attempts.map((reward, at) => ({
      profile,
      task,
      attempt: at + 1,
      reward,
      success: reward === 1,
      costUsd: null,
      tokens: null,
      seconds: null,
      notScored: null,
      assigned: null,
    })),
  );
}

// 99.9 % bounds of a binomial with 150 draws: 5 % → 12 %, 2.5 % → 8 %.
test("a loss as large as the margin passes no more often than alpha; no loss is hardly ever called worse", () => {
  for (const [tasks, attempts] of [
    [20, 2],
    [60, 2],
  ] as const) {
    expect(rates(tasks, attempts, 0.15, 0.15)["not-worse"]).toBeLessThan(0.12);
    expect(rates(tasks, attempts, 0, 0.15).worse).toBeLessThan(0.08);
  }
});

test("enough data: a loss of 15 points is found, none passes; too little: neither", () => {
  const large = rates(120, 3, 0.15, 0.1);
  expect(large.worse).toBeGreaterThan(0.8);
  expect(large["not-worse"]).toBeLessThan(0.01);
  expect(rates(120, 3, 0, 0.1)["not-worse"]).toBeGreaterThan(0.75);
  expect(rates(5, 3, 0.15, 0.1).inconclusive).toBe(1);
});
