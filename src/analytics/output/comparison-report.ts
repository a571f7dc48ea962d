/** `comparison_report.md`: the answer, then profile by profile and pair by pair, every number with its n and its interval. */
import { type Computed, type Interval, isComputed } from "../../statistics/computed.ts";
import { plural, pValue } from "../../terminal/figures.ts";
import { answerLines, percent, points, range } from "../comparison/answer.ts";
import type { ComparedPair, Comparison } from "../comparison/comparison.ts";
import type { Explored } from "../comparison/explore.ts";
import type { ProfileFigures, Spread } from "../comparison/profile-figures.ts";
import { markdownText as text } from "./markdown-text.ts";

/** @param reservations what undermines the figures, in sentences */
export function comparisonReport(
  comparison: Comparison,
  exploratory: readonly Explored[],
  title: string,
  reservations: readonly string[],
): string {
  const { profiles, pairs, rule } = comparison;
  return [
    `# ${text(title)}`,
    "",
    ...answerLines(comparison).map((line) => `- ${text(line)}`),
    "",
    `Rule: ${rule}`,
    ...reservations.flatMap((sentence) => ["", text(sentence)]),
    "",
    "## Profiles",
    "",
    "| profile | success | 95 % | by | mean reward | 95 % | design effect | scored | not scored | cost per solved | 95 % |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...profiles.map(profileRow),
    "",
    "| profile | cost: quartiles (n) | tokens: quartiles (n) | agent seconds: quartiles (n) | pass@k | pass^k |",
    "| --- | --- | --- | --- | --- | --- |",
    ...profiles.map(spreadRow),
    "",
    ...(profiles.some(({ scored, trials }) => scored < trials)
      ? [
          "Trials that were not scored are in none of these figures. Had they counted:",
          "",
          "| profile | not scored | success, had they all failed | had they all succeeded |",
          "| --- | --- | --- | --- |",
          ...profiles.map(boundsRow),
          "",
        ]
      : []),
    ...pairs.flatMap(pairSection),
    ...assignedSection(comparison),
    ...exploration(exploratory),
  ].join("\n");
}

function profileRow(profile: ProfileFigures): string {
  const { success, reward, costPerSolved } = profile;
  return row([
    profile.profile,
    percent(success.value),
    range(success.interval),
    success.method,
    number(reward.value, 3),
    from(reward.interval, 3),
    number(reward.designEffect, 2),
    `${profile.scored} of ${profile.trials} (${plural(success.tasks, "task")})`,
    Object.entries(profile.notScored)
      .map(([why, count]) => `${count} ${why}`)
      .join(", ") || "—",
    number(costPerSolved.value, 4),
    from(costPerSolved.interval, 4),
  ]);
}

function boundsRow({ profile, scored, trials, successBounds }: ProfileFigures): string {
  const bound = (end: "low" | "high"): string => (isComputed(successBounds) ? percent(successBounds[end]) : "—");
  return row([profile, `${trials - scored} of ${trials}`, bound("low"), bound("high")]);
}

function assignedSection({ asAssigned }: Comparison): readonly string[] {
  if (asAssigned === null) return [];
  return [
    "## As assigned",
    "",
    "Some trials were run without their profile really being applied, and count for nothing above. Had they counted under the profile they were assigned to:",
    "",
    "| profile | success | 95 % | scored |",
    "| --- | --- | --- | --- |",
    ...asAssigned.profiles.map(({ profile, success, scored, trials }) =>
      row([profile, percent(success.value), range(success.interval), `${scored} of ${trials}`]),
    ),
    "",
    ...asAssigned.pairs.map(({ a, b, difference, pHolm }) => {
      const by = isComputed(difference) ? points(difference.mean) : difference.notComputed;
      return `- ${text(b)} − ${text(a)}: ${by}, ${pHolm === null ? "p unknown" : pValue(pHolm)} after Holm`;
    }),
    "",
  ];
}

const SHOWN = 20;

function exploration(exploratory: readonly Explored[]): readonly string[] {
  const tested = exploratory.filter(({ adjusted }) => adjusted !== null);
  if (tested.length === 0) return [];
  const first = tested.toSorted((x, y) => (x.adjusted ?? 1) - (y.adjusted ?? 1)).slice(0, SHOWN);
  return [
    "## Looking around",
    "",
    `What else differs, of ${plural(tested.length, "comparison")} of metrics; p is adjusted by Benjamini and Hochberg over all of them. It decides nothing: it is where to look next.` +
      (tested.length > SHOWN ? ` The first ${SHOWN}; all are in comparisons.json.` : ""),
    "",
    "| metric | B | median of B | A | median of A | median of B − A | tasks | Wilcoxon p | adjusted |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...first.map(({ a, b, metric, unit, tasks, medianA, medianB, difference, p, adjusted }) =>
      row([
        `${metric} (${unit})`,
        b,
        figure(medianB),
        a,
        figure(medianA),
        figure(difference),
        String(tasks),
        isComputed(p) ? p.toPrecision(3) : "—",
        adjusted?.toPrecision(3) ?? "—",
      ]),
    ),
    "",
  ];
}

function figure(value: Computed<number>): string {
  return isComputed(value) ? String(Number(value.toPrecision(4))) : "—";
}

function spreadRow({ profile, costUsd, tokens, seconds, passes }: ProfileFigures): string {
  const shown = (figures: readonly (number | null)[]): string =>
    figures.map((value, index) => (value === null ? "" : `${index + 1}: ${value.toFixed(3)}`)).join(", ");
  return row([
    profile,
    quartiles(costUsd, 4),
    quartiles(tokens, 0),
    quartiles(seconds, 1),
    shown(passes.map(({ passAtK }) => passAtK)),
    shown(passes.map(({ passHatK }) => passHatK)),
  ]);
}

function quartiles({ n, low, median, high }: Spread, digits: number): string {
  return n === 0 ? "not known" : `${[low, median, high].map((each) => number(each, digits)).join(" / ")} (${n})`;
}

function pairSection(pair: ComparedPair): readonly string[] {
  const {
    a,
    b,
    difference,
    interval90,
    signFlip,
    pHolm,
    solved,
    mcnemar,
    cohensH,
    probability,
    bounds,
    verdict,
    ratios,
  } = pair;
  const more =
    verdict.more === null
      ? []
      : [
          `- more: about ${plural(verdict.more.tasks, "task")}${dollars(verdict.more.costUsd)}`,
          ...(verdict.more.attempts === null
            ? []
            : [
                `- or more: about ${plural(verdict.more.attempts, "attempt")} at each task${dollars(verdict.more.attemptsCostUsd)}`,
              ]),
        ];
  return [
    `## ${text(b)} against ${text(a)}: ${verdict.word}`,
    "",
    `- because: ${text(verdict.because)}`,
    ...more,
    `- shared tasks: ${pair.tasks}; ${text(b)} ahead at ${pair.wins}, behind at ${pair.losses}, level at ${pair.ties}`,
    isComputed(difference)
      ? `- paired difference of reward: ${points(difference.mean)}; 95 % ${range(difference.interval, " pp")}; 90 % ${range(interval90, " pp")}; t test ${isComputed(difference.p) ? pValue(difference.p, 4) : "not computed"}`
      : `- paired difference of reward: not computed, ${difference.notComputed}`,
    isComputed(signFlip)
      ? `- sign-flip test: ${pValue(signFlip.p, 4)} (${signFlip.exact ? "exact" : plural(signFlip.patterns, "sampled pattern")}), after Holm ${pHolm === null ? "—" : pValue(pHolm, 4)}`
      : `- sign-flip test: not computed, ${signFlip.notComputed}`,
    `- solved: both ${solved.both}, ${text(a)} alone ${solved.onlyA}, ${text(b)} alone ${solved.onlyB}, neither ${solved.neither}; McNemar exact ${pValue(mcnemar.exact, 4)}, mid-${pValue(mcnemar.midP, 4)}`,
    `- Cohen's h: ${number(cohensH, 3)}; P(${text(b)} is better) = ${probability.toFixed(4)}`,
    `- had trials that were not scored counted as worst or best: ${points(bounds.low)} to ${points(bounds.high)}`,
    ...(["costUsd", "tokens", "seconds"] as const).map((field) => {
      const { median, tasks, test } = ratios[field];
      const p = isComputed(test) ? `, Wilcoxon ${pValue(test.p, 4)}` : `, no test: ${test.notComputed}`;
      return `- ${field === "costUsd" ? "cost" : field}: ${isComputed(median) ? `× ${median.toFixed(2)} (median of ${plural(tasks, "task")})${p}` : median.notComputed}`;
    }),
    "",
  ];
}

function dollars(cost: number | null): string {
  return cost === null ? "" : `, $${cost.toFixed(2)}`;
}

function number(value: Computed<number>, digits: number): string {
  return isComputed(value) ? value.toFixed(digits) : "—";
}

/** With the digits of what it is the interval of. */
function from(interval: Computed<Interval>, digits: number): string {
  if (!isComputed(interval)) return `no interval: ${interval.notComputed}`;
  return `${number(interval.low, digits)} to ${number(interval.high, digits)}`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => text(cell)).join(" | ")} |`;
}
