/** Calls per trial by who offered the tool: the agent itself or an MCP server. Trials whose calls are not recorded are in no mean. */
import type { Figure } from "../figure.ts";
import { html, type Markup } from "../markup.ts";
import { SERVER_COLOURS } from "../palette.ts";
import type { ReportTrial } from "../report-trial.ts";
import { decimals, plural, UNKNOWN } from "../shown-numbers.ts";
import { AXIS_HEIGHT, horizontalAxis } from "../svg/axis.ts";
import { goes, rowFrame } from "../svg/row-frame.ts";
import { linear } from "../svg/scale.ts";
import { fitted, widthOf } from "../svg/text-fit.ts";
import { trialsLink } from "../trial-link.ts";

/** The agent's own tools. */
const OWN = "the agent's own";

interface Use {
  readonly server: string;
  readonly calls: number;
  readonly errors: number;
  /** Trials that called it. */
  readonly trials: number;
}

interface Row {
  readonly profile: string;
  /** Trials whose calls are recorded. */
  readonly recorded: number;
  readonly trials: number;
  readonly uses: readonly Use[];
}

export function toolUseFigure(trials: readonly ReportTrial[], profiles: readonly string[]): Figure {
  const counted = trials.filter((trial) => trial.counted);
  const servers = serversOf(counted);
  const rows = profiles.map((profile) => rowOf(profile, counted, servers));
  const none = rows.every(({ recorded }) => recorded === 0);
  return {
    id: "tool-use",
    title: "Tool calls by server",
    description: none
      ? "No trial has a trajectory that records calls of tools."
      : `Mean calls of a trial. ${rows.map((row) => `${row.profile}: ${told(row)}`).join("; ")}.`,
    reading: "Mean calls of a trial, of the trials whose calls were recorded.",
    data: {
      columns: [
        { key: "profile", label: "profile" },
        { key: "server", label: "server" },
        { key: "calls", label: "calls", shown: String },
        { key: "errors", label: "failed", shown: String },
        { key: "calls_per_trial", label: "calls per trial", shown: (value) => decimals(value, 2) },
        { key: "trials_that_called", label: "trials that called it", shown: String },
        { key: "trials_recorded", label: "of recorded", shown: String },
      ],
      rows: rows.flatMap(({ profile, uses, recorded }) =>
        uses.map(({ server, calls, errors, trials: some }) => ({
          cells:
            recorded === 0
              ? [profile, server, null, null, null, null, 0]
              : [profile, server, calls, errors, calls / recorded, some, recorded],
          trials: trialsLink({ profile }),
        })),
      ),
    },
    draw: none ? null : (width) => draw(rows, servers, width),
  };
}

/** The agent's own first, then by name. */
function serversOf(trials: readonly ReportTrial[]): readonly string[] {
  const names = new Set(trials.flatMap(({ trial }) => trial.tools.flatMap(({ server }) => server ?? [])));
  return [OWN, ...[...names].sort()];
}

function rowOf(profile: string, all: readonly ReportTrial[], servers: readonly string[]): Row {
  const own = all.filter(({ seen }) => seen.profile === profile);
  const recorded = own.filter(({ toolCalls }) => toolCalls !== null);
  const uses = servers.map((server): Use => {
    const tools = recorded.map(({ trial }) => trial.tools.filter((tool) => (tool.server ?? OWN) === server));
    const total = (of: (tool: { calls: number; errors: number }) => number): number =>
      tools.flat().reduce((sum, tool) => sum + of(tool), 0);
    return {
      server,
      calls: total(({ calls }) => calls),
      errors: total(({ errors }) => errors),
      trials: tools.filter((each) => each.length > 0).length,
    };
  });
  return { profile, recorded: recorded.length, trials: own.length, uses };
}

function told({ recorded, trials, uses }: Row): string {
  if (recorded === 0) return `${UNKNOWN} (${plural(trials, "trial")} without a record)`;
  const parts = uses
    .filter(({ calls }) => calls > 0)
    .map(({ server, calls }) => `${server} ${decimals(calls / recorded, 1)}`);
  const part = recorded === trials ? "" : ` (of ${plural(recorded, "recorded trial")} out of ${trials})`;
  return `${parts.join(", ") || "none"}${part}`;
}

function draw(rows: readonly Row[], servers: readonly string[], width: number) {
  const keys = legend(servers, width);
  const frame = rowFrame(
    rows.map(({ profile, recorded, trials, uses }) => ({
      name: profile,
      numbers:
        recorded === 0
          ? UNKNOWN
          : `${decimals(uses.reduce((sum, { calls }) => sum + calls, 0) / recorded, 1)} calls${recorded === trials ? "" : ` (${recorded} of ${trials})`}`,
      go: trialsLink({ profile }),
    })),
    width,
    34,
  );
  const totals = rows.map(({ recorded, uses }) =>
    recorded === 0 ? 0 : uses.reduce((sum, { calls }) => sum + calls, 0) / recorded,
  );
  const x = linear(
    { from: 0, to: Math.max(...totals) * 1.02 || 1 },
    { from: frame.left, to: frame.right },
    width < 520 ? 4 : 7,
  );
  const marks = rows.map((row, at) => html`${frame.heading(at)}${segments(row, x, frame.middle(at))}`);
  const axis = horizontalAxis({
    scale: x,
    top: frame.top,
    bottom: frame.bottom,
    shown: (value) => decimals(value, 1),
    label: "mean calls of a trial",
    middle: (frame.left + frame.right) / 2,
  });
  return {
    height: frame.bottom + AXIS_HEIGHT + keys.height,
    content: [axis, marks, html`<g transform="translate(0 ${frame.bottom + AXIS_HEIGHT + 6})">${keys.content}</g>`],
  };
}

function segments({ profile, recorded, uses }: Row, x: (value: number) => number, middle: number): readonly Markup[] {
  let before = 0;
  return uses.flatMap(({ server, calls, errors }, at) => {
    if (calls === 0 || recorded === 0) return [];
    const from = x(before / recorded);
    before += calls;
    const width = Math.max(1, x(before / recorded) - from - 1);
    return [
      html`<g${goes(trialsLink({ profile }))}><title>${profile}, ${server}: ${decimals(calls / recorded, 2)} calls per trial, ${plural(errors, "failed call")}</title><rect class="${colour(at)}" x="${from}" y="${middle - 9}" width="${width}" height="18" rx="2"/></g>`,
    ];
  });
}

/** Beyond the colours there are, servers share one, and the text beside them tells. */
function colour(at: number): string {
  return at === 0 ? "native" : `server-${(at - 1) % SERVER_COLOURS}`;
}

function legend(
  servers: readonly string[],
  width: number,
): { readonly height: number; readonly content: readonly Markup[] } {
  let [x, y] = [0, 8];
  const content = servers.map((server, at) => {
    const text = fitted(server, 12, width * 0.5);
    const room = widthOf(text, 12) + 40;
    if (x > 0 && x + room > width) [x, y] = [0, y + 22];
    const mark = html`<rect class="${colour(at)}" x="${x}" y="${y}" width="14" height="14" rx="2" /><text
        class="legend"
        x="${x + 20}"
        y="${y + 11}"
        >${text}</text
      >`;
    x += room;
    return mark;
  });
  return { height: y + 28, content };
}
