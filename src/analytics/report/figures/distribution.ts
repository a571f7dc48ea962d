/**
 * How cost, tokens or time of scored trials are spread, by profile, on a logarithmic scale: a dot for each trial while there are few,
 * bars of how many lie in each bin beyond, and always the quartiles. Trials that do not say are counted beside it, never as 0.
 */
import { isComputed } from "../../../statistics/computed.ts";
import { quantile } from "../../../statistics/summary.ts";
import type { Figure } from "../figure.ts";
import { html, type Markup } from "../markup.ts";
import type { ReportTrial } from "../report-trial.ts";
import { plural, UNKNOWN } from "../shown-numbers.ts";
import { AXIS_HEIGHT, horizontalAxis } from "../svg/axis.ts";
import { goes, rowFrame } from "../svg/row-frame.ts";
import { linear, logarithmic, type Scale } from "../svg/scale.ts";
import { trialsLink } from "../trial-link.ts";
import type { Measure } from "./measure.ts";

interface Spread {
  readonly profile: string;
  /** In ascending order. */
  readonly known: readonly { readonly value: number; readonly trial: ReportTrial }[];
  readonly unknown: number;
  readonly low: number | null;
  readonly median: number | null;
  readonly high: number | null;
}

export function distributionFigure(
  measure: Measure,
  trials: readonly ReportTrial[],
  profiles: readonly string[],
): Figure {
  const scored = trials.filter(({ counted, seen }) => counted && seen.notScored === null && seen.reward !== null);
  const spreads = profiles.map((profile) => spreadOf(profile, scored, measure));
  const none = spreads.every(({ known }) => known.length === 0);
  const { key, column, title, shown } = measure;
  return {
    id: key,
    title: `${title} of scored trials`,
    description: none
      ? `No scored trial says its ${title.toLowerCase()}.`
      : `Median and quartiles: ${spreads.map((spread) => `${spread.profile} ${told(spread, shown)}`).join("; ")}.`,
    reading:
      "Each dot is a trial, or each bar how many; below, the thick line is the middle half and the mark the median.",
    data: {
      columns: [
        { key: "profile", label: "profile" },
        { key: "task", label: "task" },
        { key: "attempt", label: "attempt", shown: String },
        { key: column, label: title.toLowerCase(), shown },
      ],
      rows: scored.map(({ id, seen }) => ({
        cells: [seen.profile, seen.task, seen.attempt, measure.of(seen)],
        trials: `#${id}`,
      })),
    },
    summary: {
      columns: [
        { key: "profile", label: "profile" },
        { key: "n", label: "known", shown: String },
        { key: "unknown", label: "unknown", shown: String },
        { key: "min", label: "least", shown },
        { key: "q1", label: "lower quartile", shown },
        { key: "median", label: "median", shown },
        { key: "q3", label: "upper quartile", shown },
        { key: "max", label: "most", shown },
      ],
      rows: spreads.map(({ profile, known, unknown, low, median, high }) => ({
        cells: [
          profile,
          known.length,
          unknown,
          known[0]?.value ?? null,
          low,
          median,
          high,
          known.at(-1)?.value ?? null,
        ],
        trials: trialsLink({ profile, outcome: "scored" }),
      })),
    },
    draw: none ? null : (width) => draw(spreads, measure, width),
  };
}

function spreadOf(profile: string, scored: readonly ReportTrial[], { of }: Measure): Spread {
  const own = scored.filter(({ seen }) => seen.profile === profile);
  const known = own
    .flatMap((trial) => {
      const value = of(trial.seen);
      return value === null ? [] : { value, trial };
    })
    .sort((a, b) => a.value - b.value);
  const at = (p: number): number | null => {
    const found = quantile(
      known.map(({ value }) => value),
      p,
    );
    return isComputed(found) ? found : null;
  };
  return { profile, known, unknown: own.length - known.length, low: at(0.25), median: at(0.5), high: at(0.75) };
}

function told({ median, low, high, known, unknown }: Spread, shown: Measure["shown"]): string {
  const rest = unknown === 0 ? "" : `, ${unknown} unknown`;
  if (median === null || low === null || high === null) return `${UNKNOWN} (${plural(unknown, "trial")})`;
  return `${shown(median)} (${shown(low)} to ${shown(high)}; ${plural(known.length, "trial")}${rest})`;
}

const ROW = 64;
/** Room above the line. */
const STACK = 38;
/** Widths of dots and of bars. */
const DOTS = [6.4, 5, 4];
const BAR = 7;

function draw(spreads: readonly Spread[], measure: Measure, width: number) {
  const frame = rowFrame(
    spreads.map((spread) => ({
      name: spread.profile,
      numbers:
        spread.median === null
          ? UNKNOWN
          : `median ${measure.shown(spread.median)}${spread.unknown === 0 ? "" : `, ${spread.unknown} unknown`}`,
      go: trialsLink({ profile: spread.profile, outcome: "scored" }),
    })),
    width,
    ROW,
  );
  const x = scaleOf(spreads, measure, { from: frame.left + 6, to: frame.right - 6 }, width);
  const style = styleFor(spreads, x);
  const marks = spreads.map((spread, at) => [frame.heading(at), strip(spread, x, style, frame.middle(at), measure)]);
  const axis = horizontalAxis({
    scale: x,
    top: frame.top,
    bottom: frame.bottom,
    shown: measure.shown,
    label: measure.axis,
    middle: (frame.left + frame.right) / 2,
  });
  return { height: frame.bottom + AXIS_HEIGHT, content: [axis, marks] };
}

/** Logarithmic unless some trial has 0, which has no logarithm, or all are much alike. */
function scaleOf(
  spreads: readonly Spread[],
  { steps }: Measure,
  range: { from: number; to: number },
  width: number,
): Scale {
  const values = spreads.flatMap(({ known }) => known.map(({ value }) => value));
  const [least, most] = [Math.min(...ends(values, 0)), Math.max(...ends(values, 1))];
  if (least > 0 && most / least > 4)
    return logarithmic({ from: least * 0.9, to: most * 1.1 }, range, width < 520 ? 4 : 8, steps);
  return linear({ from: 0, to: most * 1.05 || 1 }, range, width < 520 ? 4 : 7, steps);
}

function ends(values: readonly number[], fallback: number): readonly number[] {
  return values.length === 0
    ? [fallback]
    : [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}

/** A mark for each trial, or for each bin of them. */
interface Style {
  readonly kind: "dots" | "bars";
  /** Of a bin. */
  readonly width: number;
}

type Known = Spread["known"][number];

/** The same for all rows, so that they compare: the largest dots whose stacks fit everywhere, else bars. */
function styleFor(spreads: readonly Spread[], x: Scale): Style {
  const width = DOTS.find((each) =>
    spreads.every((spread) => tallest(binned(spread, x, each).values()) * each <= STACK),
  );
  return width === undefined ? { kind: "bars", width: BAR } : { kind: "dots", width };
}

function binned({ known }: Spread, x: Scale, width: number): ReadonlyMap<number, readonly Known[]> {
  const bins = new Map<number, Known[]>();
  for (const each of known) {
    const bin = Math.round(x(each.value) / width);
    const there = bins.get(bin);
    if (there === undefined) bins.set(bin, [each]);
    else there.push(each);
  }
  return bins;
}

function tallest(bins: Iterable<readonly Known[]>): number {
  let most = 0;
  for (const bin of bins) most = Math.max(most, bin.length);
  return most;
}

/** Marks stand on the line of the quartiles. */
function strip(spread: Spread, x: Scale, { kind, width }: Style, middle: number, measure: Measure): Markup {
  const { known, low, median, high } = spread;
  if (low === null || median === null || high === null) return html``;
  const base = middle + ROW * 0.2;
  const bins = binned(spread, x, width);
  const most = tallest(bins.values());
  const marks = [...bins].map(([bin, each]) =>
    kind === "dots"
      ? each.map((one, level) => dot(one, bin * width, base - 3 - width * (level + 0.5), width, measure))
      : bar(bin * width, base - 3, width, (each.length / most) * STACK),
  );
  const y = base + 4;
  return html`<g
    >${marks}<path class="base" d="M${x(known[0]?.value ?? low)} ${y}H${x(known.at(-1)?.value ?? high)}" /><path
      class="whisker"
      d="M${x(low)} ${y}H${x(high)}" /><path class="median" d="M${x(median)} ${y - 6}V${y + 6}"
  /></g>`;
}

function dot({ value, trial }: Known, x: number, y: number, width: number, { shown }: Measure): Markup {
  const { task, attempt } = trial.seen;
  return html`<circle class="small-dot" cx="${x}" cy="${y}" r="${width / 2 - 0.3}" ${goes(`#${trial.id}`)}
    ><title>${task}, attempt ${String(attempt)}: ${shown(value)}</title></circle
  >`;
}

function bar(x: number, y: number, width: number, height: number): Markup {
  return html`<rect class="bar" x="${x - width / 2}" y="${y - height}" width="${width - 1}" height="${height}" />`;
}
