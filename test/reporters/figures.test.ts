import { expect, test } from "vitest";
import { clock, count, dollars, duration, reward } from "../../src/terminal/figures.ts";

test.each([
  [0, "0:00"],
  [59.9, "0:59"],
  [725, "12:05"],
  [3725, "1:02:05"],
  [-1, "0:00"],
])("clock(%d) is %s", (seconds, text) => {
  expect(clock(seconds)).toBe(text);
});

test.each([
  [null, "—"],
  [0, "0.0s"],
  [9.94, "9.9s"],
  [9.96, "10s"],
  [59.6, "1m"],
  [185, "3m05s"],
  [3600, "1h"],
  [7620, "2h07m"],
])("duration(%s) is %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test("unknown is a dash, and nothing is rounded to look like 0 or to be exact", () => {
  expect([reward(null), count(null), dollars(null)]).toEqual(["—", "—", "—"]);
  expect([reward(1), reward(0), reward(1 / 3)]).toEqual(["1", "0", "0.333"]);
  expect([reward(0.9999), reward(0.0001)]).toEqual(["<1", ">0"]);
  expect([count(999), count(12_345), count(999_960), count(1_234_567)]).toEqual(["999", "12.3k", "1.0M", "1.2M"]);
  expect([dollars(0), dollars(0.001), dollars(1.5)]).toEqual(["$0.00", "<$0.01", "$1.50"]);
});
