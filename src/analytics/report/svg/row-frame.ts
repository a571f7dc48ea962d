/**
 * Where things are in a plot of one row per name: the name at the left, marks in the middle, numbers at the right; on a narrow page
 * name and numbers stand above their marks.
 */
import { type Content, html } from "../markup.ts";
import { fitted, widthOf } from "./text-fit.ts";

export interface RowFrame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** Where the marks of a row are centred. */
  middle(row: number): number;
  heading(row: number): Content;
}

export interface RowText {
  readonly name: string;
  readonly numbers: string;
  /** Where a click leads. */
  readonly go?: string;
}

const SIZE = 13;
const NARROW = 520;

/** @param rowHeight of the marks of a row alone */
export function rowFrame(rows: readonly RowText[], width: number, rowHeight: number): RowFrame {
  return width < NARROW ? stacked(rows, width, rowHeight) : sideBySide(rows, width, rowHeight);
}

function sideBySide(rows: readonly RowText[], width: number, rowHeight: number): RowFrame {
  const names = Math.min(width * 0.3, Math.max(48, ...rows.map(({ name }) => widthOf(name, SIZE))) + 4);
  const numbers = Math.min(width * 0.34, Math.max(0, ...rows.map(({ numbers: text }) => widthOf(text, SIZE))));
  const middle = (row: number): number => 8 + rowHeight * (row + 0.5);
  return {
    left: names + 22,
    right: width - numbers - 22,
    top: 8,
    bottom: 8 + rowHeight * rows.length,
    middle,
    heading: (row) => {
      const { name = "", numbers: text = "", go } = rows[row] ?? {};
      const y = middle(row) + 4.5;
      return html`<g${goes(go)}><title>${name}</title><text class="name" x="${names}" y="${y}" text-anchor="end">${fitted(name, SIZE, names)}</text><text class="value" x="${width}" y="${y}" text-anchor="end">${text}</text></g>`;
    },
  };
}

/** Name and numbers share a line where all of them fit on one. */
function stacked(rows: readonly RowText[], width: number, rowHeight: number): RowFrame {
  const oneLine = rows.every(({ name, numbers }) => widthOf(name, SIZE) + widthOf(numbers, SIZE) + 12 <= width);
  const text = oneLine ? 20 : 38;
  const tall = text + rowHeight * 0.8 + 6;
  return {
    left: 14,
    right: width - 18,
    top: 4,
    bottom: 4 + tall * rows.length,
    middle: (row) => 4 + tall * row + text + rowHeight * 0.4,
    heading: (row) => {
      const { name = "", numbers = "", go } = rows[row] ?? {};
      const y = 4 + tall * row + 14;
      const second = oneLine ? html`x="${width}" y="${y}" text-anchor="end"` : html`x="0" y="${y + 18}"`;
      return html`<g${goes(go)}><title>${name}</title><text class="name halo" x="0" y="${y}">${fitted(name, SIZE, width)}</text><text class="value halo" ${second}>${numbers}</text></g>`;
    },
  };
}

/** For the pointer; whoever uses the keyboard finds the same links in the table under the figure. */
export function goes(target: string | undefined): Content {
  return target === undefined ? null : html` data-go="${target}"`;
}
