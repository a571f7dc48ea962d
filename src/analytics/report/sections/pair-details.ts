/** Everything about one comparison, closed until it is asked for: its tests, and its difference at every shared task. */
import type { ComparedPair } from "../../comparison/comparison.ts";
import { isComputed } from "../../../statistics/computed.ts";
import { SIGNS } from "../figures/differences.ts";
import { type Content, html, type Markup } from "../markup.ts";
import { pairAnchor } from "../pair-anchor.ts";
import { decimals, numberOrNull, orUnknown, plural, points, pointsRange, pShown, ratio } from "../shown-numbers.ts";
import { hrefOf, trialsLink } from "../trial-link.ts";
import { nameCell, numberCell, row, table, textCell } from "./html-table.ts";

/** More would keep a reader from what follows. */
const MOST_OPEN = 10;

/** @param partingOf where the page shows two trials of both profiles at a task side by side */
export function allPairDetails(
  pairs: readonly ComparedPair[],
  partingOf: (pair: ComparedPair, task: string) => string | undefined,
): Markup {
  const details = pairs.map((pair, at) => pairDetails(pair, at, (task) => partingOf(pair, task)));
  if (details.length <= MOST_OPEN) return html`${details}`;
  return html`<details class="pairs">
    <summary>All ${String(details.length)} comparisons, one by one</summary>
    ${details}
  </details>`;
}

type PartingAt = (task: string) => string | undefined;

function pairDetails(pair: ComparedPair, at: number, partingAt: PartingAt): Markup {
  const { a, b, verdict } = pair;
  return html`<details class="pair" id="${pairAnchor(at)}">
    <summary>
      <span class="${verdict.word} sign" aria-hidden="true">${SIGNS[verdict.word]}</span> <b>${b}</b> against
      <b>${a}</b>: ${verdict.word}
    </summary>
    <p>Because ${verdict.because}.</p>
    <dl>
      ${facts(pair).map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
    ${taskTable(pair, partingAt)}
  </details>`;
}

function facts(pair: ComparedPair): readonly (readonly [name: string, value: Content])[] {
  const { a, b, difference, interval90, signFlip, pHolm, solved, mcnemar, cohensH, bounds, ratios } = pair;
  return [
    [
      "Difference of mean reward",
      isComputed(difference)
        ? `${points(difference.mean)}; 95 % ${isComputed(difference.interval) ? pointsRange(difference.interval) : difference.interval.notComputed}; 90 % ${isComputed(interval90) ? pointsRange(interval90) : interval90.notComputed}`
        : difference.notComputed,
    ],
    [
      "Sign-flip test",
      isComputed(signFlip)
        ? `${pShown(signFlip.p)} (${signFlip.exact ? "exact" : plural(signFlip.patterns, "sampled pattern")}), after Holm ${orUnknown(pHolm, pShown)}`
        : signFlip.notComputed,
    ],
    [
      "Solved",
      `both ${solved.both}, ${a} alone ${solved.onlyA}, ${b} alone ${solved.onlyB}, neither ${solved.neither}`,
    ],
    ["McNemar", `exact ${pShown(mcnemar.exact)}, mid-${pShown(mcnemar.midP)}`],
    ["Cohen's h", orUnknown(numberOrNull(cohensH), (value) => decimals(value, 3))],
    [`P(${b} is better)`, decimals(pair.probability, 4)],
    ["Had what was not scored counted as worst or best", pointsRange(bounds)],
    ...(["costUsd", "tokens", "seconds"] as const).map((field) => {
      const { median, tasks, test } = ratios[field];
      const name = { costUsd: "Cost", tokens: "Tokens", seconds: "Agent's time" }[field];
      const p = isComputed(test) ? `Wilcoxon ${pShown(test.p)}` : `no test: ${test.notComputed}`;
      return [
        name,
        isComputed(median) ? `${ratio(median)}, median of ${plural(tasks, "task")}; ${p}` : median.notComputed,
      ] as const;
    }),
  ];
}

function taskTable({ a, b, differences }: ComparedPair, partingAt: PartingAt): Markup {
  const rows = differences.map(({ task, difference }) => {
    const parting = partingAt(task);
    return row([
      nameCell(html`<a ${hrefOf(trialsLink({ task }))}>${task}</a>`),
      numberCell(difference, points),
      textCell(html`<a ${hrefOf(trialsLink({ task, profile: a }))}>${a}</a>`),
      textCell(html`<a ${hrefOf(trialsLink({ task, profile: b }))}>${b}</a>`),
      textCell(parting === undefined ? "" : html`<a href="#${parting}">where they parted</a>`),
    ]);
  });
  const headings = [
    { label: "task" },
    { label: "difference", numeric: true },
    { label: "trials of" },
    { label: "trials of" },
    { label: "step by step" },
  ];
  return rows.length === 0 ? html`` : table(`Shared tasks: ${b} against ${a}`, headings, rows);
}
