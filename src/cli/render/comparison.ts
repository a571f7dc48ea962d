/** The answer in a few lines, then one row per comparison. */
import { answerLines, type Comparison, isComputed, points, range } from "../../app/analyze.ts";
import { grid, type GridCell } from "../../terminal/grid.ts";
import { paintFor } from "../../terminal/paint.ts";
import { printable } from "../../terminal/printable.ts";
import { wrap } from "../../terminal/text-width.ts";
import { type Look, textOf } from "./style.ts";

export function comparisonText(comparison: Comparison, look: Look): string {
  const paint = paintFor(look.color);
  const heading = ["comparison", "verdict", "difference", "95 %", "p (Holm)", "win/loss/tie"];
  const rows = comparison.pairs.map(({ a, b, verdict, difference, pHolm, wins, losses, ties }): GridCell[] => [
    `${printable(b)} − ${printable(a)}`,
    verdict.word,
    isComputed(difference) ? points(difference.mean) : "—",
    isComputed(difference) ? range(difference.interval, "") : "—",
    pHolm === null ? "—" : pHolm < 0.0001 ? "< 0.0001" : pHolm.toPrecision(3),
    `${wins}/${losses}/${ties}`,
  ]);
  const columns = [{ min: 12 }, {}, { align: "right" as const }, { drop: 1 }, { align: "right" as const }, { drop: 2 }];
  const table =
    rows.length === 0
      ? []
      : grid(columns, [heading.map((text) => ({ text, style: "dim" as const })), ...rows], {
          columns: look.columns,
          paint,
        });
  return textOf([
    ...answerLines(comparison).flatMap((line) => wrap(printable(line), look.columns)),
    "",
    ...table,
    ...(table.length === 0 ? [] : [""]),
    ...boundsTable(comparison, look),
    ...wrap(comparison.rule, look.columns).map((line) => paint(line, "dim")),
    "",
  ]);
}

const MOST_LINES = 6;

/** What trials that were not scored could change; nothing where all were. */
function boundsTable({ profiles, pairs }: Comparison, look: Look): readonly string[] {
  if (profiles.every(({ scored, trials }) => scored === trials)) return [];
  const paint = paintFor(look.color);
  const heading = ["not scored, in no figure", "trials", "success had they failed", "had they succeeded"];
  const some = profiles.filter(({ scored, trials }) => scored < trials);
  const rows = some.map(({ profile, scored, trials, successBounds }): GridCell[] => [
    printable(profile),
    `${trials - scored} of ${trials}`,
    ...(["low", "high"] as const).map((end) =>
      isComputed(successBounds) ? `${(100 * successBounds[end]).toFixed(1)} %` : "—",
    ),
  ]);
  const columns = [{ min: 12 }, { align: "right" as const }, { align: "right" as const }, { align: "right" as const }];
  const open = pairs.filter(({ bounds }) => bounds.low !== bounds.high);
  const differences = open
    .slice(0, MOST_LINES)
    .map(
      ({ a, b, bounds }) =>
        `${printable(b)} − ${printable(a)}: ${points(bounds.low)} to ${points(bounds.high)} at worst and best`,
    );
  return [
    ...grid(columns, [heading.map((text) => ({ text, style: "dim" as const })), ...rows], {
      columns: look.columns,
      paint,
    }),
    ...differences.flatMap((line) => wrap(line, look.columns)),
    ...(open.length > MOST_LINES ? [`… ${open.length - MOST_LINES} more in comparison_report.md`] : []),
    "",
  ];
}
