/** The full measure of how often tests and intervals are wrong; what it finds is published as docs/measured-rates.md. */
import { expect, test } from "vitest";
import type { Observation } from "../../src/analytics/analysis.ts";
import { compare } from "../../src/analytics/comparison/comparison.ts";
import { seededRandom } from "../../src/statistics/random.ts";
import { ALPHA, bootstrapCoverage, type Coverage, coverage, type FalseAlarms, falseAlarms } from "./measure.ts";

const SETS = 10_000;
const DESIGNS = [
  [7, 1],
  [7, 3],
  [20, 1],
  [20, 3],
  [89, 1],
  [89, 3],
] as const;

/** 99 % of binomial draws at `rate` stay at or below it; the normal approximation is good at these sizes. */
function bound(rate: number, sets: number): number {
  return rate + 2.5758 * Math.sqrt((rate * (1 - rate)) / sets);
}

test("exact tests and the family of verdicts keep their level; what was measured is what is published", async () => {
  const measured = DESIGNS.map(([tasks, attempts]) => ({
    tasks,
    attempts,
    alarms: falseAlarms(SETS, tasks, attempts),
    held: coverage(SETS, tasks, attempts),
    bootstrap: bootstrapCoverage(SETS, tasks, attempts),
  }));
  for (const { alarms } of measured) {
    for (const exact of ["signFlip", "mcnemarExact", "wilcoxon", "family"] as const)
      expect(alarms[exact], exact).toBeLessThanOrEqual(bound(ALPHA, SETS));
  }
  const alarmRows = measured.map(({ tasks, attempts, alarms }) =>
    row(
      tasks,
      attempts,
      ALARMS.map((key) => alarms[key]),
    ),
  );
  const heldRows = measured.map(({ tasks, attempts, held, bootstrap }) =>
    row(tasks, attempts, [...HELD.map((key) => held[key]), bootstrap]),
  );
  await expect(document(alarmRows, heldRows)).toMatchFileSnapshot("../../docs/measured-rates.md");
}, 1_800_000);

test("three profiles that are one and the same: no more verdicts than the level allows, over 2,000 experiments", () => {
  const experiments = 2000;
  let alarmed = 0;
  for (let seed = 1; seed <= experiments; seed++) {
    const random = seededRandom(seed);
    const profiles = ["a", "b", "c"];
    const observations = Array.from({ length: 20 }, () => random.next()).flatMap((chance, task) =>
      profiles.flatMap((profile) =>
        Array.from({ length: 2 }, (_, at): Observation => {
          const reward = random.next() < chance ? 1 : 0;
          const known = {
            reward,
            success: reward === 1,
            costUsd: null,
            tokens: null,
            seconds: null,
            notScored: null,
            assigned: null,
          };
          return { profile, task: `t${task}`, attempt: at + 1, ...known };
        }),
      ),
    );
    const { pairs } = compare(profiles, observations, { alpha: ALPHA, margin: 0.05, control: null, only: null, seed });
    if (pairs.some(({ verdict: { word } }) => word === "better" || word === "worse")) alarmed += 1;
  }
  expect(alarmed / experiments).toBeLessThanOrEqual(bound(ALPHA, experiments));
}, 600_000);

const ALARMS = [
  "signFlip",
  "mcnemarExact",
  "mcnemarMidP",
  "t",
  "wilcoxon",
  "family",
] as const satisfies readonly (keyof FalseAlarms)[];
const HELD = ["wilson", "clustered", "difference"] as const satisfies readonly (keyof Coverage)[];

function row(tasks: number, attempts: number, rates: readonly number[]): string {
  return `| ${tasks} | ${attempts} | ${rates.map((rate) => `${(100 * rate).toFixed(2)} %`).join(" | ")} |`;
}

function document(alarms: readonly string[], held: readonly string[]): string {
  return `# How often the statistics are wrong

Made by \`npm run test:simulation\`, which fails where this is not what it measures: ${SETS.toLocaleString("en")} data sets for each row, in which the
profiles are alike (the model is in test/simulation/measure.ts). Formulas: [statistics.md](statistics.md).

Share of data sets in which two profiles that are alike were told apart at 5 %. "Family": any pair of three profiles, after Holm; it is what
verdicts rest on. Exact tests may only be rarer; t and mid-p are approximations, and may be a little above.

| tasks | attempts | sign-flip | McNemar exact | McNemar mid-p | t | Wilcoxon | family |
| --- | --- | --- | --- | --- | --- | --- | --- |
${alarms.join("\n")}

Share of data sets whose 95 % interval held the truth. The clustered one is not used where it leaves 0 to 1 or has no width; Wilson's over
tasks then is, and that one is too wide, never too narrow, with several attempts.

| tasks | attempts | Wilson over tasks | clustered | paired difference | bootstrap of cost per solved |
| --- | --- | --- | --- | --- | --- |
${held.join("\n")}
`;
}
