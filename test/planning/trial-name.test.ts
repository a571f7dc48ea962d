import fc from "fast-check";
import { expect, test } from "vitest";
import { trialName } from "../../src/planning/trial-name.ts";

const id = { task: "sanitize-git-repo", profile: "text", attempt: 1 };

test("a cell keeps its name, and Harbor would accept it", () => {
  const name = trialName("demo", id, new Set());
  expect(name).toMatch(/^sanitize-git-repo__[2-9A-HJ-NP-Za-km-z]{7}$/);
  expect(trialName("demo", id, new Set())).toBe(name);
});

test("another cell, and a name that is taken, get another", () => {
  const taken = new Set<string>();
  const names = [id, { ...id, attempt: 2 }, { ...id, profile: "other" }].map((each) => trialName("demo", each, taken));
  expect(new Set(names).size).toBe(3);
  expect(trialName("demo", id, taken)).not.toBe(names[0]);
});

test("long task ids are cut at 32 characters without a dangling separator", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z][a-z_-]{0,60}$/), (task) => {
      const [prefix = ""] = trialName("demo", { ...id, task }, new Set()).split(/__(?=[^_]{7}$)/);
      expect(prefix.length).toBeLessThanOrEqual(32);
      expect(task.startsWith(prefix)).toBe(true);
      expect(prefix).not.toMatch(/[_-]$/);
    }),
  );
});
