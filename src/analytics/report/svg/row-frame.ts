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
  /** Of a comparison: shown as `name − against`, each cut by itself where both are too long. */
  readonly against?: string;
  readonly numbers: string;
  /** Where a click leads. */
  readonly go?: string;
}

const NO_ROW: RowText = { name: "", numbers: "" };
const SIZE = 13;
const NARROW = 520;

/** @param rowHeight of the marks of a row alone */
export function rowFrame(rows: readonly RowText[], width: number, rowHeight: number): RowFrame {
  return width < NARROW ? stacked(rows, width, rowHeight) : sideBySide(rows, width, rowHeight);
}

function sideBySide(rows: readonly RowText[], width: number, rowHeight: number): RowFrame {
  const names = Math.min(width * 0.3, Math.max(48, ...rows.map((row) => widthOf(labelOf(row), SIZE))) + 4);
  const numbers = Math.min(width * 0.34, Math.max(0, ...rows.map(({ numbers: text }) => widthOf(text, SIZE))));
  const middle = (row: number): number => 8 + rowHeight * (row + 0.5);
  return {
    left: names + 22,
    right: width - numbers - 22,
    top: 8,
    bottom: 8 + rowHeight * rows.length,
    middle,
    heading: (row) => {
      const own = rows[row] ?? NO_ROW;
      const { numbers: text, go } = own;
      const y = middle(row) + 4.5;
      return html`<g${goes(go)}><title>${labelOf(own)}</title><text class="name" x="${names}" y="${y}" text-anchor="end">${fittedLabel(own, names)}</text><text class="value" x="${width}" y="${y}" text-anchor="end">${text}</text></g>`;
    },
  };
}

/** Name and numbers share a line where all of them fit on one. */
function stacked(rows: readonly RowText[], width: number, rowHeight: number): RowFrame {
  const oneLine = rows.every((row) => widthOf(labelOf(row), SIZE) + widthOf(row.numbers, SIZE) + 12 <= width);
  const text = oneLine ? 20 : 38;
  const tall = text + rowHeight * 0.8 + 6;
  return {
    left: 14,
    right: width - 18,
    top: 4,
    bottom: 4 + tall * rows.length,
    middle: (row) => 4 + tall * row + text + rowHeight * 0.4,
    heading: (row) => {
      const own = rows[row] ?? NO_ROW;
      const { numbers, go } = own;
      const y = 4 + tall * row + 14;
      const second = oneLine ? html`x="${width}" y="${y}" text-anchor="end"` : html`x="0" y="${y + 18}"`;
      return html`<g${goes(go)}><title>${labelOf(own)}</title><text class="name halo" x="0" y="${y}">${fittedLabel(own, width)}</text><text class="value halo" ${second}>${numbers}</text></g>`;
    },
  };
}

const MINUS = " − ";

function labelOf({ name, against }: RowText): string {
  return against === undefined ? name : `${name}${MINUS}${against}`;
}

/** What the shorter of two names leaves is the longer's. */
function fittedLabel(row: RowText, most: number): string {
  const { name, against } = row;
  if (against === undefined || widthOf(labelOf(row), SIZE) <= most) return fitted(labelOf(row), SIZE, most);
  const room = most - widthOf(MINUS, SIZE);
  const [first, second] = [widthOf(name, SIZE), widthOf(against, SIZE)];
  const half = room / 2;
  const ofFirst = first < half ? first : Math.max(half, room - second);
  return `${fitted(name, SIZE, ofFirst)}${MINUS}${fitted(against, SIZE, room - Math.min(first, ofFirst))}`;
}

/** For the pointer; whoever uses the keyboard finds the same links in the table under the figure. */
export function goes(target: string | undefined): Content {
  return target === undefined ? null : html` data-go="${target}"`;
}
