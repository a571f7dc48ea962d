import fc from "fast-check";
import { expect, test } from "vitest";
import { trialOrder } from "../../src/planning/order.ts";

test("attempt by attempt, task by task, profiles side by side and rotated", () => {
  const order = trialOrder(["t1", "t2"], ["a", "b", "c"], 2);
  expect(order.map(({ task, profile, attempt }) => `${attempt}${task}${profile}`).join(" ")).toBe(
    "1t1a 1t1b 1t1c 1t2b 1t2c 1t2a 2t1b 2t1c 2t1a 2t2c 2t2a 2t2b",
  );
});

test("cut anywhere, no profile is more than one task ahead of another", () => {
  const names = (prefix: string, max: number) =>
    fc.integer({ min: 1, max }).map((count) => Array.from({ length: count }, (_, at) => `${prefix}${at}`));
  fc.assert(
    fc.property(
      names("t", 7),
      names("p", 5),
      fc.integer({ min: 1, max: 4 }),
      fc.nat(),
      (tasks, profiles, attempts, cut) => {
        const order = trialOrder(tasks, profiles, attempts);
        expect(new Set(order.map((id) => JSON.stringify(id))).size).toBe(tasks.length * profiles.length * attempts);
        const started = order.slice(0, cut % (order.length + 1));
        const counts = profiles.map((profile) => started.filter((id) => id.profile === profile).length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      },
    ),
  );
});

test("over as many attempts as profiles, every profile goes first equally often for every task", () => {
  const profiles = ["a", "b", "c"];
  const order = trialOrder(["t1", "t2", "t3", "t4"], profiles, 3);
  for (const task of ["t1", "t2", "t3", "t4"]) {
    const first = [1, 2, 3].map((attempt) => order.find((id) => id.task === task && id.attempt === attempt)?.profile);
    expect(new Set(first)).toEqual(new Set(profiles));
  }
});
