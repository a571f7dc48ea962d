/** What a model said of single trials: each opens, and leads to its trial. */
import { whyNone } from "../../../opinions/in-words.ts";
import type {
  Condensed,
  FailureOpinion,
  ImagesOpinion,
  Mark,
  McpOpinion,
  Opinions,
  StrategyOpinion,
  TrialRow,
} from "../../../opinions/opinions.ts";
import { type Content, html, type Markup } from "../markup.ts";
import { decimals, plural } from "../shown-numbers.ts";
import { part } from "./mark.ts";
import { said, saidInline, saidList } from "./words.ts";

/** Path of a trial → the id of its row on the page. */
export type TrialIds = ReadonlyMap<string, string>;

/** More would keep a reader from what follows. */
const MOST_OPEN = 10;

export function failures({ mark, failures: rows }: Opinions, ids: TrialIds): Markup {
  return trialPart(
    "Why trials failed",
    "failure",
    { mark, rows, ids },
    {
      inWord: ({ category, confidence }) => `${category}, ${confidence} confidence`,
      tally: ({ category }) => category,
      body: failure,
    },
  );
}

function failure({ root_cause: cause, critical_step: step, counterfactual, evidence }: FailureOpinion): Content {
  return [
    said(cause),
    html`<p>
      <span class="soft">Critical step:</span> ${step === null ? "no single one" : String(step)}
      <span class="soft">· done differently there:</span> ${saidInline(counterfactual)}
    </p>`,
    saidList(
      "What it points to:",
      evidence.map(({ step: at, what }) => `Step ${at}: ${what}`),
    ),
  ];
}

export function strategies({ mark, strategies: rows }: Opinions, ids: TrialIds): Markup {
  return trialPart(
    "How agents went about it",
    "strategy",
    { mark, rows, ids },
    {
      inWord: ({ approach, quality, confidence }) => `${approach}, quality ${quality} of 5, ${confidence} confidence`,
      tally: ({ approach }) => approach,
      mean: ({ quality }) => quality,
      body: strategy,
    },
  );
}

function strategy({ summary, phases, strengths, weaknesses }: StrategyOpinion): Content {
  return [
    said(summary),
    saidList(
      "Phases:",
      phases.map(({ first_step: from, last_step: to, what }) =>
        from === to ? `Step ${from}: ${what}` : `Steps ${from} to ${to}: ${what}`,
      ),
    ),
    saidList("Strengths:", strengths),
    saidList("Weaknesses:", weaknesses),
  ];
}

export function mcpUse({ mark, mcp: rows }: Opinions, ids: TrialIds): Markup {
  return trialPart(
    "How MCP tools were used",
    "mcp",
    { mark, rows, ids },
    {
      inWord: ({ servers, confidence }) =>
        [
          ...servers.map(({ server, effect, quality }) => `${server} ${effect}, ${quality} of 5`),
          `${confidence} confidence`,
        ].join("; "),
      body: mcp,
    },
  );
}

function mcp({ servers, missed_opportunities: missed, summary }: McpOpinion): Content {
  return [
    said(summary),
    saidList(
      "Used for:",
      servers.map(({ server, used_for: what }) => `${server}: ${what}`),
    ),
    saidList("Missed:", missed),
  ];
}

export function pictures({ mark, images }: Opinions, ids: TrialIds): Markup | null {
  const rows = images.filter(({ answer }) => answer.state !== "not-asked");
  if (rows.length === 0) return null;
  return trialPart(
    "What images showed",
    "images",
    { mark, rows, ids },
    {
      inWord: ({ confidence }) => `${confidence} confidence`,
      body: ({ summary, images: seen }: ImagesOpinion) => [
        said(summary),
        saidList(
          "One by one:",
          seen.map(({ image, shows, bears_on_task: bears }) => `Image ${image}: ${shows}. ${bears}`),
        ),
      ],
    },
  );
}

interface Rows<T> {
  readonly mark: Mark;
  readonly rows: readonly TrialRow<T>[];
  readonly ids: TrialIds;
}

interface HowToTell<T> {
  /** On the closed line. */
  readonly inWord: (opinion: T) => string;
  readonly body: (opinion: T) => Content;
  /** Counted by profile. */
  readonly tally?: (opinion: T) => string;
  readonly mean?: (opinion: T) => number;
}

function trialPart<T>(title: string, question: string, { mark, rows, ids }: Rows<T>, how: HowToTell<T>): Markup {
  const given = rows.flatMap((row) =>
    row.answer.state === "answered" ? [{ ...row, opinion: row.answer.opinion }] : [],
  );
  const each = given.map((row) => {
    const id = ids.get(row.path);
    return html`<details${id === undefined ? null : html` id="${opinionAnchor(question, id)}"`}>
      <summary><b>${row.profile}</b> ${row.task}, ${String(row.attempt)}: ${how.inWord(row.opinion)}</summary>
      ${how.body(row.opinion)}
      <p class="soft">${trialLink(row, ids)}${cut(row.condensed)}</p>
    </details>`;
  });
  const shown =
    each.length <= MOST_OPEN
      ? each
      : html`<details class="pairs">
          <summary>All ${String(each.length)} trials, one by one</summary>
          ${each}
        </details>`;
  return part(
    title,
    question,
    mark,
    how.tally === undefined ? null : tallies(given, how.tally, how.mean),
    shown,
    missing(rows, ids),
  );
}

export function opinionAnchor(question: string, trialId: string): string {
  return `${question}-${trialId}`;
}

function trialLink({ profile, task, attempt, path }: Omit<TrialRow<unknown>, "answer">, ids: TrialIds): Markup {
  const id = ids.get(path);
  const name = `${profile}, ${task}, ${attempt}`;
  return id === undefined ? html`${name}` : html`<a href="#${id}">The trial: ${name}</a>`;
}

function cut(condensed: Condensed | null): string | null {
  if (condensed === null || condensed.cut === null) return null;
  return `. The model was not shown all of it: ${condensed.cut}.`;
}

function tallies<T>(
  rows: readonly { readonly profile: string; readonly opinion: T }[],
  label: (opinion: T) => string,
  mean: ((opinion: T) => number) | undefined,
): Markup {
  const profiles = new Map<string, T[]>();
  for (const { profile, opinion } of rows) profiles.set(profile, [...(profiles.get(profile) ?? []), opinion]);
  const items = [...profiles].map(([profile, own]) => {
    const counts = new Map<string, number>();
    for (const opinion of own) counts.set(label(opinion), (counts.get(label(opinion)) ?? 0) + 1);
    const words = [...counts]
      .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
      .map(([word, count]) => `${count} ${word}`);
    const average =
      mean === undefined
        ? ""
        : `; quality ${decimals(own.reduce((sum, opinion) => sum + mean(opinion), 0) / own.length, 1)} of 5 on average`;
    return html`<li><b>${profile}</b>: ${words.join(", ")}${average}</li>`;
  });
  return html`<ul class="plain">
    ${items}
  </ul>`;
}

/** What was not asked by its reason, what failed one by one. */
function missing(rows: readonly TrialRow<unknown>[], ids: TrialIds): Markup | null {
  const reasons = new Map<string, number>();
  for (const { answer } of rows)
    if (answer.state === "not-asked") reasons.set(answer.why, (reasons.get(answer.why) ?? 0) + 1);
  const failed = rows.filter(({ answer }) => answer.state === "failed");
  if (reasons.size + failed.length === 0) return null;
  return html`<ul class="plain soft">
    ${[...reasons].map(([why, count]) => html`<li>${plural(count, "trial")} not asked about: ${why}</li>`)}
    ${failed.map((row) => html`<li>${trialLink(row, ids)}: ${whyNone(row.answer)}</li>`)}
  </ul>`;
}
