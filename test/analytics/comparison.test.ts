/** Comparisons of profiles: what they say, what they must not depend on, and how often they raise a false alarm. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Observation } from "../../src/analytics/analysis.ts";
import { answerLines } from "../../src/analytics/comparison/answer.ts";
import { compare, type ComparisonOptions } from "../../src/analytics/comparison/comparison.ts";
import { pairFigures } from "../../src/analytics/comparison/pair.ts";
import { trialsOf } from "../../src/analytics/comparison/profile-figures.ts";
import { verdictOf } from "../../src/analytics/comparison/verdict.ts";
import { comparisonReport } from "../../src/analytics/output/comparison-report.ts";
import { comparisonsJson } from "../../src/analytics/output/comparisons-json.ts";
import { isComputed } from "../../src/statistics/computed.ts";
import { seededRandom } from "../../src/statistics/random.ts";

const OPTIONS: ComparisonOptions = { alpha: 0.05, margin: 0.05, control: null, only: null, seed: 1 };

function seen(
  profile: string,
  task: string,
  attempt: number,
  reward: number | null,
  more: Partial<Observation> = {},
): Observation {
  const success = reward === null ? null : reward >= 1;
  const why = reward === null ? "infrastructure(oom-kill)" : null;
  return {
    profile,
    task,
    attempt,
    reward,
    success,
    costUsd: 0.1,
    tokens: 1000,
    seconds: 10,
    notScored: why,
    assigned: null,
    ...more,
  };
}

/** One attempt at each task: `a` and `b` say who solved it. */
function solvedBy(a: readonly number[], b: readonly number[]): Observation[] {
  return [
    ...a.map((reward, at) => seen("a", `t${at}`, 1, reward)),
    ...b.map((reward, at) => seen("b", `t${at}`, 1, reward)),
  ];
}

const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);
const ones = (count: number): number[] => Array.from({ length: count }, () => 1);

describe("the verdict", () => {
  const verdict = (observations: readonly Observation[], options = OPTIONS) =>
    compare(["a", "b"], observations, options).pairs[0];

  test("a sweep of seven tasks is better, of five it is not; the other way round it is told from the other side", () => {
    expect(verdict(solvedBy(zeros(7), ones(7)))).toMatchObject({ pHolm: 0.015625, verdict: { word: "better" } });
    expect(verdict(solvedBy(ones(7), zeros(7)))).toMatchObject({ a: "b", b: "a", verdict: { word: "better" } });
    // Who chose what is held against what has it so.
    for (const chosen of [{ control: "a" }, { only: [["a", "b"]] }] as const)
      expect(verdict(solvedBy(ones(7), zeros(7)), { ...OPTIONS, ...chosen })).toMatchObject({
        a: "a",
        b: "b",
        verdict: { word: "worse" },
      });
    expect(verdict(solvedBy(zeros(5), ones(5)))).toMatchObject({ pHolm: 0.0625, verdict: { word: "inconclusive" } });
  });

  test("three profiles on seven tasks: only 7-0 can be significant", () => {
    const third = Array.from({ length: 7 }, (_, at) => seen("c", `t${at}`, 1, at === 0 ? 1 : 0));
    const { pairs } = compare(["a", "b", "c"], [...solvedBy(zeros(7), ones(7)), ...third], OPTIONS);
    expect(pairs.map(({ a, b, verdict: { word } }) => `${a} ${b} ${word}`)).toEqual([
      "a b better",
      "a c inconclusive",
      "c b inconclusive",
    ]);
  });

  test("alike within the margin is equivalent; open says what it would take", () => {
    const many = Array.from({ length: 200 }, (_, at) => [0.5 + (at % 2) * 0.02, 0.5 + ((at + 1) % 2) * 0.02] as const);
    expect(
      verdict(
        solvedBy(
          many.map(([a]) => a),
          many.map(([, b]) => b),
        ),
      ),
    ).toMatchObject({ verdict: { word: "equivalent" } });
    const open = verdict(solvedBy([1, 0, 1, 0, 0, 0, 1, 0], [1, 1, 1, 0, 1, 0, 0, 1]));
    expect(open?.verdict.word).toBe("inconclusive");
    expect(open?.verdict.more?.tasks).toBeGreaterThan(5);
    expect(open?.verdict.more?.costUsd).toBeCloseTo(0.2 * (open?.verdict.more?.tasks ?? 0), 10);
  });

  test("against a control the family is smaller; a pair alone is a family of one", () => {
    const three = [...solvedBy(zeros(6), ones(6)), ...Array.from({ length: 6 }, (_, at) => seen("c", `t${at}`, 1, 0))];
    const control = compare(["a", "b", "c"], three, { ...OPTIONS, control: "a" });
    expect(control.pairs.map(({ a, b }) => `${a} ${b}`)).toEqual(["a b", "a c"]);
    expect(compare(["a", "b", "c"], three, { ...OPTIONS, only: [["a", "b"]] }).pairs[0]).toMatchObject({
      pHolm: 0.03125,
      verdict: { word: "better" },
    });
  });

  test("what was not scored is in no rate, and bounds the difference", () => {
    const observations = [...solvedBy([0, 0, 1], [1, 1, 1]), seen("b", "t3", 1, null), seen("a", "t3", 1, 0)];
    const { pairs, profiles } = compare(["a", "b"], observations, OPTIONS);
    expect(pairs[0]?.tasks).toBe(3);
    expect(pairs[0]?.bounds).toEqual({ low: 0.5, high: 0.75 });
    expect(profiles[1]).toMatchObject({ trials: 4, scored: 3, notScored: { "infrastructure(oom-kill)": 1 } });
  });
});

test("pass@k and cost per solved task, unknown where something of it is", () => {
  const observations = [1, 0, 1]
    .map((reward, at) => seen("a", "t", at + 1, reward))
    .concat(seen("b", "t", 1, 0, { costUsd: null }));
  const [a, b] = compare(["a", "b"], observations, OPTIONS).profiles;
  expect(a?.passes.map(({ passAtK }) => passAtK)).toEqual([expect.closeTo(2 / 3, 12), 1, 1]);
  expect(a?.costPerSolved.value).toBeCloseTo(0.15, 12);
  expect(b?.costPerSolved.value).toEqual({ notComputed: "the cost of 1 of 1 trial is not known" });
});

test("an interval in the report has as many digits as what it is of", () => {
  const observations = Array.from({ length: 9 }, (_, at) => [
    seen("a", `t${at}`, 1, at % 3 === 0 ? 1 : 0.25, { costUsd: 0.004 + at / 2000 }),
    seen("b", `t${at}`, 1, at % 2),
  ]).flat();
  const report = comparisonReport(compare(["a", "b"], observations, OPTIONS), [], "x", []);
  expect(report).toMatch(/^\| a \|.*\| 0\.500 \| 0\.\d{3} to 0\.\d{3} \|.*\| 0\.0180 \| 0\.0\d{3} to 0\.\d{4} \|$/m);
});

test("what else differs says in every row whose median is whose, B first as in the difference", () => {
  const explored = { a: "beta", b: "alpha", metric: "steps", unit: "count", tasks: 7, medianA: 30, medianB: 12 };
  const rows = [{ ...explored, difference: -17, p: 0.0156, adjusted: 0.0312 }];
  const report = comparisonReport(compare(["a", "b"], solvedBy([1], [0]), OPTIONS), rows, "x", []);
  expect(report).toContain("| metric | B | median of B | A | median of A | median of B − A | tasks |");
  expect(report).toContain("| steps (count) | alpha | 12 | beta | 30 | -17 | 7 |");
});

test("rewards that are alike at every task tell no interval of their mean, and the report says why", () => {
  const because = "the mean is the same at every task";
  const tenths = Array.from({ length: 21 }, (_, at) => seen("b", `t${at}`, 1, 0.1));
  const comparison = compare(["a", "b"], [...solvedBy(ones(21), []), ...tenths], OPTIONS);
  for (const { reward } of comparison.profiles) expect(reward.interval).toEqual({ notComputed: because });
  expect(comparisonReport(comparison, [], "x", [])).toContain(`| 1.000 | no interval: ${because} |`);
});

const anyObservation = fc.record({
  profile: fc.constantFrom("a", "b", "c"),
  task: fc.constantFrom("t1", "t2", "t3", "t4", "t5", "t6"),
  attempt: fc.integer({ min: 1, max: 3 }),
  reward: fc.option(fc.constantFrom(0, 0.25, 1)),
  costUsd: fc.option(fc.constantFrom(0, 0.1, 3)),
  tokens: fc.option(fc.constantFrom(0, 10, 5000)),
  seconds: fc.option(fc.constantFrom(0, 1, 900)),
});

type Raw = typeof anyObservation extends fc.Arbitrary<infer T> ? T : never;

function cellOf({ profile, task, attempt }: Raw): string {
  return `${profile}${task}${attempt}`;
}

function whole(each: Raw): Observation {
  return {
    ...each,
    success: each.reward === null ? null : each.reward >= 1,
    notScored: each.reward === null ? "infrastructure(x)" : null,
    assigned: null,
  };
}

function of(task: Raw["task"], attempt: number, reward: 0 | null): Raw {
  return { profile: "a", task, attempt, reward, costUsd: null, tokens: null, seconds: null };
}

/** A third and two wholes: their sum depends on its order in the last digit. */
const UNEVEN = [of("t3", 3, null), of("t3", 2, 0), of("t3", 1, 0), of("t1", 1, null), of("t5", 1, null)];

test("neither the order of trials nor trials given twice change a digit, and nothing is ever NaN", () => {
  fc.assert(
    fc.property(fc.uniqueArray(anyObservation, { selector: cellOf, maxLength: 40 }), fc.nat(), (raw, shift) => {
      const observations = raw.map(whole);
      const profiles = ["a", "b", "c"].filter((key) => observations.some(({ profile }) => profile === key));
      const once = compare(profiles, observations, OPTIONS);
      const turned =
        observations.length === 0
          ? []
          : [...observations.slice(shift % observations.length), ...observations.slice(0, shift % observations.length)];
      expect({ ...compare(profiles, [...turned.toReversed(), ...observations], OPTIONS), duplicates: 0 }).toEqual(once);
      const text = JSON.stringify(comparisonsJson(once, [])) + comparisonReport(once, [], "x", []);
      expect(text).not.toMatch(/NaN|Infinity|undefined/);
      // JSON has no NaN: it would be a null where a number belongs.
      for (const { pairs } of [once])
        for (const { difference } of pairs) if (isComputed(difference)) expect(difference.mean).not.toBeNaN();
    }),
    { numRuns: 60, examples: [[UNEVEN, 0]] },
  );
});

test("without a control the better one is B, in every figure at once; level pairs stay in the order of profiles", () => {
  fc.assert(
    fc.property(fc.uniqueArray(anyObservation, { selector: cellOf, maxLength: 40 }), (raw) => {
      const observations = raw.map(whole);
      const told = (order: readonly string[], more: Partial<ComparisonOptions> = {}) =>
        compare(order, observations, { ...OPTIONS, ...more }).pairs;
      const [pair] = told(["a", "b"]);
      const [asked] = told(["a", "b"], { only: [[pair?.a ?? "", pair?.b ?? ""]] });
      // Nothing but the order differs from asking for it that way round.
      expect(pair).toEqual(asked);
      const difference = pair === undefined || !isComputed(pair.difference) ? 0 : pair.difference.mean;
      expect(difference).toBeGreaterThanOrEqual(0);
      expect(pair?.verdict.word).not.toBe("worse");
      const [turned] = told(["b", "a"]);
      if (difference > 1e-12) expect(turned).toEqual(pair);
      else expect([pair?.a, pair?.b, turned?.a, turned?.b]).toEqual(["a", "b", "b", "a"]);
    }),
    { numRuns: 200 },
  );
});

test("two profiles that are the same raise no more false alarms than the level allows", () => {
  for (const [tasks, attempts] of [
    [7, 1],
    [12, 2],
  ] as const) {
    const sets = 400;
    let alarms = 0;
    for (let seed = 1; seed <= sets; seed++) {
      const random = seededRandom(seed);
      const observations = Array.from({ length: tasks }, () => random.next() * 0.8 + 0.1).flatMap((chance, task) =>
        ["a", "b"].flatMap((profile) =>
          Array.from({ length: attempts }, (_, attempt) =>
            seen(profile, `t${task}`, attempt + 1, random.next() < chance ? 1 : 0),
          ),
        ),
      );
      const pair = pairFigures(trialsOf("a", observations), trialsOf("b", observations));
      const p = isComputed(pair.signFlip) ? pair.signFlip.p : null;
      const { word } = verdictOf(pair, p, OPTIONS);
      if (word === "better" || word === "worse") alarms += 1;
    }
    // 99 % bound of a binomial with 400 draws at 5 %: 31.
    expect(alarms).toBeLessThanOrEqual(31);
  }
});

test("trials whose treatment was missing count for nothing, and are shown as they were assigned", () => {
  const tasks = Array.from({ length: 8 }, (_, at) => `t${at}`);
  const observations = tasks.flatMap((task, at) => [
    seen("a", task, 1, 1),
    at < 2
      ? seen("b", task, 1, null, {
          notScored: "not-treated(treatment-missing)",
          assigned: { reward: 0, success: false },
        })
      : seen("b", task, 1, 1),
  ]);
  const { profiles, pairs, asAssigned } = compare(["a", "b"], observations, OPTIONS);
  expect(profiles[1]).toMatchObject({ scored: 6, success: { value: 1 } });
  expect(pairs[0]).toMatchObject({ tasks: 6, difference: { mean: 0 } });
  expect(asAssigned?.profiles[1]).toMatchObject({ scored: 8, success: { value: 0.75 } });
  expect(asAssigned?.pairs[0]).toMatchObject({ tasks: 8, difference: { mean: -0.25 } });
  expect(comparisonReport(compare(["a", "b"], observations, OPTIONS), [], "x", [])).toMatch(
    /## As assigned[^]*75\.0 %[^]*−25\.0 pp/,
  );
  expect(compare(["a"], [seen("a", "t", 1, 1)], OPTIONS).asAssigned).toBeNull();
});

test("the names of profiles change nothing but the names", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(anyObservation, {
        selector: (each) => `${each.profile}${each.task}${each.attempt}`,
        maxLength: 30,
      }),
      (raw) => {
        const named = (names: Readonly<Record<string, string>>): string => {
          const observations = raw.map((each): Observation => ({
            ...each,
            profile: names[each.profile] ?? "",
            success: each.reward === null ? null : each.reward >= 1,
            notScored: each.reward === null ? "infrastructure(x)" : null,
            assigned: null,
          }));
          const profiles = ["a", "b", "c"].map((key) => names[key] ?? "");
          const shown = JSON.stringify(comparisonsJson(compare(profiles, observations, OPTIONS), []));
          return profiles.reduce((text, name, at) => text.replaceAll(`"${name}"`, `"profile ${at}"`), shown);
        };
        expect(named({ a: "zz-last", b: "Ärger", c: "10" })).toBe(named({ a: "one", b: "two", c: "three" }));
      },
    ),
    { numRuns: 40 },
  );
});

test("equals are no winners: the answer names nobody, or all of them", () => {
  const first = (observations: readonly Observation[]) =>
    answerLines(compare(["a", "b", "c"], observations, OPTIONS))[0];
  const third = (rewards: readonly number[]) => rewards.map((reward, at) => seen("c", `t${at}`, 1, reward));
  expect(first([...solvedBy(zeros(3), zeros(3)), ...third(zeros(3))])).toBe(
    "No profile has a higher success than another: all have 0.0 %.",
  );
  expect(first([...solvedBy(ones(3), ones(3)), ...third(zeros(3))])).toBe("Highest success: a and b, 100.0 % each.");
  expect(first([...solvedBy(ones(3), zeros(3)), ...third(zeros(3))])).toMatch(/^Highest success: a, 100\.0 % \(/);
  expect(first([seen("a", "t0", 1, null)])).toBe("No profile has a trial that was scored.");
});

test("level at every task is equivalent once there are enough of them, and not before", () => {
  const level = (tasks: number) => compare(["a", "b"], solvedBy(ones(tasks), ones(tasks)), OPTIONS).pairs[0];
  expect(level(59)?.verdict.word).toBe("equivalent");
  expect(level(58)?.verdict.word).toBe("inconclusive");
  expect(level(7)?.interval90).toMatchObject({
    low: expect.closeTo(-0.348, 3) as number,
    high: expect.closeTo(0.348, 3) as number,
  });
  // A sweep has no spread either, and is no equivalence.
  expect(compare(["a", "b"], solvedBy(zeros(80), ones(80)), OPTIONS).pairs[0]?.verdict.word).toBe("better");
});
