/**
 * Task × profile: what share of its scored trials each cell solved. The hardest tasks come first.
 *
 * A cell without a scored trial is hatched and has no colour of the scale: not scored is not a 0. A cell that was never run is empty.
 */
import type { Lost } from "../../lost-trials.ts";
import type { Drawing, Figure } from "../figure.ts";
import { html, type Markup } from "../markup.ts";
import { type HeatCell, type HeatRow, heatRows } from "./heat-map-cells.ts";
import { heatStep } from "../palette.ts";
import type { ReportTrial } from "../report-trial.ts";
import { decimals, percent, plural, reward } from "../shown-numbers.ts";
import { goes } from "../svg/row-frame.ts";
import { fitted, widthOf } from "../svg/text-fit.ts";
import { trialsLink } from "../trial-link.ts";
import { type HeatLayout, heatLayout, LONGEST_HEADING, ROW, SIZE } from "./heat-map-layout.ts";

/**
 * @param parted task → where the page shows two of its trials side by side
 * @param lost trials that left no result
 */
export function heatMapFigure(
  trials: readonly ReportTrial[],
  profiles: readonly string[],
  parted: ReadonlyMap<string, string>,
  lost: Lost["observations"],
): Figure {
  const rows = heatRows(trials, profiles, lost);
  const cells = rows.flatMap(({ cells: own }) => own);
  const unscored = cells.filter(({ trials: some, scored, lost: gone }) => some + gone > 0 && scored === 0).length;
  const never = cells.filter(({ trials: some, lost: gone }) => some + gone === 0).length;
  return {
    id: "heat-map",
    title: "Tasks by profile",
    description:
      `${plural(rows.length, "task")} under ${plural(profiles.length, "profile")}: colour and text say how many of the scored trials succeeded, or their mean reward where rewards are fractions. ` +
      `${plural(unscored, "cell")} without any scored trial (hatched), ${plural(never, "cell")} never run (empty).`,
    reading:
      "Hardest tasks first. Solved of scored trials, or the mean reward where rewards are fractions; what was not scored has no colour." +
      (parted.size === 0 ? "" : " A fork beside a task leads to where two of its trials parted."),
    data: {
      columns: [
        { key: "task", label: "task" },
        { key: "profile", label: "profile" },
        { key: "solved", label: "solved", shown: String },
        { key: "scored", label: "scored", shown: String },
        { key: "not_scored", label: "not scored", shown: String },
        { key: "no_result", label: "left no result", shown: String },
        { key: "mean_reward", label: "mean reward", shown: reward },
      ],
      rows: cells
        .filter(({ trials: some, lost: gone }) => some + gone > 0)
        .map(({ task, profile, trials: some, solved, scored, notScored, lost: gone, meanReward }) => ({
          cells: [task, profile, scored === 0 ? null : solved, scored, notScored, gone, meanReward],
          trials: some === 0 ? LEFT_OUT : trialsLink({ profile, task }),
          ...(parted.has(task) ? { parted: `#${parted.get(task)}` } : {}),
        })),
    },
    draw: rows.length === 0 ? null : (width) => draw(rows, profiles, width, parted),
  };
}

/** Where those are told that left no result. */
const LEFT_OUT = "#left-out";

const LEGEND = 40;
/** A narrower legend has no room for the cell that was never run beside the others. */
const ONE_LINE = 600;

/** In as many columns of tasks side by side as there is room for, when there are many tasks. */
function draw(
  rows: readonly HeatRow[],
  profiles: readonly string[],
  width: number,
  parted: ReadonlyMap<string, string>,
): Drawing {
  const tasks = rows.map(({ task }) => task);
  const layout = heatLayout(tasks, profiles, width, parted.size > 0);
  const perPanel = Math.ceil(rows.length / layout.panels);
  const panels = Array.from({ length: layout.panels }, (_, panel) => {
    const own = rows.slice(panel * perPanel, (panel + 1) * perPanel);
    return html`<g transform="translate(${panel * layout.step} 0)"
      >${headings(profiles, layout)}${own.map((row, at) => rowMarks(row, layout, layout.head + at * ROW, parted.get(row.task)))}</g
    >`;
  });
  const bottom = layout.head + perPanel * ROW;
  const never = rows.some(({ cells }) => cells.some(({ trials, lost }) => trials + lost === 0));
  return {
    width: layout.width,
    height: bottom + LEGEND + (never && layout.width < ONE_LINE ? 22 : 0),
    content: [hatch(layout.width), panels, legend(bottom + 14, layout.width, never)],
  };
}

/** Of its own for each width: both are on the page, and a pattern in a hidden picture draws nothing. */
function hatch(width: number): Markup {
  return html`<pattern
    id="hatch-${width}"
    class="hatch"
    width="6"
    height="6"
    patternUnits="userSpaceOnUse"
    patternTransform="rotate(45)"
    ><rect width="6" height="6" /><path d="M0 0V6"
  /></pattern>`;
}

function headings(profiles: readonly string[], { left, cell, head, lean }: HeatLayout): Markup[] {
  return profiles.map((profile, at) => {
    const x = left + cell * (at + 0.5);
    const text = fitted(profile, SIZE, lean ? LONGEST_HEADING : cell);
    const place = lean
      ? html`transform="translate(${x} ${head - 6}) rotate(-42)"`
      : html`x="${x}" y="${head - 9}" text-anchor="middle"`;
    return html`<g data-go="${trialsLink({ profile })}"
      ><title>${profile}</title><text class="head" ${place}>${text}</text></g
    >`;
  });
}

function rowMarks({ task, cells }: HeatRow, layout: HeatLayout, y: number, parting: string | undefined): Markup {
  const { names, left, cell } = layout;
  const middle = y + ROW / 2 + 4;
  return html`<g${goes(trialsLink({ task }))}><title>${task}</title><text class="name small" x="${names}" y="${middle}" text-anchor="end">${fitted(task, SIZE, names)}</text></g>${partedMark(task, parting, names + 6, y + ROW / 2)}${cells.map(
    (each, at) => cellMarks(each, layout, left + cell * at, y),
  )}`;
}

/** One way that becomes two. */
function partedMark(task: string, parting: string | undefined, x: number, y: number): Markup | null {
  if (parting === undefined) return null;
  return html`<g class="parted" ${goes(`#${parting}`)}
    ><title>${task}: where profiles parted, step by step</title
    ><rect x="${x}" y="${y - 10}" width="18" height="20" /><path d="M${x + 2} ${y}h5l7 -5M${x + 7} ${y}l7 5"
  /></g>`;
}

function cellMarks(each: HeatCell, { cell: width, width: whole }: HeatLayout, x: number, y: number): Markup {
  const { task, profile, trials, scored, notScored, lost, meanReward } = each;
  const box = html`x="${x + 1}" y="${y + 1}" width="${width - 2}" height="${ROW - 2}" rx="3"`;
  const centre = html`x="${x + width / 2}" y="${y + ROW / 2 + 4}"`;
  const without = lost === 0 ? "" : `, ${lost} without a result`;
  if (trials + lost === 0)
    return html`<g
      ><title>${profile} × ${task}: never run</title><rect class="never" ${box} /><text class="cell muted" ${centre}
        >·</text
      ></g
    >`;
  if (meanReward === null)
    return html`<g${goes(trials === 0 ? LEFT_OUT : trialsLink({ task, profile }))}><title>${profile} × ${task}: ${plural(notScored + lost, "trial")}, none scored${without}</title><rect class="unscored" fill="url(#hatch-${whole})" ${box}/></g>`;
  const step = heatStep(meanReward);
  // A corner tells that not all of it was scored.
  const corner =
    notScored + lost === 0 ? null : html`<path class="corner" d="M${x + width - 1} ${y + 1}h-10l10 10z" />`;
  return html`<g${goes(trialsLink({ task, profile }))}><title>${profile} × ${task}: ${told(each)}${without}</title><rect class="heat-${String(step)}" ${box}/>${corner}<text class="cell heat-ink-${String(step)}" ${centre}>${cellText(each, scored)}</text></g>`;
}

function told({ solved, scored, notScored, meanReward }: HeatCell): string {
  const rest = notScored === 0 ? "" : `, ${notScored} not scored`;
  return `${solved} of ${scored} solved, mean reward ${meanReward === null ? "unknown" : reward(meanReward)}${rest}`;
}

function cellText({ plain, solved, meanReward }: HeatCell, scored: number): string {
  if (plain) return `${solved}/${scored}`;
  return decimals(meanReward ?? 0, 2);
}

/** @param never whether some cell was never run */
function legend(y: number, width: number, never: boolean): Markup {
  const steps = [0, 2, 4, 6, 8, 10];
  const size = width < 520 ? 16 : 22;
  const after = 34 + steps.length * size;
  const marks = steps.map(
    (step, at) =>
      html`<rect class="heat-${String(step)}" x="${34 + at * size}" y="${y}" width="${size}" height="14" />`,
  );
  const end = after + widthOf(percent(1), SIZE) + 18;
  const word = width < 520 ? "none" : "none scored";
  const second = end + 26 + widthOf(word, SIZE) + 14;
  const third =
    width < 520
      ? null
      : html`<rect class="heat-6" x="${second}" y="${y}" width="20" height="14" rx="3" /><path
            class="corner"
            d="M${second + 20} ${y}h-9l9 9z"
          /><text class="legend" x="${second + 26}" y="${y + 11}">some not scored</text>`;
  const [at, row] = width < ONE_LINE ? [0, y + 22] : [second + 26 + widthOf("some not scored", SIZE) + 14, y];
  const fourth = never
    ? html`<rect class="never" x="${at}" y="${row}" width="20" height="14" rx="3" /><text
          class="cell muted"
          x="${at + 10}"
          y="${row + 11}"
          >·</text
        ><text class="legend" x="${at + 26}" y="${row + 11}">never run</text>`
    : null;
  return html`<g
    ><text class="legend" x="0" y="${y + 11}">0 %</text>${marks}<text class="legend" x="${after + 6}" y="${y + 11}"
      >100 %</text
    ><rect class="unscored" fill="url(#hatch-${width})" x="${end}" y="${y}" width="20" height="14" rx="3" /><text
      class="legend"
      x="${end + 26}"
      y="${y + 11}"
      >${word}</text
    >${third}${fourth}</g
  >`;
}
