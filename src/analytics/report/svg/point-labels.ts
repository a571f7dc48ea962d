/**
 * Names beside the points of a plot. Where they would run into each other or into points and lines, the points get numbers instead,
 * and the names stand in a key below.
 */
import { html, type Markup } from "../markup.ts";
import { fitted, widthOf } from "./text-fit.ts";

export interface LabelPoint {
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface PointLabels {
  readonly beside: readonly Markup[];
  readonly key: readonly Markup[];
  /** 0 = there is no key. */
  readonly keyHeight: number;
}

const SIZE = 13;
const LINE = 22;
/** Of a point, from its centre. */
const REACH = 8;

export function pointLabels(points: readonly LabelPoint[], lines: readonly Box[], plot: Box): PointLabels {
  const names = placed(points, lines, plot);
  if (names.every(({ crowd }) => crowd === 0)) return { beside: names.map(marked), key: [], keyHeight: 0 };
  const numbers = placed(
    points.map((point, at) => ({ ...point, text: String(at + 1) })),
    lines,
    plot,
  );
  const columns = plot.right - plot.left > 500 ? 3 : 1;
  const column = plot.right / columns;
  const key = points.map(({ text }, at) => {
    const [x, y] = [(at % columns) * column, Math.floor(at / columns) * LINE + 14];
    return html`<text class="name" x="${x}" y="${y}">${`${at + 1}  ${fitted(text, SIZE, column - 36)}`}</text>`;
  });
  return { beside: numbers.map(marked), key, keyHeight: Math.ceil(points.length / columns) * LINE + 14 };
}

interface Placed {
  readonly text: string;
  readonly box: Box;
  /** What it touches. */
  readonly crowd: number;
}

function marked({ text, box }: Placed): Markup {
  return html`<text class="name halo" x="${box.left}" y="${box.top + 12.5}">${text}</text>`;
}

/** Each at the first place around its point that touches least of points, lines and earlier labels. */
function placed(points: readonly LabelPoint[], lines: readonly Box[], plot: Box): readonly Placed[] {
  const taken: Box[] = [
    ...lines,
    ...points.map(({ x, y }) => ({ left: x - REACH, right: x + REACH, top: y - REACH, bottom: y + REACH })),
  ];
  return points.map(({ text, x, y }) => {
    const width = widthOf(text, SIZE);
    const lefts = [x + REACH + 4, x - REACH - 4 - width, x - width / 2];
    const boxes = [0, -18, 18].flatMap((dy) =>
      lefts.map((left) => ({ left, right: left + width, top: y + dy - 8, bottom: y + dy + 8 })),
    );
    const inside = boxes.filter((box) => box.left >= 0 && box.right <= plot.right + 16 && box.bottom <= plot.bottom);
    const crowds = inside.map((box) => ({ text, box, crowd: taken.filter((other) => touch(box, other)).length }));
    const best = crowds.toSorted((one, other) => one.crowd - other.crowd)[0];
    // A name that fits nowhere inside is as good as one that touches everything.
    const chosen = best ?? { text, box: boxes[0] ?? plot, crowd: 1 };
    taken.push(chosen.box);
    return chosen;
  });
}

function touch(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
