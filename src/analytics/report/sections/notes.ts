/** What to know about the data, and the other files. */
import type { Analysis } from "../../analysis.ts";
import type { Comparison } from "../../comparison/comparison.ts";
import { dataNotes } from "../../data-notes.ts";
import { html, type Markup } from "../markup.ts";
import { fileLink } from "../trial-link.ts";

/** Of one remark. */
const MOST_PATHS = 20;

export function notes(analysis: Analysis, comparison: Comparison | null, beside: readonly string[]): Markup {
  const sentences = [
    "The task is the unit: attempts at one task are repeated measures. Only scored trials are in rates, means and distributions; what is not known is never counted as 0.",
    ...dataNotes(analysis, comparison),
  ];
  return html`<ul>
      ${sentences.map((sentence) => html`<li>${sentence}</li>`)}
    </ul>
    ${remarks(analysis)}
    <h3>Files</h3>
    <ul class="counts">
      ${beside.map((name) => html`<li><a href="${fileLink(".", name)}">${name}</a></li>`)}
    </ul>`;
}

/** What was read with a reservation. */
function remarks({ trials }: Analysis): Markup | null {
  const found = new Map<string, string[]>();
  for (const { path, facts } of trials) {
    for (const remark of facts.remarks) {
      const paths = found.get(remark) ?? [];
      found.set(remark, paths);
      paths.push(path);
    }
  }
  if (found.size === 0) return null;
  const items = [...found].map(([remark, paths]) => {
    const more = paths.length - MOST_PATHS;
    return html`<details>
      <summary>${String(paths.length)} × ${remark}</summary>
      <ul class="paths">
        ${paths
          .slice(0, MOST_PATHS)
          .map(
            (path) => html`<li>${path}</li>`,
          )}${more > 0 ? html`<li>… ${String(more)} more in metrics_detail.csv</li>` : null}
      </ul>
    </details>`;
  });
  return html`<h3>Remarks on what was read</h3>
    ${items}`;
}
