/** A table of the page: wide ones scroll inside their own box, and the page's script lets a reader sort them. */
import { type Content, html, type Markup } from "../markup.ts";
import type { DataTable } from "../data-table.ts";
import { UNKNOWN } from "../shown-numbers.ts";
import { hrefOf } from "../trial-link.ts";

export interface Heading {
  readonly label: string;
  readonly numeric?: boolean;
}

/** @param rows each begins with the name of what it is about */
export function table(caption: string, headings: readonly Heading[], rows: readonly Markup[]): Markup {
  return scrolling(
    caption,
    html`<table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${headings.map(
            ({ label, numeric }) =>
              html`<th scope="col" ${numeric === true ? html` class="number"` : null}>${label}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>`,
  );
}

/** What scrolls can be reached by keyboard, and so has a name. */
function scrolling(name: string, content: Content): Markup {
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${name}">${content}</div>`;
}

/** The first cell names the row. */
export function row(cells: readonly Markup[], id?: string): Markup {
  return html`<tr${id === undefined ? null : html` id="${id}"`}>${cells}</tr>`;
}

export function nameCell(content: Content): Markup {
  return html`<th scope="row">${content}</th>`;
}

export function textCell(content: Content): Markup {
  return html`<td>${content}</td>`;
}

/** Sorted by `value`, whatever is shown. */
export function numberCell(value: number | null, shown: (value: number) => string, href?: string): Markup {
  if (value === null) return html`<td class="number"><span class="unknown">${UNKNOWN}</span></td>`;
  const text = shown(value);
  return html`<td class="number" data-v="${String(value)}">
    ${href === undefined ? text : html`<a ${hrefOf(href)}>${text}</a>`}
  </td>`;
}

export function dataTable(caption: string, { columns, rows }: DataTable): Markup {
  const headings = [
    ...columns.map(({ label, shown }) => ({ label, numeric: shown !== undefined })),
    { label: "trials" },
  ];
  const body = rows.map(({ cells, trials, parted }) =>
    row([
      ...cells.map((cell, at) => {
        const shown = columns[at]?.shown;
        if (shown !== undefined) return numberCell(typeof cell === "number" ? cell : null, shown);
        const text = cell === null ? UNKNOWN : String(cell);
        return at === 0 ? nameCell(text) : textCell(text);
      }),
      html`<td class="go">
        <a ${hrefOf(trials)}>show</a>${parted === undefined ? null : html` <a href="${parted}">where they parted</a>`}
      </td>`,
    ]),
  );
  return table(caption, headings, body);
}
