/** One row per profile: rates and means with their intervals, and what it cost. Every number leads to its trials. */
import { isComputed } from "../../../statistics/computed.ts";
import type { Estimate, ProfileFigures, Spread } from "../../comparison/profile-figures.ts";
import { html, type Markup } from "../markup.ts";
import {
  amount,
  decimals,
  dollars,
  duration,
  intervalOrNull,
  numberOrNull,
  orUnknown,
  percent,
  percentRange,
  reward,
  UNKNOWN,
} from "../shown-numbers.ts";
import { hrefOf, trialsLink } from "../trial-link.ts";
import { nameCell, numberCell, row, table } from "./html-table.ts";

export function profileTable(profiles: readonly ProfileFigures[]): Markup {
  const repeated = profiles.some(({ passes }) => passes.length > 1);
  const headings = [
    { label: "profile" },
    { label: "success", numeric: true },
    { label: "not scored", numeric: true },
    { label: "mean reward", numeric: true },
    { label: "cost per solved", numeric: true },
    { label: "cost, median", numeric: true },
    { label: "tokens, median", numeric: true },
    { label: "time, median", numeric: true },
    // Of single attempts both are the success rate again.
    ...(repeated ? [{ label: "pass@k, pass^k", numeric: true }] : []),
  ];
  return table(
    "Profiles",
    headings,
    profiles.map((figures) => profileRow(figures, repeated)),
  );
}

function profileRow(figures: ProfileFigures, repeated: boolean): Markup {
  const { profile, trials, scored, lost, reward: mean, costPerSolved, costUsd, tokens, seconds } = figures;
  const all = trialsLink({ profile, outcome: "scored" });
  return row([
    nameCell(html`<a ${hrefOf(trialsLink({ profile }))}>${profile}</a>`),
    successCell(figures, all),
    notScoredCell(trials - scored - lost, lost, trialsLink({ profile, outcome: "not scored" })),
    estimateCell(mean, reward, ({ low, high }) => `${decimals(low, 2)} to ${decimals(high, 2)}`, all),
    costUsd.n === 0
      ? numberCell(null, dollars)
      : estimateCell(costPerSolved, dollars, ({ low, high }) => `${dollars(low)} to ${dollars(high)}`, all),
    spreadCell(costUsd, dollars, scored, all),
    spreadCell(tokens, amount, scored, all),
    spreadCell(seconds, duration, scored, all),
    ...(repeated ? [passesCell(figures.passes)] : []),
  ]);
}

/** Of those that left no result there is no row to lead to. */
function notScoredCell(count: number, lost: number, href: string): Markup {
  if (lost === 0) return numberCell(count, String, href);
  return html`<td class="number" data-v="${String(count + lost)}">
    <a ${hrefOf(href)}>${String(count)}</a><small><a href="#left-out">${`${lost} more`}</a> without a result</small>
  </td>`;
}

function successCell({ profile, success, scored }: ProfileFigures, href: string): Markup {
  const share = numberOrNull(success.value);
  const around = intervalOrNull(success.interval);
  if (share === null) return numberCell(null, percent);
  const solved = String(Math.round(share * success.trials));
  return html`<td class="number" data-v="${String(share)}">
    <a ${hrefOf(href)}>${percent(share)}</a><small>${around === null ? "no interval" : percentRange(around)}</small
    ><small
      ><a ${hrefOf(trialsLink({ profile, outcome: "solved" }))}>${solved}</a> of
      <a ${hrefOf(href)}>${String(scored)}</a></small
    >
  </td>`;
}

function estimateCell(
  { value, interval }: Estimate,
  shown: (value: number) => string,
  range: (interval: { readonly low: number; readonly high: number }) => string,
  href: string,
): Markup {
  const number = numberOrNull(value);
  if (number === null)
    return html`<td class="number"><span class="unknown">${UNKNOWN}</span><small>${why(value)}</small></td>`;
  return html`<td class="number" data-v="${String(number)}">
    <a ${hrefOf(href)}>${shown(number)}</a>${
      isComputed(interval)
        ? html`<small>${range(interval)}</small>`
        : html`<small class="why">no interval: ${interval.notComputed}</small>`
    }
  </td>`;
}

function why(value: Estimate["value"]): string {
  return typeof value === "number" ? "" : value.notComputed;
}

/** Of how many it is known is said where that is not all of them. */
function spreadCell({ n, median }: Spread, shown: (value: number) => string, scored: number, href: string): Markup {
  const value = numberOrNull(median);
  if (value === null) return numberCell(null, shown);
  return html`<td class="number" data-v="${String(value)}">
    <a ${hrefOf(href)}>${shown(value)}</a>${n === scored ? null : html`<small>of ${String(n)} known</small>`}
  </td>`;
}

/** For each k that the attempts allow: solved at least once of k, solved all k times. */
function passesCell(passes: ProfileFigures["passes"]): Markup {
  const three = (value: number | null): string => orUnknown(value, (share) => decimals(share, 3));
  const lines = passes.map(
    ({ k, passAtK, passHatK }) => html`<small>${String(k)}: ${three(passAtK)}, ${three(passHatK)}</small>`,
  );
  return html`<td class="number" data-v="${String(passes.at(-1)?.passAtK ?? "")}">
    ${lines.length === 0 ? UNKNOWN : lines}
  </td>`;
}
