/** Whatever else differs between profiles: where to look next, and nothing that decides. */
import type { Explored } from "../../comparison/explore.ts";
import { html, type Markup } from "../markup.ts";
import { numberOrNull, plural, probability } from "../shown-numbers.ts";
import { nameCell, numberCell, row, table, textCell } from "./html-table.ts";

const MOST_ROWS = 20;

export function otherMetrics(explored: readonly Explored[]): Markup {
  const tested = explored
    .filter(({ adjusted }) => adjusted !== null)
    .toSorted((x, y) => (x.adjusted ?? 1) - (y.adjusted ?? 1));
  if (tested.length === 0) return html`<p class="empty">No metric could be compared between two profiles.</p>`;
  const shown = tested.slice(0, MOST_ROWS);
  const more = tested.length > shown.length ? ` The first ${shown.length} of them; all are in comparisons.json.` : "";
  const headings = [
    { label: "metric" },
    // In the order of the difference, each median beside whose it is.
    { label: "B" },
    { label: "median of B", numeric: true },
    { label: "A" },
    { label: "median of A", numeric: true },
    { label: "median of B − A", numeric: true },
    { label: "tasks", numeric: true },
    { label: "Wilcoxon p", numeric: true },
    { label: "adjusted", numeric: true },
  ];
  return html`<p>
      What else differs on shared tasks, of ${plural(tested.length, "comparison")}; p is adjusted by Benjamini and
      Hochberg over all of them. It decides nothing: it is where to look next.${more}
    </p>
    ${table("Other metrics, the clearest differences first", headings, shown.map(metricRow))}`;
}

function metricRow({ a, b, metric, unit, tasks, medianA, medianB, difference, p, adjusted }: Explored): Markup {
  const figure = (value: Explored["p"]): Markup => numberCell(numberOrNull(value), fourDigits);
  return row([
    nameCell(html`${metric} <small>${unit}</small>`),
    textCell(b),
    figure(medianB),
    textCell(a),
    figure(medianA),
    figure(difference),
    numberCell(tasks, String),
    numberCell(numberOrNull(p), probability),
    numberCell(adjusted, probability),
  ]);
}

function fourDigits(value: number): string {
  const [whole = "", fraction] = String(Number(value.toPrecision(4)))
    .replace("-", "−")
    .split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
