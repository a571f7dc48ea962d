/** The horizontal axis below a plot: grid lines, ticks that do not run into each other, and what is measured. */
import { type Content, html } from "../markup.ts";
import type { Scale } from "./scale.ts";
import { widthOf } from "./text-fit.ts";

export interface Axis {
  readonly scale: Scale;
  readonly top: number;
  readonly bottom: number;
  readonly shown: (value: number) => string;
  readonly label: string;
  /** Where the label is centred. */
  readonly middle: number;
}

/** Below `bottom`, for ticks and label. */
export const AXIS_HEIGHT = 44;
const SIZE = 12;

export function horizontalAxis({ scale, top, bottom, shown, label, middle }: Axis): Content {
  const labels = spread(scale.ticks.map((tick) => ({ at: scale(tick), text: shown(tick) })));
  return [
    ...scale.ticks.map((tick) => html`<path class="grid" d="M${scale(tick)} ${top}V${bottom}" />`),
    ...labels.map(({ at, text }) => html`<text class="tick" x="${at}" y="${bottom + 17}">${text}</text>`),
    html`<text class="label" x="${middle}" y="${bottom + 37}">${label}</text>`,
  ];
}

interface TickLabel {
  readonly at: number;
  readonly text: string;
}

/** Every second one where all would touch, and so on. */
function spread(labels: readonly TickLabel[]): readonly TickLabel[] {
  const touches = labels.some(({ at, text }, index) => {
    const next = labels[index + 1];
    return next !== undefined && next.at - at < (widthOf(text, SIZE) + widthOf(next.text, SIZE)) / 2 + 4;
  });
  return touches ? spread(labels.filter((_, index) => index % 2 === 0)) : labels;
}
