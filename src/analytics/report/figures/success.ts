/** Success rate of each profile with its interval. */
import type { ProfileFigures } from "../../comparison/profile-figures.ts";
import type { Figure } from "../figure.ts";
import { html } from "../markup.ts";
import { intervalOrNull, numberOrNull, orUnknown, percent, percentRange } from "../shown-numbers.ts";
import { AXIS_HEIGHT, horizontalAxis } from "../svg/axis.ts";
import { goes, rowFrame } from "../svg/row-frame.ts";
import { linear } from "../svg/scale.ts";
import { trialsLink } from "../trial-link.ts";

interface Row {
  readonly profile: string;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly numbers: string;
  readonly go: string;
}

export function successFigure(profiles: readonly ProfileFigures[]): Figure {
  const rows = profiles.map(rowOf);
  return {
    id: "success",
    title: "Success rate by profile",
    description: `Share of scored trials that succeeded, with a 95 % interval. ${rows
      .map(({ profile, numbers }) => `${profile}: ${numbers}`)
      .join("; ")}.`,
    reading: "The point is the rate of scored trials, the line its 95 % interval.",
    data: {
      columns: [
        { key: "profile", label: "profile" },
        { key: "success_rate", label: "success", shown: percent },
        { key: "low_95", label: "95 % from", shown: percent },
        { key: "high_95", label: "to", shown: percent },
        { key: "method", label: "interval" },
        { key: "scored_trials", label: "scored", shown: String },
        { key: "trials", label: "trials", shown: String },
        { key: "tasks", label: "tasks", shown: String },
      ],
      rows: profiles.map(({ profile, success, trials, scored }, at) => ({
        cells: [
          profile,
          rows[at]?.value ?? null,
          rows[at]?.low ?? null,
          rows[at]?.high ?? null,
          success.method,
          scored,
          trials,
          success.tasks,
        ],
        trials: trialsLink({ profile, outcome: "scored" }),
      })),
    },
    draw: rows.length === 0 ? null : (width) => draw(rows, width),
  };
}

function rowOf({ profile, success }: ProfileFigures): Row {
  const value = numberOrNull(success.value);
  const interval = intervalOrNull(success.interval);
  return {
    profile,
    value,
    low: interval?.low ?? null,
    high: interval?.high ?? null,
    numbers: `${orUnknown(value, percent)}${interval === null ? "" : ` (${percentRange(interval)})`}`,
    go: trialsLink({ profile, outcome: "scored" }),
  };
}

function draw(rows: readonly Row[], width: number) {
  const frame = rowFrame(
    rows.map(({ profile, numbers, go }) => ({ name: profile, numbers, go })),
    width,
    36,
  );
  const x = linear({ from: 0, to: 1 }, { from: frame.left, to: frame.right }, 5);
  const marks = rows.map(({ profile, value, low, high, numbers, go }, at) => {
    const y = frame.middle(at);
    const whisker =
      low === null || high === null
        ? null
        : html`<path class="whisker" d="M${x(Math.max(0, low))} ${y}H${x(Math.min(1, high))}" />`;
    const dot = value === null ? null : html`<circle class="dot" cx="${x(value)}" cy="${y}" r="6" />`;
    return html`${frame.heading(at)}<g${goes(go)}><title>${profile}: ${numbers}</title>${whisker}${dot}</g>`;
  });
  const axis = horizontalAxis({
    scale: x,
    top: frame.top,
    bottom: frame.bottom,
    shown: percent,
    label: "success rate, 95 % interval",
    middle: (frame.left + frame.right) / 2,
  });
  return { height: frame.bottom + AXIS_HEIGHT, content: [axis, marks] };
}
