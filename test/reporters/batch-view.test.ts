import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { failure } from "../../src/contract/failure.ts";
import type { Outcome } from "../../src/contract/outcome.ts";
import { batchView, type BatchViewInput } from "../../src/views/batch-view.ts";
import { BROKEN, record, scored } from "./events.ts";

const id = (task: string, profile: string, attempt = 1) => ({ task, profile, attempt });

function input(
  trials: readonly (readonly [ReturnType<typeof id>, Outcome])[],
  more: Partial<BatchViewInput> = {},
): BatchViewInput {
  return {
    slug: "demo",
    batch: 1,
    dir: "results/demo/1",
    planned: trials.map(([one]) => one),
    trials: trials.map(([one, outcome]) => ({ id: one, record: record(one, outcome), dir: `runs/j/${one.task}` })),
    profiles: ["a", "b"],
    tasks: ["t", "u"],
    ...more,
  };
}

test("a mean is over scored trials whose reward is known, and null where there is none", () => {
  const odd: Outcome = { kind: "scored", rewards: { x: 1, y: 0 }, endedBy: { kind: "agent-timeout" } };
  const view = batchView(
    input([
      [id("t", "a"), scored(1)],
      [id("u", "a"), scored(0.5)],
      [id("t", "a", 2), odd],
      [id("t", "b"), BROKEN],
    ]),
  );
  expect(view.profiles).toMatchObject([
    {
      key: "a",
      trials: 3,
      scored: 3,
      successes: 1,
      meanReward: 0.75,
      rewardsKnown: 2,
      endedBy: { done: 2, "agent-timeout": 1 },
    },
    { key: "b", trials: 1, scored: 0, meanReward: null, meanAgentSec: null, notScored: { infrastructure: 1 } },
  ]);
  expect(view.profiles[0]?.meanAgentSec).toBe(12);
  expect(view.unscored.map(({ id: one }) => one)).toEqual([id("t", "b")]);
});

describe("exit code", () => {
  test.each<[string, BatchViewInput, number]>([
    ["every planned trial scored", input([[id("t", "a"), scored(0)]]), 0],
    [
      "one not scored",
      input([
        [id("t", "a"), scored(1)],
        [id("u", "a"), BROKEN],
      ]),
      1,
    ],
    ["one never started", input([[id("t", "a"), scored(1)]], { planned: [id("t", "a"), id("u", "a")] }), 1],
    [
      "one not scored that this plan does not ask for",
      input(
        [
          [id("t", "a"), scored(1)],
          [id("u", "a"), BROKEN],
        ],
        { planned: [id("t", "a")] },
      ),
      0,
    ],
    ["nothing planned", input([]), 0],
  ])("%s", (_name, given, code) => {
    expect(batchView(given).exitCode).toBe(code);
  });
});

test("a refused trial is not started, with the reason; a running one is running", () => {
  const refused = failure({ code: "task-unsupported", blame: "task", phase: null, message: "needs GPUs" });
  const view = batchView(input([], { planned: [{ ...id("t", "a"), refused }, id("t", "b")], running: [id("t", "b")] }));
  expect(view.tasks[0]?.cells.flat()).toMatchObject([
    { state: "not-started", failure: { message: "needs GPUs" }, reward: null },
    { state: "running", failure: null },
  ]);
});

test("usage is summed where it is known", () => {
  const [a, b] = [id("t", "a"), id("u", "a")];
  const usage = { inputTokens: 10, cachedTokens: null, outputTokens: null, costUsd: 0.5 };
  const view = batchView({
    ...input([]),
    planned: [a, b],
    trials: [
      { id: a, record: record(a, scored(1), { usage }), dir: null },
      { id: b, record: record(b, scored(1)), dir: null },
    ],
  });
  expect(view.totals).toMatchObject({
    inputTokens: { sum: 10, known: 1 },
    outputTokens: { sum: null, known: 0 },
    costUsd: { sum: 0.5, known: 1 },
  });
});

test("every trial is in exactly one count and one cell", () => {
  const outcomes: Outcome[] = [
    scored(1),
    scored(0),
    BROKEN,
    { ...BROKEN, reason: "verifier-failed" } as Outcome,
    { kind: "cancelled", failure: failure({ code: "x", blame: "user", phase: null, message: "stopped" }) },
  ];
  const trial = fc.record({
    at: fc.tuple(fc.constantFrom("t", "u", "v"), fc.constantFrom("a", "b", "c"), fc.integer({ min: 1, max: 3 })),
    outcome: fc.option(fc.constantFrom(...outcomes)),
    planned: fc.boolean(),
  });
  const all = fc.uniqueArray(trial, { selector: ({ at }) => at.join("/") });
  fc.assert(
    fc.property(all, (trials) => {
      const shown = trials.filter(({ outcome, planned }) => planned || outcome !== null);
      const view = batchView({
        ...input(trials.flatMap(({ at, outcome }) => (outcome === null ? [] : [[id(...at), outcome] as const]))),
        planned: trials.filter(({ planned }) => planned).map(({ at }) => id(...at)),
      });
      const { totals } = view;
      const counts = [
        totals.scored,
        ...Object.values(totals.notScored),
        totals.cancelled,
        totals.notStarted,
        totals.running,
      ];
      expect(counts.reduce((sum, each) => sum + each, 0)).toBe(shown.length);
      expect(view.profiles.reduce((sum, profile) => sum + profile.trials, 0)).toBe(shown.length);
      expect(view.tasks.flatMap(({ cells }) => cells.flat()).length).toBe(shown.length);
      expect(view.unscored.length).toBe(shown.length - totals.scored);
    }),
  );
});
