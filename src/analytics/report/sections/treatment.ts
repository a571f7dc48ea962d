/** What each profile's agents really ran with, and what that took: program, models, MCP servers and hooks. */
import { html, type Markup } from "../markup.ts";
import { duration, percent, plural } from "../shown-numbers.ts";
import type { ServerFigures, TreatmentFigures } from "../treatment-figures.ts";
import { hrefOf, trialsLink } from "../trial-link.ts";
import { nameCell, numberCell, row, table, textCell } from "./html-table.ts";

export function treatmentSeen(profiles: readonly TreatmentFigures[]): Markup | null {
  if (profiles.length === 0) return null;
  const told = profiles.flatMap(remarkable);
  return html`${
    told.length === 0
      ? null
      : html`<ul>
          ${told.map((line) => html`<li>${line}</li>`)}
        </ul>`
  }
  ${programs(profiles)} ${servers(profiles)} ${hooks(profiles)}`;
}

/** What a reader should not have to find in a table. */
function remarkable({
  profile,
  hookShare,
  hooks: events,
  servers: all,
  reasoning,
}: TreatmentFigures): readonly Markup[] {
  const of = html`<a ${hrefOf(trialsLink({ profile }))}>${profile}</a>`;
  const [runs, failures] = [events.map((each) => each.runs), events.map((each) => each.failures)].map((counts) =>
    counts.reduce((sum, count) => sum + count, 0),
  ) as [number, number];
  const other = reasoning.effective.filter((effective) => !reasoning.asked.includes(effective));
  return [
    ...(hookShare === null || runs === 0 ? [] : [html`${of}: hooks used ${percent(hookShare)} of the agent’s time.`]),
    ...(failures === 0
      ? []
      : [html`${of}: ${String(failures)} of ${plural(runs, "run")} of hooks failed or ran out of time.`]),
    ...all.flatMap(({ server, trials, unused }) =>
      unused === 0
        ? []
        : [
            html`${of}: the MCP server ${server} was offered and never called in ${String(unused)} of
            ${plural(trials, "trial")}.`,
          ],
    ),
    ...all.flatMap(({ server, trials, connected }) =>
      connected === null || connected === trials
        ? []
        : [html`${of}: the MCP server ${server} was connected in ${String(connected)} of ${plural(trials, "trial")}.`],
    ),
    ...(other.length === 0 || reasoning.asked.length === 0
      ? []
      : [html`${of}: reasoning ${reasoning.asked.join(", ")} was asked for, and ${other.join(", ")} was in effect.`]),
  ];
}

const NOT_TOLD = "not told";

function programs(profiles: readonly TreatmentFigures[]): Markup {
  const headings = [
    { label: "profile" },
    { label: "trials", numeric: true },
    { label: "program’s version" },
    { label: "models that answered" },
    { label: "reasoning asked for" },
    { label: "in effect" },
  ];
  const words = (values: readonly string[], none: string): Markup =>
    textCell(values.length === 0 ? none : values.join(", "));
  const rows = profiles.map(({ profile, trials, versions, models, reasoning }) =>
    row([
      nameCell(profile),
      numberCell(trials, String, trialsLink({ profile })),
      words(versions, NOT_TOLD),
      words(models, NOT_TOLD),
      words(reasoning.asked, "none"),
      words(reasoning.effective, NOT_TOLD),
    ]),
  );
  return table("What ran", headings, rows);
}

function servers(profiles: readonly TreatmentFigures[]): Markup | null {
  const rows = profiles.flatMap(({ profile, servers: all }) =>
    all.map((server) =>
      row([
        nameCell(profile),
        textCell(server.server),
        numberCell(server.trials, String, trialsLink({ profile })),
        numberCell(server.connected, String),
        toolsCell(server),
        numberCell(server.calls, String),
        numberCell(server.errors, String),
        numberCell(server.unused, String),
      ]),
    ),
  );
  if (rows.length === 0) return null;
  const headings = [
    { label: "profile" },
    { label: "MCP server" },
    { label: "trials", numeric: true },
    { label: "connected", numeric: true },
    { label: "tools offered", numeric: true },
    { label: "calls", numeric: true },
    { label: "failed", numeric: true },
    { label: "trials that never called it", numeric: true },
  ];
  return html`<h3>MCP servers</h3>
    ${table("MCP servers of profiles", headings, rows)}`;
}

function toolsCell({ tools }: ServerFigures): Markup {
  if (tools === null) return numberCell(null, String);
  return numberCell(tools.most, () =>
    tools.least === tools.most ? String(tools.most) : `${tools.least} to ${tools.most}`,
  );
}

function hooks(profiles: readonly TreatmentFigures[]): Markup | null {
  const rows = profiles.flatMap(({ profile, hooks: all }) =>
    all.map(({ event, trials, runs, failures, seconds }) =>
      row([
        nameCell(profile),
        textCell(event),
        numberCell(trials, String, trialsLink({ profile })),
        numberCell(runs, String),
        numberCell(failures, String),
        numberCell(seconds, duration),
        numberCell(seconds === null || runs === 0 ? null : seconds / runs, duration),
      ]),
    ),
  );
  if (rows.length === 0) return null;
  const headings = [
    { label: "profile" },
    { label: "event" },
    { label: "trials", numeric: true },
    { label: "runs of hooks", numeric: true },
    { label: "failed", numeric: true },
    { label: "time", numeric: true },
    { label: "per run", numeric: true },
  ];
  return html`<h3>Hooks</h3>
    ${table("Hooks of profiles", headings, rows)}`;
}
