import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { editDistance, nearest } from "../../src/base/nearest.ts";

describe("nearest", () => {
  test.each([
    ["timeout", ["user", "timeout_sec"], "timeout_sec"],
    ["tim", ["user", "timeout_sec"], null],
    ["timout_sec", ["timeout_sec", "user"], "timeout_sec"],
    ["Timeout-Sec", ["timeout_sec", "user"], "timeout_sec"],
    ["memroy_mb", ["memory_mb", "storage_mb"], "memory_mb"],
    ["ab", ["ba", "zz"], "ba"],
    ["cat", ["dog", "bird"], null],
    ["x", ["y"], "y"],
    ["anything", [], null],
    ["a".repeat(101), ["a".repeat(100)], null],
  ])("%s among %j is %j", (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected);
  });
});

describe("editDistance", () => {
  const words = fc.string({ maxLength: 12 });

  test("is 0 for equal words alone, the same both ways, and bounded by the longer word", () => {
    fc.assert(
      fc.property(words, words, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance === 0).toBe(a === b);
        expect(editDistance(b, a)).toBe(distance);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
    );
  });

  test("counts one for a swap of neighbours", () => {
    expect(editDistance("form", "from")).toBe(1);
    expect(editDistance("kitten", "sitting")).toBe(3);
  });
});
