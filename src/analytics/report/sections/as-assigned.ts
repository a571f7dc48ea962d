/** The figures had trials counted whose treatment was missing, under the profile they were assigned to. No verdict rests on them. */
import type { Comparison } from "../../comparison/comparison.ts";
import { isComputed } from "../../../statistics/computed.ts";
import { html, type Markup } from "../markup.ts";
import { intervalOrNull, numberOrNull, percent, percentRange, points, probability } from "../shown-numbers.ts";
import { trialsLink } from "../trial-link.ts";
import { nameCell, numberCell, row, table } from "./html-table.ts";

/** Null where there is no such trial. */
export function asAssigned(comparison: Comparison | null): Markup | null {
  const assigned = comparison?.asAssigned ?? null;
  if (comparison === null || assigned === null) return null;
  const profiles = assigned.profiles.map(({ profile, success, scored }, at) => {
    const around = intervalOrNull(success.interval);
    const treated = comparison.profiles[at]?.success.value;
    return row([
      nameCell(profile),
      numberCell(scored, String, trialsLink({ profile })),
      numberCell(numberOrNull(success.value), percent),
      html`<td class="number">${around === null ? "no interval" : percentRange(around)}</td>`,
      numberCell(treated === undefined ? null : numberOrNull(treated), percent),
    ]);
  });
  const pairs = assigned.pairs.map(({ a, b, difference, pHolm }, at) => {
    const treated = comparison.pairs[at]?.difference;
    return row([
      nameCell(`${b} − ${a}`),
      numberCell(isComputed(difference) ? difference.mean : null, points),
      numberCell(pHolm, probability),
      numberCell(treated !== undefined && isComputed(treated) ? treated.mean : null, points),
    ]);
  });
  return html`<h3>As assigned</h3>
    <p>
      Had these trials counted under the profile they were assigned to: what a profile comes to in practice, its
      failures to apply included. No verdict rests on it.
    </p>
    ${table(
      "Success as assigned",
      [
        { label: "profile" },
        { label: "trials", numeric: true },
        { label: "success as assigned", numeric: true },
        { label: "95 %", numeric: true },
        { label: "of treated trials", numeric: true },
      ],
      profiles,
    )}
    ${
      pairs.length === 0
        ? null
        : table(
            "Differences as assigned",
            [
              { label: "comparison" },
              { label: "difference as assigned", numeric: true },
              { label: "p after Holm", numeric: true },
              { label: "of treated trials", numeric: true },
            ],
            pairs,
          )
    }`;
}
