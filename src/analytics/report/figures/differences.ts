/** Forest plot: the paired difference of mean reward of each comparison, with both intervals, the margin, and the verdict. */
import type { ComparedPair } from "../../comparison/comparison.ts";
import type { Verdict } from "../../comparison/verdict.ts";
import { isComputed } from "../../../statistics/computed.ts";
import type { Figure } from "../figure.ts";
import { html } from "../markup.ts";
import { decimals, intervalOrNull, points, pointsRange, probability } from "../shown-numbers.ts";
import { AXIS_HEIGHT, horizontalAxis } from "../svg/axis.ts";
import { goes, rowFrame } from "../svg/row-frame.ts";
import { linear } from "../svg/scale.ts";
import { pairAnchor } from "../pair-anchor.ts";

/** A sign beside each colour. */
export const SIGNS: Readonly<Record<Verdict["word"], string>> = {
  better: "▲",
  worse: "▼",
  equivalent: "=",
  inconclusive: "?",
};

interface Row {
  readonly name: string;
  readonly pair: ComparedPair;
  readonly mean: number | null;
  readonly wide: { readonly low: number; readonly high: number } | null;
  readonly narrow: { readonly low: number; readonly high: number } | null;
  readonly numbers: string;
  readonly go: string;
}

export function differencesFigure(pairs: readonly ComparedPair[], why: string): Figure {
  const rows = pairs.map(rowOf);
  return {
    id: "differences",
    title: "Paired differences of reward",
    description:
      rows.length === 0
        ? why
        : `Second profile minus first over the tasks both have scored trials of, in percentage points of reward, with the 95 % interval. ${rows
            .map(({ name, numbers, pair }) => `${name}: ${numbers}, ${pair.verdict.word}`)
            .join("; ")}.`,
    reading:
      "Second profile minus first, on the tasks both have scored trials of. Thick line: 90 % interval, which equivalence is judged by; thin line: 95 %.",
    data: {
      columns: [
        { key: "profile", label: "profile" },
        { key: "against", label: "against" },
        { key: "difference", label: "difference", shown: points },
        { key: "low_95", label: "95 % from", shown: points },
        { key: "high_95", label: "to", shown: points },
        { key: "low_90", label: "90 % from", shown: points },
        { key: "high_90", label: "to", shown: points },
        { key: "p_holm", label: "p after Holm", shown: probability },
        { key: "shared_tasks", label: "shared tasks", shown: String },
        { key: "wins", label: "ahead", shown: String },
        { key: "losses", label: "behind", shown: String },
        { key: "ties", label: "level", shown: String },
        { key: "verdict", label: "verdict" },
      ],
      rows: rows.map(({ pair, mean, wide, narrow, go }) => ({
        cells: [
          pair.b,
          pair.a,
          mean,
          wide?.low ?? null,
          wide?.high ?? null,
          narrow?.low ?? null,
          narrow?.high ?? null,
          pair.pHolm,
          pair.tasks,
          pair.wins,
          pair.losses,
          pair.ties,
          pair.verdict.word,
        ],
        trials: go,
      })),
    },
    draw: rows.length === 0 ? null : (width) => draw(rows, width),
  };
}

function rowOf(pair: ComparedPair, at: number): Row {
  const { difference } = pair;
  const computed = isComputed(difference) ? difference : null;
  const wide = computed === null ? null : intervalOrNull(computed.interval);
  const range = wide === null ? "no interval" : pointsRange(wide);
  return {
    name: `${pair.b} − ${pair.a}`,
    pair,
    mean: computed?.mean ?? null,
    wide,
    narrow: intervalOrNull(pair.interval90),
    numbers: computed === null ? "unknown" : `${points(computed.mean)} (${range})`,
    go: `#${pairAnchor(at)}`,
  };
}

function draw(rows: readonly Row[], width: number) {
  const frame = rowFrame(
    rows.map(({ numbers, go, pair }) => ({
      name: pair.b,
      against: pair.a,
      numbers: `${SIGNS[pair.verdict.word]}  ${numbers}`,
      go,
    })),
    width,
    38,
  );
  const ends = rows.flatMap(({ mean, wide }) => [mean ?? 0, wide?.low ?? 0, wide?.high ?? 0]);
  const [from, to] = [Math.min(-0.1, ...ends), Math.max(0.1, ...ends)];
  const pad = (to - from) * 0.04;
  const x = linear({ from: from - pad, to: to + pad }, { from: frame.left, to: frame.right }, width < 520 ? 4 : 6);
  const marks = rows.map(({ name, pair, mean, wide, narrow, numbers, go }, at) => {
    const y = frame.middle(at);
    const { word } = pair.verdict;
    return html`${frame.heading(at)}<g class="${word}" ${goes(go)}
        ><title>${name}: ${numbers}; ${word}</title>${
          wide === null ? null : html`<path class="whisker thin" d="M${x(wide.low)} ${y}H${x(wide.high)}" />`
        }${narrow === null ? null : html`<path class="whisker" d="M${x(narrow.low)} ${y}H${x(narrow.high)}" />`}${
          mean === null
            ? null
            : html`<rect
                class="dot"
                x="${x(mean) - 5}"
                y="${y - 5}"
                width="10"
                height="10"
                transform="rotate(45 ${x(mean)} ${y})"
              />`
        }</g
      >`;
  });
  const axis = horizontalAxis({
    scale: x,
    top: frame.top,
    bottom: frame.bottom,
    shown: (value) => (value === 0 ? "0" : `${value > 0 ? "+" : ""}${decimals(100 * value, 1)}`),
    label: "difference of mean reward, percentage points",
    middle: (frame.left + frame.right) / 2,
  });
  const zero = html`<path class="zero" d="M${x(0)} ${frame.top}V${frame.bottom}" />`;
  return { height: frame.bottom + AXIS_HEIGHT, content: [axis, zero, marks] };
}
