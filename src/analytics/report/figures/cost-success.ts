/**
 * What a profile costs against what it solves, with the Pareto front: the profiles that no other equals at both and beats at one.
 * Where no trial says what it cost, tokens or time stand in. A profile whose costs are known in part is shown as that and is on no front.
 */
import { OWN_TASKS } from "../../comparison/answer.ts";
import type { ProfileFigures } from "../../comparison/profile-figures.ts";
import type { Figure } from "../figure.ts";
import { html, type Markup } from "../markup.ts";
import type { ReportTrial } from "../report-trial.ts";
import { intervalOrNull, numberOrNull, orUnknown, percent, plural } from "../shown-numbers.ts";
import { AXIS_HEIGHT, horizontalAxis } from "../svg/axis.ts";
import { linear } from "../svg/scale.ts";
import { type Box, pointLabels } from "../svg/point-labels.ts";
import { trialsLink } from "../trial-link.ts";
import { COST, type Measure, TIME, TOKENS } from "./measure.ts";

interface Point {
  readonly profile: string;
  /** Mean over scored trials where it is known. */
  readonly spent: number | null;
  readonly known: number;
  readonly scored: number;
  readonly success: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

type Placed = Point & { readonly spent: number; readonly success: number };

export function costSuccessFigure(profiles: readonly ProfileFigures[], trials: readonly ReportTrial[]): Figure {
  const scored = trials.filter(({ counted, seen }) => counted && seen.notScored === null && seen.reward !== null);
  const measure = [COST, TOKENS, TIME].find(({ of }) => scored.some(({ seen }) => of(seen) !== null)) ?? COST;
  const points = profiles.map((profile) => pointOf(profile, scored, measure));
  const placed = points.filter((point): point is Placed => point.spent !== null && point.success !== null);
  const front = paretoFront(placed);
  const title = `${measure.title} against success`;
  const missing = points.filter(({ spent }) => spent === null).map(({ profile }) => profile);
  const partly = placed.filter(({ known, scored: all }) => known < all).map(({ profile }) => profile);
  const stand = measure === COST ? "" : " No trial says what it cost, so this shows something else that is known.";
  const own = ownTasks(placed, scored)
    ? ` ${OWN_TASKS} So is each mean ${measure.title.toLowerCase()}: easier tasks alone may put a profile on the front.`
    : "";
  const description =
    placed.length === 0
      ? "No scored trial says what it cost, how many tokens it used or how long its agent ran."
      : `Mean ${measure.title.toLowerCase()} of a scored trial and success rate with its 95 % interval. On the Pareto front: ${
          front.map(({ profile }) => profile).join(", ") || "none"
        }.${stand}${missing.length === 0 ? "" : ` Not known for: ${missing.join(", ")}.`}${own}`;
  return {
    id: "cost-success",
    title,
    description,
    reading: `Left and up is better. The dashed line is the Pareto front; a ring is a profile beside which another is at least as good at both and better at one${
      partly.length === 0
        ? ""
        : `, or whose ${measure.title.toLowerCase()} is known only in part (${partly.join(", ")})`
    }.${own}`,
    data: {
      columns: [
        { key: "profile", label: "profile" },
        { key: `mean_${measure.column}`, label: `mean ${measure.title.toLowerCase()}`, shown: measure.shown },
        { key: "known_trials", label: "known for", shown: String },
        { key: "scored_trials", label: "of scored", shown: String },
        { key: "success_rate", label: "success", shown: percent },
        { key: "low_95", label: "95 % from", shown: percent },
        { key: "high_95", label: "to", shown: percent },
        { key: "pareto", label: "on the front" },
      ],
      rows: points.map((point) => ({
        cells: [
          point.profile,
          point.spent,
          point.known,
          point.scored,
          point.success,
          point.low,
          point.high,
          front.some(({ profile }) => profile === point.profile) ? "yes" : "no",
        ],
        trials: trialsLink({ profile: point.profile, outcome: "scored" }),
      })),
    },
    draw: placed.length === 0 ? null : (width) => draw(placed, front, measure, width),
  };
}

function pointOf({ profile, success }: ProfileFigures, scored: readonly ReportTrial[], { of }: Measure): Point {
  const own = scored.filter(({ seen }) => seen.profile === profile);
  const known = own.flatMap(({ seen }) => of(seen) ?? []);
  const interval = intervalOrNull(success.interval);
  return {
    profile,
    spent: known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length,
    known: known.length,
    scored: own.length,
    success: numberOrNull(success.value),
    low: interval?.low ?? null,
    high: interval?.high ?? null,
  };
}

/** Whether some of these were scored on other tasks than others. */
function ownTasks(points: readonly Placed[], scored: readonly ReportTrial[]): boolean {
  const sets = points.map(({ profile }) => {
    const tasks = scored.flatMap(({ seen }) => (seen.profile === profile ? [seen.task] : []));
    return JSON.stringify([...new Set(tasks)].sort());
  });
  return new Set(sets).size > 1;
}

/** Cheapest first. */
export function paretoFront<P extends Pick<Placed, "spent" | "success" | "known" | "scored">>(
  points: readonly P[],
): readonly P[] {
  const whole = points.filter(({ known, scored }) => known === scored);
  const beaten = (point: P): boolean =>
    whole.some(
      ({ spent, success }) =>
        spent <= point.spent && success >= point.success && (spent < point.spent || success > point.success),
    );
  return whole.filter((point) => !beaten(point)).toSorted((a, b) => a.spent - b.spent || a.success - b.success);
}

function draw(points: readonly Placed[], front: readonly Placed[], measure: Measure, width: number) {
  const height = width < 520 ? 280 : 400;
  const [left, right, top, bottom] = [48, width - 16, 14, height - AXIS_HEIGHT];
  const most = Math.max(...points.map(({ spent }) => spent)) || 1;
  const x = linear({ from: 0, to: most * 1.12 }, { from: left, to: right }, width < 520 ? 4 : 7, measure.steps);
  const y = linear(shares(points), { from: bottom, to: top }, 5);
  const rows = y.ticks.map(
    (tick) =>
      html`<path class="grid" d="M${left} ${y(tick)}H${right}" /><text
          class="tick"
          x="${left - 8}"
          y="${y(tick) + 4}"
          text-anchor="end"
          >${percent(tick)}</text
        >`,
  );
  const axis = horizontalAxis({
    scale: x,
    top,
    bottom,
    shown: measure.shown,
    label: `mean ${measure.axis}`,
    middle: (left + right) / 2,
  });
  const line = front.map(({ spent, success }, at) => {
    const place = `${at === 0 ? "M" : "H"}${Math.round(x(spent) * 100) / 100}`;
    const level = Math.round(y(success) * 100) / 100;
    return at === 0 ? `${place} ${level}` : `${place}V${level}`;
  });
  const marks = points.map((point) => pointMarks(point, front.includes(point), measure, x(point.spent), y));
  const places = points.map((point) => ({ text: point.profile, x: x(point.spent), y: y(point.success) }));
  const labels = pointLabels(places, alongFront(front, x, y), { left, right, top, bottom });
  const frontLine = line.length < 2 ? null : html`<path class="front" d="${line.join("")}" />`;
  const key = html`<g transform="translate(0 ${height + 6})">${labels.key}</g>`;
  return {
    height: height + labels.keyHeight,
    content: [rows, axis, frontLine, marks, labels.beside, key],
  };
}

/** From a whole fifth below the lowest interval to one above the highest: a point has no length that would have to begin at 0. */
function shares(points: readonly Placed[]): { readonly from: number; readonly to: number } {
  const low = Math.min(...points.map((point) => Math.max(0, point.low ?? point.success)));
  const high = Math.max(...points.map((point) => Math.min(1, point.high ?? point.success)));
  const [from, to] = [Math.floor(low * 5 + 1e-9) / 5, Math.ceil(high * 5 - 1e-9) / 5];
  return to > from ? { from, to } : { from: Math.max(0, from - 0.2), to: Math.min(1, to + 0.2) };
}

function pointMarks(
  point: Placed,
  onFront: boolean,
  measure: Measure,
  x: number,
  y: (share: number) => number,
): Markup {
  const { profile, spent, success, low, high, known, scored } = point;
  const part = known === scored ? "" : `, known for ${known} of ${plural(scored, "trial")}`;
  const whisker =
    low === null || high === null
      ? null
      : html`<path class="whisker thin faint" d="M${x} ${y(Math.max(0, low))}V${y(Math.min(1, high))}" />`;
  return html`<g data-go="${trialsLink({ profile, outcome: "scored" })}"
    ><title>${profile}: ${measure.shown(spent)}${part}, ${orUnknown(success, percent)} solved</title>${whisker}<circle
      class="${onFront ? "dot" : "dot hollow"}"
      cx="${x}"
      cy="${y(success)}"
      r="6.5"
  /></g>`;
}

/** The lines between the points of the front, for labels to keep clear of. */
function alongFront(front: readonly Placed[], x: (value: number) => number, y: (value: number) => number): Box[] {
  return front.slice(1).flatMap((point, at) => {
    const before = front[at] ?? point;
    const [left, right, low, high] = [x(before.spent), x(point.spent), y(before.success), y(point.success)];
    return [
      { left, right, top: low - 1, bottom: low + 1 },
      { left: right - 1, right: right + 1, top: high, bottom: low },
    ];
  });
}
