/**
 * A figure: what it says in words, the data it is drawn from, and how it is drawn at any width. The page shows it in two widths
 * with its data under it; the same goes to `figures/<id>.svg` and `figures/<id>.csv`.
 */
import { csv } from "../output/csv.ts";
import { type Content, html, type Markup, textOf, trusted } from "./markup.ts";
import { FIGURE_STYLE } from "./page-assets.ts";
import { LIGHT, resolved } from "./palette.ts";
import { type DataTable, valuesOf } from "./data-table.ts";

export interface Figure {
  /** Also the name of its files. */
  readonly id: string;
  readonly title: string;
  /** What a reader who does not see it has to know: one to three sentences with numbers. */
  readonly description: string;
  /** How to read its marks. */
  readonly reading: string;
  /** What it is drawn from. */
  readonly data: DataTable;
  /** On the page, where the data itself is too long and stands in the table of trials anyway. */
  readonly summary?: DataTable;
  /** Null = there is nothing to draw, and `description` says why. */
  readonly draw: ((width: number) => Drawing) | null;
}

export interface Drawing {
  /** Where it could not be drawn as narrow as was asked. */
  readonly width?: number;
  readonly height: number;
  readonly content: Content;
}

/** Of the page's column, and of a phone. */
export const WIDTHS = { wide: 990, narrow: 328 } as const;
export type Layout = keyof typeof WIDTHS;

/** For the page, whose style sheet says what the classes look like. */
export function inlineSvg(figure: Figure, layout: Layout): Svg | null {
  if (figure.draw === null) return null;
  return svg(figure, figure.draw, { asked: WIDTHS[layout], id: `${figure.id}-${layout}`, names: `plot ${layout}` });
}

/** A file by itself, in light colours on white: it goes into papers and slides. */
export function standaloneSvg(figure: Figure): string {
  const style = trusted(`<style>${resolved(FIGURE_STYLE, LIGHT)}svg{background:#fff}.parted{display:none}</style>`);
  const draw = figure.draw ?? nothing(figure.description);
  const { markup } = svg(figure, draw, { asked: WIDTHS.wide, id: figure.id, names: "plot", style });
  const text = textOf(markup);
  // Links of the page lead nowhere from here, and a mark that is nothing but one is not shown.
  return `${text.replace(/ data-go="[^"]*"/g, "")}\n`;
}

export function figureCsv({ data }: Figure): string {
  return csv(
    data.columns.map(({ key }) => key),
    data.rows.map(valuesOf),
  );
}

interface Svg {
  readonly markup: Markup;
  /** Than was asked for: it has to be scrolled. */
  readonly wider: boolean;
}

interface SvgOptions {
  /** Width. */
  readonly asked: number;
  readonly id: string;
  /** Classes. */
  readonly names: string;
  readonly style?: Markup;
}

function svg(
  { title, description }: Figure,
  draw: (width: number) => Drawing,
  { asked, id, names, style }: SvgOptions,
): Svg {
  const { height, content, width = asked } = draw(asked);
  const wider = width > asked;
  const markup = html`<svg
    xmlns="http://www.w3.org/2000/svg"
    class="${wider ? `${names} wider` : names}"
    viewBox="0 0 ${width} ${height}"
    width="${width}"
    height="${height}"
    role="img"
    aria-labelledby="${id}-title ${id}-desc"
  >
    <title id="${id}-title">${title}</title>
    <desc id="${id}-desc">${description}</desc>
    ${style ?? null}${content}
  </svg>`;
  return { markup, wider };
}

function nothing(why: string): (width: number) => Drawing {
  return (width) => ({
    height: 64,
    content: html`<text class="muted" x="${width / 2}" y="36" text-anchor="middle">${why}</text>`,
  });
}
