/** Every trial, one row each, with links to what it left. The page's script filters and sorts; without it the table is whole. */
import { html, type Markup } from "../markup.ts";
import type { ReportTrial } from "../report-trial.ts";
import { amount, dollars, duration, plural, reward } from "../shown-numbers.ts";
import type { TrialFile } from "../trial-files.ts";
import { fileLink } from "../trial-link.ts";
import { nameCell, numberCell, row, table, textCell } from "./html-table.ts";

/** Path of a trial → where else on the page there is something on it. */
export interface TrialPlaces {
  readonly opinion: ReadonlyMap<string, string>;
  /** Beside a trial of another profile. */
  readonly parting: ReadonlyMap<string, string>;
}

export function trialTable(trials: readonly ReportTrial[], linkBase: string, places: TrialPlaces): Markup {
  const headings = [
    { label: "profile" },
    { label: "task" },
    { label: "attempt", numeric: true },
    { label: "outcome" },
    { label: "how it ended" },
    { label: "reward", numeric: true },
    { label: "cost", numeric: true },
    { label: "tokens", numeric: true },
    { label: "time", numeric: true },
    { label: "calls", numeric: true },
    { label: "files" },
  ];
  return table(
    "All trials",
    headings,
    trials.map((shown) => trialRow(shown, linkBase, places)),
  );
}

function trialRow(shown: ReportTrial, linkBase: string, places: TrialPlaces): Markup {
  const { id, seen, outcome, detail, toolCalls, files, trial, counted } = shown;
  return row(
    [
      nameCell(seen.profile),
      textCell(seen.task),
      numberCell(seen.attempt, String),
      html`<td class="${outcome.replace(" ", "-")}">${outcome}</td>`,
      textCell([breakable(detail), counted ? null : html`<small>another trial of this attempt is counted</small>`]),
      numberCell(seen.reward, reward),
      numberCell(seen.costUsd, dollars),
      numberCell(seen.tokens, amount),
      numberCell(seen.seconds, duration),
      numberCell(toolCalls, amount),
      html`<td class="links">
        ${fileLinks(trial.path, files, linkBase)}${placeLink(places.parting.get(trial.path), "where they parted")}${placeLink(places.opinion.get(trial.path), "opinion")}
      </td>`,
    ],
    id,
  );
}

function placeLink(place: string | undefined, label: string): Markup | null {
  return place === undefined ? null : html`<a href="#${place}">${label}</a> `;
}

/** `infrastructure(agent-setup-timeout)` may go on after its bracket, on the next line. */
function breakable(detail: string): Markup {
  const [word = "", ...rest] = detail.split("(");
  return rest.length === 0 ? html`${word}` : html`${word}(<wbr />${rest.join("(")}`;
}

export function fileLinks(path: string, files: readonly TrialFile[], linkBase: string): readonly Markup[] {
  return files.map(({ label, path: file }) => html`<a href="${fileLink(linkBase, `${path}/${file}`)}">${label}</a> `);
}

/** Filters, shown by the script: without it they would do nothing. */
export function trialFilters(profiles: readonly string[], tasks: readonly string[], total: number): Markup {
  const outcomes = ["scored", "solved", "not solved", "not scored", "reward unknown"];
  return html`<noscript
      ><p class="note">
        JavaScript is off: numbers that lead to trials lead to this table of all of them, which cannot be filtered or
        sorted then, and marks of figures lead nowhere; the links in the data under a figure do.
      </p></noscript
    >
    <form id="filters" hidden aria-label="Filter the trials">
      ${choice("profile", "Profile", profiles)}${choice("task", "Task", tasks)}${choice("outcome", "Outcome", outcomes)}<label
        >Search<input type="search" name="q" placeholder="any text of a row" /></label
      ><button type="reset">Clear</button
      ><output aria-live="polite">${String(total)} of ${plural(total, "trial")}</output>
    </form>`;
}

function choice(name: string, label: string, options: readonly string[]): Markup {
  return html`<label
    >${label}<select name="${name}">
      <option value="">all</option>
      ${options.map((option) => html`<option>${option}</option>`)}
    </select></label
  >`;
}
