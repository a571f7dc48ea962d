import fc from "fast-check";
import { expect, test } from "vitest";
import { rewardsOfJson, rewardsOfText } from "../../src/verifier/rewards.ts";

function codeOf(reading: ReturnType<typeof rewardsOfJson>): string {
  return "failure" in reading ? reading.failure.code : JSON.stringify(reading.rewards);
}

test.each([
  ['{"reward": 1}', '{"reward":1}'],
  ['{"reward": 0.25, "style": 3}', '{"reward":0.25,"style":3}'],
  ['{"reward": true, "b": false}', '{"reward":1,"b":0}'],
  ['{"__proto__": 1}', '{"__proto__":1}'],
  ["", "reward-empty"],
  ["  \n", "reward-empty"],
  ["{}", "reward-empty"],
  ["null", "reward-missing"],
  ["[1]", "reward-malformed"],
  ["1", "reward-malformed"],
  ['{"reward": "1"}', "reward-malformed"],
  ['{"reward": null}', "reward-malformed"],
  ['{"reward": 1', "reward-malformed"],
  ['{"reward": NaN}', "reward-not-finite"],
  ['{"reward": -Infinity}', "reward-not-finite"],
  ['{"reward": 1e999}', "reward-not-finite"],
])("reward.json %j is %s", (text, expected) => {
  expect(codeOf(rewardsOfJson(text))).toBe(expected);
});

test.each([
  ["1", '{"reward":1}'],
  ["0.5\n", '{"reward":0.5}'],
  [" -2e-1 ", '{"reward":-0.2}'],
  [".5", '{"reward":0.5}'],
  ["", "reward-empty"],
  ["nan", "reward-not-finite"],
  ["-inf", "reward-not-finite"],
  ["Infinity", "reward-not-finite"],
  ["1e400", "reward-not-finite"],
  ["0x10", "reward-malformed"],
  ["1 2", "reward-malformed"],
  ["passed", "reward-malformed"],
])("reward.txt %j is %s", (text, expected) => {
  expect(codeOf(rewardsOfText(text))).toBe(expected);
});

test("whatever the tests wrote, a reading is finite numbers or a failure of the task", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.double().map(String)), (text) => {
      for (const reading of [rewardsOfJson(text), rewardsOfText(text)]) {
        if ("failure" in reading) expect(reading.failure.blame).toBe("task");
        else expect(Object.values(reading.rewards).every(Number.isFinite)).toBe(true);
      }
    }),
  );
});
