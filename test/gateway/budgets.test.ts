import fc from "fast-check";
import { expect, test } from "vitest";
import type { BudgetSettings } from "../../src/contract/experiment.ts";
import { createBudget, NO_LIMITS } from "../../src/gateway/budget.ts";
import { ask, makeBed, say } from "./bed.ts";
import { scriptedProvider } from "./scripted-provider.ts";

/** Of one scripted answer by the bed's prices. */
const CALL_USD = (1000 + 100 * 10) / 1e6;
const TURN = { input: 1000, output: 100 };

function limits(more: Partial<BudgetSettings>): BudgetSettings {
  return { ...NO_LIMITS, ...more };
}

test("eight trials racing for the last dollar: over by no more than what was in flight", async () => {
  const provider = await scriptedProvider(() => TURN);
  const budget = 20.5 * CALL_USD;
  const bed = await makeBed({ limits: limits({ maxCostUsd: budget }) });
  const passes = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((at) => bed.admit(provider.url, { trial: `t${at}` })));
  const race = async (token: string): Promise<number> => {
    for (let calls = 0; ; calls++) {
      const said = await ask(bed, token);
      if (said.status === 200) continue;
      expect(said.status).toBe(400);
      expect(said.text).toContain("credit balance is too low");
      return calls;
    }
  };
  await Promise.all(passes.map(({ token }) => race(token)));
  const spends = await Promise.all(passes.map((pass) => pass.close()));
  const total = spends.reduce((sum, { costUsd }) => sum + (costUsd ?? Number.NaN), 0);
  expect(total).toBeGreaterThanOrEqual(budget);
  expect(total).toBeLessThan(budget + 8 * CALL_USD);
  expect(bed.spent).toEqual([{ level: "batch", id: "" }]);
  expect(passes.map(({ budgetHit }) => budgetHit?.level)).toEqual(passes.map(() => "batch"));
});

test("each level has its own limit, and its own victims", async () => {
  const provider = await scriptedProvider(() => TURN);
  const cases = [
    { set: { perTrialUsd: 2.5 * CALL_USD }, level: "trial", a1: 3, a2: 3, b: 3 },
    { set: { perProfileUsd: 3.5 * CALL_USD }, level: "profile", a1: 4, a2: 0, b: 4 },
    { set: { perTrialTokens: 2000 }, level: "trial", a1: 2, a2: 2, b: 2 },
    { set: { maxTokens: 5000 }, level: "batch", a1: 5, a2: 0, b: 0 },
  ] as const;
  for (const { set, level, a1, a2, b } of cases) {
    const bed = await makeBed({ limits: limits(set) });
    const passes = [
      await bed.admit(provider.url, { trial: "a1", profile: "a" }),
      await bed.admit(provider.url, { trial: "a2", profile: "a" }),
      await bed.admit(provider.url, { trial: "b1", profile: "b", provider: "openai" }),
    ];
    const counts: number[] = [];
    for (const pass of passes) {
      let calls = 0;
      for (;;) {
        const said =
          pass.provider === "anthropic"
            ? await ask(bed, pass.token)
            : await say(bed.url, "/v1/responses", pass.token, { model: "model-a", stream: true });
        if (said.status === 200) calls += 1;
        else {
          expect([said.status, JSON.parse(said.text)]).toMatchObject(
            pass.provider === "anthropic"
              ? [400, { error: { type: "invalid_request_error" } }]
              : [429, { error: { code: "insufficient_quota" } }],
          );
          break;
        }
      }
      expect(pass.budgetHit?.level).toBe(level);
      counts.push(calls);
    }
    expect(counts).toEqual([a1, a2, b]);
  }
});

test("where a budget is in dollars, a model without a price is not asked", async () => {
  const provider = await scriptedProvider(() => TURN);
  const bed = await makeBed({ limits: limits({ maxCostUsd: 1 }) });
  const pass = await bed.admit(provider.url);
  const said = await ask(bed, pass.token, { model: "unheard-of" });
  expect(said.status).toBe(400);
  expect(said.text).toContain("The price of unheard-of is not known");
  expect(provider.asked).toHaveLength(0);
  const unlimited = await makeBed();
  const free = await unlimited.admit(provider.url);
  expect((await ask(unlimited, free.token, { model: "unheard-of" })).status).toBe(200);
  expect(await free.close()).toMatchObject({ calls: 1, inputTokens: 1000, costUsd: null });
});

test("whatever is asked and settled in whatever order: never over by more than what was in flight", () => {
  const event = fc.record({
    trial: fc.integer({ min: 0, max: 3 }),
    estimated: fc.double({ min: 0, max: 3, noNaN: true }),
    actual: fc.option(fc.double({ min: 0, max: 3, noNaN: true })),
    /** Settles this one of those in flight instead, where there are any. */
    settles: fc.option(fc.nat(20)),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 200 }), fc.double({ min: 0.1, max: 10, noNaN: true }), (events, max) => {
      const budget = createBudget(limits({ maxCostUsd: max, perTrialUsd: max / 2, perProfileUsd: max * 0.8 }));
      const flying: {
        reservation: ReturnType<typeof budget.reserve>;
        actual: number;
        known: boolean;
        trial: string;
      }[] = [];
      const taken = new Map<string, number>();
      let total = 0;
      const settle = (at: number): void => {
        const [one] = flying.splice(at % flying.length, 1);
        if (one === undefined) return;
        budget.settle(one.reservation, { usd: one.known ? one.actual : null, tokens: 0 });
        total += one.actual;
        taken.set(one.trial, (taken.get(one.trial) ?? 0) + one.actual);
      };
      for (const { trial: number, estimated, actual, settles } of events) {
        if (settles !== null && flying.length > 0) {
          settle(settles);
          continue;
        }
        const trial = `t${number}`;
        const spender = { trial, profile: `p${number % 2}` };
        const decision = budget.decide(spender);
        // Reached by what is known to be spent: no call goes. Not reached, nothing in flight: one does.
        if (total >= max || (taken.get(trial) ?? 0) >= max / 2) expect(decision.kind).toBe("spent");
        if (decision.kind !== "go") {
          if (flying.length === 0) expect(decision.kind).toBe("spent");
          continue;
        }
        expect(total).toBeLessThan(max);
        const cost = actual ?? estimated;
        flying.push({
          reservation: budget.reserve(spender, { usd: estimated, tokens: 0 }),
          actual: cost,
          known: actual !== null,
          trial,
        });
        // Nothing is over a limit by more than all that flies.
        const inFlight = flying.reduce((sum, one) => sum + one.actual, 0);
        expect(total + inFlight).toBeLessThan(max + inFlight + 1e-9);
      }
      while (flying.length > 0) settle(0);
    }),
  );
});
