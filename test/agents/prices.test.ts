import { describe, expect, test } from "vitest";
import { costOf, type Price, priceOf } from "../../src/agents/prices.ts";

function priced(model: string): Price {
  const price = priceOf(model);
  if (price === null) throw new Error(`no price of ${model}`);
  return price;
}

describe("the price table", () => {
  test.each([
    "claude-sonnet-4-5",
    "claude-sonnet-4-5-20250929",
    "claude-sonnet-4-5[1m]",
    "anthropic/claude-sonnet-4-5",
    "openrouter/anthropic/claude-sonnet-4-5",
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "claude-sonnet-4-5@20250929",
  ])("knows %s by its name alone", (name) => {
    expect(priced(name)).toBe(priced("claude-sonnet-4-5"));
  });

  test.each(["", "my/custom-model", "claude-sonnet-4-55", "claude-sonnet", "gpt-5.1-codex-ultra", "constructor"])(
    "does not guess what %j costs",
    (name) => {
      expect(priceOf(name)).toBeNull();
    },
  );

  test("each part of a call has its own rate", () => {
    const tokens = { input: 1e6, cacheRead: 1e6, cacheWrite: 1e6, cacheWriteHour: 1e6, output: 1e6 };
    expect(costOf(priced("claude-sonnet-4-5"), tokens)).toBeCloseTo(3 + 0.3 + 3.75 + 6 + 15, 9);
    expect(costOf(priced("gpt-5.1-codex"), { ...tokens, cacheWrite: 0, cacheWriteHour: 0 })).toBeCloseTo(11.375, 9);
  });

  test("all of a long call costs more, from one token above the border on", () => {
    const call = (input: number) => ({ input, cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0, output: 1000 });
    const price = priced("gpt-5.4");
    expect(costOf(price, call(272_000))).toBeCloseTo((272_000 * 2.5 + 1000 * 15) / 1e6, 9);
    expect(costOf(price, call(272_001))).toBeCloseTo((272_001 * 5 + 1000 * 22.5) / 1e6, 9);
  });
});
