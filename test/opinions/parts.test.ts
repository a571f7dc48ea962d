import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blinding } from "../../src/opinions/blinding.ts";
import { csvRows } from "../../src/opinions/labels.ts";
import { stepFold } from "../../src/opinions/material/condense.ts";
import { PROMPTS } from "../../src/opinions/prompts/versions.ts";
import { strangeNumbers } from "../../src/opinions/strange-numbers.ts";
import { csv } from "../../src/analytics/output/csv.ts";
import { agentStep } from "../analytics/jobs.ts";

test("a prompt's text does not change without its version", () => {
  const known = PROMPTS.map(({ name, version, system }) => [
    name,
    version,
    createHash("sha256").update(system).digest("hex").slice(0, 16),
  ]);
  // Changed a text? Raise its version, and then write the new hash here.
  expect(known).toMatchInlineSnapshot(`
    [
      [
        "strategy",
        1,
        "a6b6f65aa5ec9c26",
      ],
      [
        "failure",
        1,
        "9faf918a44dfaa3a",
      ],
      [
        "mcp",
        1,
        "db5618b6701fa7eb",
      ],
      [
        "images",
        1,
        "1e070b90c18a42a9",
      ],
      [
        "narrative",
        1,
        "e071f0f965f58e5f",
      ],
      [
        "synthesis",
        1,
        "e9b775e5f2185824",
      ],
      [
        "paper",
        1,
        "4835ccbea2e3f77f",
      ],
    ]
  `);
});

describe("condensing", () => {
  function condensed(texts: readonly string[], budget: number) {
    const fold = stepFold();
    for (const message of texts) fold.step({ source: "agent", message });
    return fold.fit(budget);
  }

  test("what fits is whole, and nothing is said to be cut", () => {
    const { text, facts } = condensed(["one", "two"], 1000);
    expect(text).toBe("--- step 1, agent\nmessage: one\n--- step 2, agent\nmessage: two");
    expect(facts).toEqual({ steps: 2, shownSteps: 2, characters: 6, shownCharacters: 6, cut: null });
  });

  test("long texts lose their middle before steps go, and it is said where and how much", () => {
    const { text, facts } = condensed([`a${"x".repeat(9998)}z`, "short"], 1500);
    expect(text).toMatch(
      /^--- step 1, agent\nmessage: ax+\n\[… 9000 characters left out …\]\nx+z\n--- step 2, agent\nmessage: short$/,
    );
    expect(facts).toEqual({
      steps: 2,
      shownSteps: 2,
      characters: 10_005,
      shownCharacters: 1005,
      cut: "1005 of 10005 characters are shown",
    });
  });

  test("then steps in the middle go; beginning and end stay", () => {
    const { text, facts } = condensed(
      Array.from({ length: 500 }, (_, at) => `message ${at + 1}`),
      2000,
    );
    expect(text.length).toBeLessThan(2100);
    expect(text).toMatch(/^--- step 1, agent/);
    expect(text).toMatch(/message 500$/);
    const [, from, to] = /\[steps (\d+) to (\d+) left out\]/.exec(text) ?? [];
    expect(facts.shownSteps).toBe(500 - (Number(to) - Number(from) + 1));
    expect(facts.cut).toMatch(`steps ${from} to ${to} of 500 were left out`);
  });

  test("copied steps are left out, calls and results shown, and nothing has to be as expected", () => {
    const fold = stepFold();
    fold.step({ source: "user", message: "old", is_copied_context: true });
    fold.step(agentStep([{ tool: "Bash", args: { command: "ls" }, result: "a\nb" }], { reasoning_content: "hm" }));
    for (const odd of [null, 7, {}, { message: 3, tool_calls: [1, {}], observation: { results: 5 } }]) fold.step(odd);
    expect(fold.fit(1000).text).toBe(
      '--- step 1, agent\nreasoning: hm\ncall Bash: {"command":"ls"}\nresult: a\nb\n--- step 2, unknown\n--- step 3, unknown\ncall unknown: {}',
    );
  });

  test("fits any budget, whatever the steps", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 9000 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 3000, max: 20_000 }),
        (texts, budget) => {
          const { text, facts } = condensed(texts, budget);
          expect(text.length).toBeLessThan(budget + 200);
          expect(facts.shownCharacters).toBeLessThanOrEqual(facts.characters);
          expect(facts.cut === null).toBe(
            facts.shownCharacters === facts.characters && facts.shownSteps === facts.steps,
          );
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("blinding", () => {
  const profiles = ["c", "a", "b"];

  test("the same seed gives the same order, whatever order profiles came in; each is first about as often", () => {
    const first = new Map<string, number>();
    for (let seed = 0; seed < 300; seed++) {
      const { profiles: order } = blinding(profiles, "task", seed);
      expect(order).toEqual(blinding(profiles.toReversed(), "task", seed).profiles);
      first.set(order[0] ?? "", (first.get(order[0] ?? "") ?? 0) + 1);
    }
    for (const profile of profiles) expect(first.get(profile)).toBeGreaterThan(70);
  });

  test("labels come back as profiles, also those of another task", () => {
    const one = blinding(profiles, "one", 1);
    const all = blinding(profiles, "everything", 2);
    const words = profiles.map((profile) => one.labelOf(profile)).join(" beat Runner-2, not runner-9, ");
    expect(one.unblind(one.labelOf("a"))).toBe("a");
    expect(one.unblind(words)).toMatch(/^c beat \w, not runner-9, a beat \w, not runner-9, b$/);
    expect(all.unblind(one.relabel(one.labelOf("b"), all))).toBe("b");
    expect(one.profileOf("runner-12")).toBeNull();
  });
});

test("numbers that were not given are found, in whatever spelling", () => {
  const material = '{"success":"50.0 %","n":1234,"runner":"runner-7"}';
  expect(strangeNumbers("runner-3 solved 50 % of 1,234; 51.5 % and 7 did not.", material)).toEqual(["51.5", "7"]);
});

test("CSV: what was written is read again", () => {
  const cell = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r", " ", "é") });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constant("k"), cell, cell), { minLength: 1 }), (rows) => {
      const written = csv(["x", "y", "z"], rows);
      const [, ...read] = csvRows(written);
      // One way to break a line is enough, and no text begins as a formula would.
      const guarded = (text: string): string =>
        `${/^[=+\-@\t\r\n]/.test(text) ? "'" : ""}${text.replaceAll(/\r\n?/g, "\n")}`;
      expect(read.map(({ cells }) => cells)).toEqual(rows.map((row) => row.map(guarded)));
    }),
  );
  expect(csvRows('\ufeffa,b\n\n1,"x\ny"\n2,z')).toEqual([
    { cells: ["a", "b"], line: 1 },
    { cells: ["1", "x\ny"], line: 3 },
    { cells: ["2", "z"], line: 5 },
  ]);
});
