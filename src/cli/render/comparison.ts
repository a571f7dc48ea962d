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
    isComputed(difference) ? range(difference.interval, 100, "") : "—",
    pHolm === null ? "—" : pHolm.toPrecision(3),
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
    ...wrap(comparison.rule, look.columns).map((line) => paint(line, "dim")),
    "",
  ]);
}
