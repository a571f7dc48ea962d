/** Published answers, and answers computed once with SciPy 1.17 and statsmodels 0.15. */
import { describe, expect, test } from "vitest";
import { betterIndependent, betterPaired } from "../../src/statistics/bayes.ts";
import { clusteredMean, pairedDifference } from "../../src/statistics/clustered.ts";
import { bootstrapInterval } from "../../src/statistics/bootstrap.ts";
import { isComputed } from "../../src/statistics/computed.ts";
import { cohensKappa } from "../../src/statistics/kappa.ts";
import { mcnemar } from "../../src/statistics/mcnemar.ts";
import { benjaminiHochberg, holm } from "../../src/statistics/multiplicity.ts";
import { normalCdf, normalQuantile } from "../../src/statistics/normal.ts";
import { passAtK, passHatK } from "../../src/statistics/pass-at-k.ts";
import {
  detectableDifference,
  leastSweep,
  pairsNeeded,
  perGroupNeeded,
  tasksNeeded,
} from "../../src/statistics/power.ts";
import { clopperPearson, wilson } from "../../src/statistics/proportion.ts";
import { signFlip } from "../../src/statistics/sign-flip.ts";
import { tQuantile } from "../../src/statistics/student-t.ts";
import { cohensH, newcombe } from "../../src/statistics/two-proportions.ts";
import { betaQuantile } from "../../src/statistics/beta.ts";
import { wilcoxon } from "../../src/statistics/wilcoxon.ts";

function close(found: unknown, wanted: number | readonly number[], digits: number): void {
  const numbers = typeof found === "number" ? [found] : Object.values(found as Record<string, number>);
  for (const [index, each] of (typeof wanted === "number" ? [wanted] : wanted).entries())
    expect(numbers[index]).toBeCloseTo(each, digits);
}

describe("one proportion", () => {
  test.each([
    [81, 263, [0.2553, 0.3662], 4],
    [15, 148, [0.0624, 0.1605], 4],
    [0, 20, [0, 0.1611], 4],
    [1, 29, [0.0061, 0.1718], 4],
    [0, 10, [0, 0.277533], 6],
    [10, 10, [0.722467, 1], 6],
    [7, 7, [0.64567, 1], 6],
  ])("Wilson %i/%i", (successes, n, wanted, digits) => close(wilson(successes, n), wanted, digits));

  test("Clopper-Pearson and a flat prior", () => {
    close(clopperPearson(81, 263), [0.2527, 0.3676], 4);
    close(clopperPearson(0, 10), [0, 0.308497], 6);
    expect(betaQuantile(0.025, 6, 6)).toBeCloseTo(0.233794, 6);
    expect(betaQuantile(0.975, 6, 6)).toBeCloseTo(0.766206, 6);
  });
});

test("normal and t", () => {
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12);
  expect(normalQuantile(0.8)).toBeCloseTo(0.8416212335729143, 12);
  expect(normalCdf(-8)).toBeCloseTo(6.220960574271785e-16, 28);
  expect(tQuantile(0.975, 3)).toBeCloseTo(3.182446305284263, 10);
  expect(tQuantile(0.975, 1)).toBeCloseTo(12.706204736432095, 8);
});

test("repeated measures: four tasks, three attempts", () => {
  const a = [
    [1, 1, 1],
    [1, 1, 0],
    [0, 0, 0],
    [1, 0, 0],
  ];
  const found = clusteredMean(a);
  if (!isComputed(found)) throw new Error("not computed");
  expect(found.mean).toBeCloseTo(0.5, 12);
  expect(found.naiveSe).toBeCloseTo(0.150756, 6);
  expect(found.se).toBeCloseTo(0.215166, 6);
  expect((found.interval as { high: number }).high - 0.5).toBeCloseTo(3.182446 * 0.215166, 5);
  const third = 1 / 3;
  const paired = pairedDifference([0, third, third, third]);
  if (!isComputed(paired)) throw new Error("not computed");
  expect(paired.mean).toBeCloseTo(0.25, 12);
  expect(paired.se).toBeCloseTo(0.083333, 6);
  expect(paired.t).toBeCloseTo(3, 10);
  expect(paired.p).toBeCloseTo(0.057669, 6);
  expect(signFlip([0, third, third, third])).toEqual({ p: 0.25, exact: true, patterns: 8 });
});

describe("power", () => {
  const spread = (between: number, within: number) => ({ between, withinA: within, withinB: within });
  test("tasks and detectable differences", () => {
    expect(Math.round(tasksNeeded(spread(1 / 9, 0), 1, 0.03))).toBe(969);
    expect(tasksNeeded(spread(1 / 9, 1 / 6), 10, 0.03)).toBeCloseTo(1259.7, 0);
    expect(Math.round(tasksNeeded(spread(1 / 9, 1 / 6), 1, 0.03))).toBe(3876);
    for (const [tasks, attempts, points] of [
      [89, 1, 19.8],
      [89, 3, 14],
      [89, 5, 12.5],
      [89, Infinity, 9.9],
      [7, 1, 70.6],
      [7, 3, 49.9],
      [7, 5, 44.6],
      [7, 10, 40.2],
    ] as const)
      expect(100 * detectableDifference(spread(1 / 9, 1 / 6), attempts, tasks)).toBeCloseTo(points, 0);
  });
  test("pairs and groups", () => {
    expect(pairsNeeded(0.2, 0.1)).toBeCloseTo(233.09, 2);
    expect(pairsNeeded(0.25, 0.1)).toBeCloseTo(119.71, 2);
    expect(perGroupNeeded(cohensH(0.6, 0.5))).toBeCloseTo(387.17, 1);
  });
  test("seven tasks, one attempt, three profiles: only a sweep", () => {
    expect(leastSweep(7, 3)).toBe(7);
    expect(leastSweep(6, 3)).toBeNull();
    expect(leastSweep(6, 1)).toBe(6);
  });
});

test.each([
  [0, 5, 0.0625, 0.03125],
  [0, 6, 0.03125, 0.015625],
  [0, 7, 0.015625, 0.0078125],
  [2, 10, 0.038574, 0.022461],
  [3, 11, 0.057373, 0.035156],
  [5, 15, 0.041389, 0.026604],
  [33, 18, 0.048874, 0.036483],
  [0, 0, 1, 1],
])("McNemar %i against %i", (onlyA, onlyB, exact, midP) => {
  const found = mcnemar({ onlyA, onlyB });
  expect(found.exact).toBeCloseTo(exact, 6);
  expect(found.midP).toBeCloseTo(midP, 6);
});

test("differences of proportions", () => {
  close(newcombe({ successes: 56, n: 70 }, { successes: 48, n: 80 }), [0.0524, 0.3339], 4);
  close(newcombe({ successes: 9, n: 10 }, { successes: 3, n: 10 }), [0.1705, 0.809], 4);
  close(newcombe({ successes: 64, n: 89 }, { successes: 56, n: 89 }), [-0.047, 0.223], 3);
  expect(cohensH(0.5, 0.25)).toBeCloseTo(Math.PI / 6, 12);
  expect(cohensH(0.65, 0.45)).toBeCloseTo(0.40486, 6);
  expect(cohensH(0.9, 1)).toBeCloseTo(-0.643501, 6);
});

describe("Wilcoxon", () => {
  test("R's depression example", () => {
    const x = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
    const y = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
    expect(wilcoxon(x.map((value, index) => value - (y[index] ?? 0)))).toMatchObject({ wPlus: 40, p: 0.0390625 });
  });
  test("Darwin's maize, zeros and ties, the least there can be", () => {
    const maize = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75];
    expect(wilcoxon(maize)).toMatchObject({ wMinus: 24, p: 0.041259765625 });
    expect(wilcoxon([0, 0, 2, 2, -1, 3, 4])).toMatchObject({ wMinus: 1, n: 5, p: 0.125 });
    expect(wilcoxon([1, 2, 3, 4, 5])).toMatchObject({ p: 0.0625 });
    expect(wilcoxon([1, 2, 3, 4, 5, 6])).toMatchObject({ p: 0.03125 });
    expect(wilcoxon([0, 0])).toHaveProperty("notComputed");
  });
});

test("pass@k and pass^k", () => {
  for (const [n, c, k, wanted] of [
    [5, 2, 1, 0.4],
    [5, 2, 2, 0.7],
    [5, 2, 3, 0.9],
    [10, 3, 5, 0.916667],
    [200, 10, 10, 0.408548],
    [5, 1, 5, 1],
    [5, 0, 3, 0],
  ] as const)
    expect(passAtK(n, c, k)).toBeCloseTo(wanted, 6);
  for (const [n, c, k, wanted] of [
    [5, 2, 2, 0.1],
    [4, 2, 2, 0.166667],
    [5, 2, 3, 0],
  ] as const)
    expect(passHatK(n, c, k)).toBeCloseTo(wanted, 6);
  expect(passAtK(2, 2, 3)).toBeNull();
  expect(passHatK(2, 2, 3)).toBeNull();
});

test("families", () => {
  close(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02], 12);
  close(benjaminiHochberg([0.01, 0.04, 0.03, 0.005]), [0.02, 0.04, 0.04, 0.02], 12);
  const published = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
  ];
  expect(benjaminiHochberg(published).filter((p) => p <= 0.05)).toHaveLength(4);
  expect(holm(published).filter((p) => p <= 0.05)).toHaveLength(3);
});

test("how sure that B is better", () => {
  expect(betterIndependent({ successes: 56, n: 89 }, { successes: 64, n: 89 })).toBeCloseTo(0.898104, 6);
  expect(betterIndependent({ successes: 5, n: 10 }, { successes: 8, n: 10 })).toBeCloseTo(0.908669, 6);
  expect(betterIndependent({ successes: 3, n: 7 }, { successes: 6, n: 7 })).toBeCloseTo(0.940559, 6);
  for (const [b, c, wanted] of [
    [10, 2, 0.98877],
    [13, 5, 0.968216],
    [8, 0, 0.998047],
    [5, 0, 0.984375],
  ] as const)
    expect(betterPaired(c, b)).toBeCloseTo(wanted, 6);
});

test("the bootstrap over tasks: the same for the same seed, near the clustered error, no width where nothing varies", () => {
  const tasks = Array.from({ length: 40 }, (_, index) => [index % 3 === 0 ? 1 : 0, index % 4 === 0 ? 1 : 0]);
  const average = (sample: readonly (readonly number[])[]): number =>
    sample.flat().reduce((a, b) => a + b, 0) / (2 * sample.length);
  const once = bootstrapInterval(tasks, average, { seed: 7 });
  expect(bootstrapInterval(tasks, average, { seed: 7 })).toEqual(once);
  const costs = tasks.map((_, index) => [index ** 1.5]);
  expect(bootstrapInterval(costs, average, { seed: 8 })).not.toEqual(bootstrapInterval(costs, average, { seed: 7 }));
  const clustered = clusteredMean(tasks);
  if (!isComputed(once) || !isComputed(clustered) || !isComputed(clustered.se)) throw new Error("not computed");
  expect((once.high - once.low) / (2 * 1.96 * clustered.se)).toBeGreaterThan(0.9);
  expect((once.high - once.low) / (2 * 1.96 * clustered.se)).toBeLessThan(1.05);
  expect(
    bootstrapInterval(
      Array.from({ length: 9 }, () => [1]),
      average,
    ),
  ).toEqual({ low: 0.5, high: 0.5 });
  expect(bootstrapInterval([[1]], average)).toHaveProperty("notComputed");
});

describe("Cohen's kappa", () => {
  function rated(table: readonly (readonly number[])[]): [string, string][] {
    return table.flatMap((row, a) =>
      row.flatMap((n, b) => Array.from({ length: n }, (): [string, string] => [String(a), String(b)])),
    );
  }

  test.each([
    [
      [
        [20, 5],
        [10, 15],
      ],
      "none",
      0.4,
      0.12699606293110033,
    ],
    [
      [
        [44, 5, 1],
        [7, 20, 3],
        [9, 5, 6],
      ],
      "none",
      0.49152542372881347,
      0.07212745929334068,
    ],
    [
      [
        [44, 5, 1],
        [7, 20, 3],
        [9, 5, 6],
      ],
      "quadratic",
      0.4545454545454546,
      0.09397969777572601,
    ],
  ] as const)("%j, weights %s", (table, weights, kappa, se) => {
    const found = cohensKappa(
      rated(table),
      table.map((_, at) => String(at)),
      weights,
    );
    if (!isComputed(found)) throw new Error("not computed");
    expect(found.kappa).toBeCloseTo(kappa, 12);
    expect(found.se).toBeCloseTo(se, 12);
    expect(found.interval.high).toBeCloseTo(kappa + 1.959963984540054 * se, 10);
  });

  test("is not computed where it means nothing", () => {
    expect(cohensKappa([], ["a", "b"])).toEqual({ notComputed: "nothing is labelled by both" });
    expect(
      cohensKappa(
        [
          ["a", "a"],
          ["a", "a"],
        ],
        ["a", "b"],
      ),
    ).toHaveProperty("notComputed");
    expect(
      cohensKappa(
        [
          ["a", "a"],
          ["b", "c"],
        ],
        ["a", "b"],
      ),
    ).toEqual({ notComputed: '"c" is none of the categories' });
  });
});
