/** Trials that are in no rate, each with its first cause and the evidence, and what could not be read at all. */
import type { Outcome } from "../../../contract/outcome.ts";
import { isComputed } from "../../../statistics/computed.ts";
import type { ProfileFigures } from "../../comparison/profile-figures.ts";
import { type Lost, lostSentences } from "../../lost-trials.ts";
import type { LeftOut } from "../../reading/read-runs.ts";
import { type Content, html, type Markup } from "../markup.ts";
import type { ReportTrial } from "../report-trial.ts";
import { percent, plural } from "../shown-numbers.ts";
import { hrefOf, trialsLink } from "../trial-link.ts";
import { nameCell, numberCell, row, table, textCell } from "./html-table.ts";
import { fileLinks } from "./trial-table.ts";

type NotScored = Exclude<Outcome, { kind: "scored" }>;

interface Problem {
  readonly shown: ReportTrial;
  readonly outcome: NotScored;
}

function problemsOf(trials: readonly ReportTrial[]): readonly Problem[] {
  return trials.flatMap((shown) => {
    const { outcome } = shown.trial.facts;
    return outcome.kind === "scored" ? [] : [{ shown, outcome }];
  });
}

function isTreatment({ outcome }: Problem): boolean {
  return outcome.failure.blame === "treatment" || (outcome.kind === "not-scored" && outcome.reason === "not-treated");
}

/** The profile was not really applied: nothing can be said of it from these. */
export function treatmentProblems(trials: readonly ReportTrial[], linkBase: string): Markup {
  const own = problemsOf(trials).filter(isTreatment);
  if (own.length === 0)
    return html`<p class="empty">No trial says that its profile was not applied as it was meant.</p>`;
  return html`<h3>Not really applied</h3>
    <p>
      ${plural(own.length, "trial")} ran without the profile being really applied. They say nothing about it and are in
      no rate.
    </p>
    ${problemTable("Treatment problems", own, linkBase)}`;
}

export function notScored(trials: readonly ReportTrial[], linkBase: string): Markup {
  const all = problemsOf(trials);
  const unknown = trials.filter(({ outcome }) => outcome === "reward unknown");
  const others = all.filter((problem) => !isTreatment(problem));
  if (all.length + unknown.length === 0)
    return html`<p class="empty">None: every trial that could be read was scored.</p>`;
  return html`<p>
      They count as nothing: not as failed, and in no rate. Comparisons say what would have become of them had they
      counted as the worst and as the best.
    </p>
    ${reasonList(trials)}${
      others.length === 0 ? null : problemTable("Not scored, apart from treatment problems", others, linkBase)
    }`;
}

function reasonList(trials: readonly ReportTrial[]): Markup {
  const reasons = new Map<string, { readonly outcome: "not scored" | "reward unknown"; count: number }>();
  for (const { outcome, detail } of trials) {
    if (outcome !== "not scored" && outcome !== "reward unknown") continue;
    const so = reasons.get(detail) ?? { outcome, count: 0 };
    so.count += 1;
    reasons.set(detail, so);
  }
  const items = [...reasons]
    .sort(([a, { count: x }], [b, { count: y }]) => y - x || (a < b ? -1 : 1))
    .map(
      ([why, { outcome, count }]) =>
        html`<li><a ${hrefOf(trialsLink({ outcome, q: why }))}>${String(count)}</a> ${why}</li>`,
    );
  return html`<ul class="counts">
    ${items}
  </ul>`;
}

/** What each rate would be had all that was not scored failed, and had it all succeeded. */
export function successBounds(profiles: readonly ProfileFigures[]): Markup {
  const touched = profiles.filter(({ scored, trials }) => scored < trials);
  if (touched.length === 0) return html``;
  const some = touched.some(({ lost }) => lost > 0);
  const rows = touched.map(({ profile, scored, trials, lost, successBounds: bounds }) => {
    const known = isComputed(bounds) ? bounds : null;
    return row([
      nameCell(profile),
      numberCell(trials - scored - lost, String, trialsLink({ profile, outcome: "not scored" })),
      ...(some ? [numberCell(lost, String, "#left-out")] : []),
      numberCell(known?.low ?? null, percent),
      numberCell(known?.high ?? null, percent),
    ]);
  });
  const headings = [
    { label: "profile" },
    { label: "not scored", numeric: true },
    ...(some ? [{ label: "left no result", numeric: true }] : []),
    { label: "success, had they all failed", numeric: true },
    { label: "had they all succeeded", numeric: true },
  ];
  return table("Success, had what was not scored counted", headings, rows);
}

function problemTable(caption: string, problems: readonly Problem[], linkBase: string): Markup {
  const headings = ["profile", "task", "attempt", "why", "what happened", "phase", "evidence"].map((label) => ({
    label,
  }));
  const rows = problems.map(({ shown, outcome }) => {
    const { seen, id, detail, files, trial } = shown;
    const { message, phase, also } = outcome.failure;
    const later: Content = also.length === 0 ? null : html`<small>later: ${also.join("; ")}</small>`;
    return row([
      nameCell(seen.profile),
      textCell(seen.task),
      html`<td class="number"><a href="#${id}">${String(seen.attempt)}</a></td>`,
      textCell(detail),
      html`<td class="prose">${message}${later}</td>`,
      textCell(phase ?? "unknown"),
      html`<td class="links">${fileLinks(trial.path, files, linkBase)}</td>`,
    ]);
  });
  return table(caption, headings, rows);
}

/** By reason, so that a thousand cut off trials are one line that opens. */
export function leftOutList(leftOut: readonly LeftOut[], lost: Lost): Markup {
  const sentences = lostSentences(lost).map((sentence) => html`<p>${sentence}</p>`);
  if (leftOut.length === 0)
    return html`${sentences}
      <p class="empty">Nothing: every directory that was found could be read.</p>`;
  const reasons = new Map<string, LeftOut[]>();
  for (const each of leftOut) reasons.set(each.reason, [...(reasons.get(each.reason) ?? []), each]);
  return html`${sentences}${[...reasons].map(
    ([reason, own]) =>
      html`<details>
        <summary>${String(own.length)} × ${reason}</summary>
        <ul class="paths">
          ${own.map(
            ({ path, task, sameAs }) =>
              html`<li>
                ${path}${sameAs === undefined ? (task === null ? null : html` <span class="soft">${task}</span>`) : html` <span class="soft">the same as ${sameAs}</span>`}
              </li>`,
          )}
        </ul>
      </details>`,
  )}`;
}
