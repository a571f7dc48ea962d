/** A figure on the page: drawn for a wide and for a narrow one, what it says in words, its data, and both as files. */
import { type Figure, inlineSvg } from "../figure.ts";
import { html, type Markup } from "../markup.ts";
import { fileLink } from "../trial-link.ts";
import { dataTable } from "./html-table.ts";

/** More rows than this would make every page slow for one that is seldom opened; the file has them all. */
const MOST_ROWS = 1000;

export function figureBlock(figure: Figure): Markup {
  const { id, title, description, reading, data, summary, draw } = figure;
  const shown = summary ?? data;
  const cut = shown.rows.length > MOST_ROWS ? { ...shown, rows: shown.rows.slice(0, MOST_ROWS) } : shown;
  const plots = [inlineSvg(figure, "wide"), inlineSvg(figure, "narrow")].filter((plot) => plot !== null);
  // What scrolls can be reached by keyboard, and so has a name.
  const scrolls = plots.some(({ wider }) => wider) ? html` tabindex="0" role="group" aria-label="${title}"` : null;
  const drawn =
    plots.length === 0
      ? html`<p class="empty">${description}</p>`
      : html`<div class="plots" ${scrolls}>${plots.map(({ markup }) => markup)}</div>`;
  const more =
    cut === shown
      ? null
      : html`<p class="note">The first ${String(MOST_ROWS)} of ${String(shown.rows.length)} rows.</p>`;
  // What cannot be drawn has nothing to show either.
  const details =
    draw === null
      ? html`<span></span>`
      : html`<details>
          <summary>Data</summary>
          <p class="note">${description}</p>
          ${dataTable(title, cut)}${more}
        </details>`;
  return html`<figure id="figure-${id}">
    <figcaption>${title}${draw === null ? null : html`<small>${reading}</small>`}</figcaption>
    ${drawn}
    <div class="under">
      ${details}
      <span class="files"
        ><a href="${fileLink("figures", `${id}.svg`)}">SVG</a>
        <a href="${fileLink("figures", `${id}.csv`)}">CSV</a></span
      >
    </div>
  </figure>`;
}
