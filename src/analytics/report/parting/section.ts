/** Where two profiles parted at a task: what each side came to and cost, and their steps side by side, closed until asked for. */
import { type Content, html, type Markup } from "../markup.ts";
import type { ReportTrial } from "../report-trial.ts";
import { amount, dollars, duration, orUnknown, plural, reward } from "../shown-numbers.ts";
import { hrefOf, trialsLink } from "../trial-link.ts";
import { inNeither, type Stretch, type TrajectoryDiff } from "../../diff/trajectory-diff.ts";
import { type Contrast, RULE } from "./choose.ts";
import { type CommandPlace, commandsWork, diffCommand } from "./command.ts";
import type { Parting, Partings } from "./read.ts";
import { stepList } from "./steps.ts";

/** Of those that are not shown. */
const MOST_NAMED = 50;

/** @param place where its commands are typed */
export function partingSection(partings: Partings, place: CommandPlace): Markup {
  const { shown, more, without } = partings;
  const all = shown.length + more.length + without.length;
  if (all === 0)
    return html`<p class="empty">
      Nothing to put side by side: no side of a comparison solved a task in a larger share of its attempts than the
      other.
    </p>`;
  return html`<p>
      Two attempts at one task, one that solved it and one that did not, step by step. What both did stands over both
      columns, what one did in its own.
    </p>
    <p class="note">
      ${RULE} ${String(shown.length)} of ${plural(all, "pair")} shown. Any other two trials:
      <code>regatta diff TRIAL TRIAL</code>. Commands are to be run ${commandsWork(place)}.
    </p>
    ${shown.map((parting) => partingDetails(parting, place))}
    ${notShown(
      `${plural(more.length, "more pair")}, for which there is no room here`,
      more,
      (contrast) => html`<code class="command">${commandOf(contrast, place)}</code>`,
    )}
    ${notShown(`${plural(without.length, "pair")} that cannot be shown here`, without, ({ why }) => html`<span class="soft">${why}</span>`)}`;
}

function notShown<T extends Contrast>(
  title: string,
  contrasts: readonly T[],
  told: (contrast: T) => Markup,
): Markup | null {
  if (contrasts.length === 0) return null;
  const named = contrasts.slice(0, MOST_NAMED);
  const left = contrasts.length - named.length;
  return html`<details>
    <summary>${title}</summary>
    <ul class="paths">
      ${named.map((contrast) => html`<li>${nameOf(contrast)} ${told(contrast)}</li>`)}
      ${left === 0 ? null : html`<li>… ${String(left)} more</li>`}
    </ul>
  </details>`;
}

function nameOf({ task, a, b }: Contrast): Markup {
  const trial = ({ id, seen }: ReportTrial): Markup =>
    html`<a href="#${id}">${seen.profile}, ${String(seen.attempt)}</a>`;
  return html`${task}: ${trial(a)} against ${trial(b)}`;
}

function commandOf({ a, b }: Contrast, place: CommandPlace): string {
  return diffCommand(place, a.trial.path, b.trial.path);
}

function partingDetails(parting: Parting, place: CommandPlace): Markup {
  const { id, task, a, b, difference, found } = parting;
  const [better, worse] = difference > 0 ? [b, a] : [a, b];
  const told = "problem" in found ? "cannot be compared" : inShort(found.diff);
  return html`<details class="pair parting" id="${id}">
    <summary>
      <b>${task}</b>: <b>${better.seen.profile}</b> solved it, <b>${worse.seen.profile}</b> did not
      <span class="soft">${told}</span>
    </summary>
    ${sides(parting)}
    ${"problem" in found ? html`<p class="warned">Their steps cannot be compared. ${found.problem}.</p>` : steps(found.diff, found.notes, parting)}
    <p class="soft">All of it, step by step: <code class="command">${commandOf(parting, place)} --all</code></p>
  </details>`;
}

function inShort({ divergence, reconvergence }: TrajectoryDiff): string {
  if (divergence === null) return "no difference between their steps";
  const common = divergence.a ?? divergence.b ?? 0;
  const start = common === 0 ? "part at once" : `part after ${plural(common, "same action")}`;
  return `${start}, ${reconvergence === null ? "do not meet again" : "meet again"}`;
}

/** Two columns, which fit a phone. */
function sides(parting: Parting): Markup {
  const { a, b, solved, task, found } = parting;
  const diff = "problem" in found ? null : found.diff;
  const line = (name: string, of: (trial: ReportTrial, side: TrajectoryDiff["a"] | null) => Content): Markup =>
    html`<tr>
      <th scope="row">${name}</th>
      <td>${of(a, diff?.a ?? null)}</td>
      <td>${of(b, diff?.b ?? null)}</td>
    </tr>`;
  const heading = (letter: string, { seen }: ReportTrial): Markup =>
    html`<th scope="col"><span class="side">${letter}</span> ${seen.profile}</th>`;
  return html`<table class="sides">
    <caption>
      ${task}: both sides
    </caption>
    <thead>
      <tr>
        <td></td>
        ${heading("A", a)}${heading("B", b)}
      </tr>
    </thead>
    <tbody>
      ${line("outcome", ({ outcome, seen }) => `${outcome}, reward ${orUnknown(seen.reward, reward)}`)}
      ${line("attempt", ({ id, seen }) => html`<a href="#${id}">${String(seen.attempt)}</a>`)}
      ${line("all attempts", ({ seen: { profile } }) => {
        const { solved: some, scored } = solved[profile === a.seen.profile ? "a" : "b"];
        return html`<a ${hrefOf(trialsLink({ profile, task, outcome: "scored" }))}
          >${String(some)} of ${String(scored)} solved</a
        >`;
      })}
      ${line("cost", ({ seen }) => orUnknown(seen.costUsd, dollars))}
      ${line("agent’s time", ({ seen }) => orUnknown(seen.seconds, duration))}
      ${line("tokens", ({ seen }) => orUnknown(seen.tokens, amount))}
      ${
        diff === null
          ? null
          : [
              line(
                "steps",
                (_, side) => `${plural(side?.actions.length ?? 0, "action")} in ${plural(side?.steps ?? 0, "step")}`,
              ),
              line("until they part", (_, side) => spent(side?.before)),
              line("from then on", (_, side) => spent(side?.after)),
              ...neitherLine(parting, diff, line),
            ]
      }
    </tbody>
  </table>`;
}

type Line = (name: string, of: (trial: ReportTrial, side: TrajectoryDiff["a"] | null) => Content) => Markup;

/** Nothing of it is as it should be; what there is has to be somewhere, or the parts would not add up. */
function neitherLine({ a, b }: Parting, diff: TrajectoryDiff, line: Line): readonly Markup[] {
  const rest = ({ seen }: ReportTrial, side: TrajectoryDiff["a"]): readonly string[] => {
    const { tokens, costUsd, seconds } = inNeither(seen, side);
    const shown = (value: number | null, of: (value: number) => string): readonly string[] =>
      value === null || value === 0 ? [] : [`${value < 0 ? "−" : ""}${of(Math.abs(value))}`];
    return [...shown(costUsd, dollars), ...shown(seconds, duration), ...shown(tokens, (n) => `${amount(n)} tokens`)];
  };
  if (rest(a, diff.a).length + rest(b, diff.b).length === 0) return [];
  const told = (trial: ReportTrial): string => rest(trial, trial === a ? diff.a : diff.b).join(", ");
  return [line("in neither part", (trial) => told(trial) || "nothing, or not known")];
}

function spent(stretch: Stretch | undefined): string {
  if (stretch === undefined) return "";
  const { actions, costUsd, seconds, tokens } = stretch;
  if (actions === 0 && costUsd === 0 && tokens === 0) return "nothing";
  const known = (value: number | null, shown: (value: number) => string, what: string): string =>
    value === null ? `${what} unknown` : shown(value);
  return [
    plural(actions, "action"),
    known(costUsd, dollars, "cost"),
    known(seconds, (value) => (value === 0 ? "0s" : duration(value)), "time"),
    known(tokens, (value) => `${amount(value)} tokens`, "tokens"),
  ].join(", ");
}

function steps(diff: TrajectoryDiff, notes: readonly string[], { a, b }: Contrast): Markup {
  const { same, alike } = diff;
  return html`${notes.map((note) => html`<p class="warned">${note}</p>`)}
    <p>
      ${plural(same, "action")} the same in order, ${String(alike)} alike: the same tool on the same thing.
      ${diff.divergence === null ? "Both did the same throughout." : null}
    </p>
    <div class="columns" aria-hidden="true">
      <span><span class="side">A</span> ${a.seen.profile}</span
      ><span><span class="side">B</span> ${b.seen.profile}</span>
    </div>
    ${stepList(diff)}`;
}
