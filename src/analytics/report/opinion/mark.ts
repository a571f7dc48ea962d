/** What stands on everything that a model said: which model, which prompt, and how far it agrees with people. */
import { agreementText, whyNone } from "../../../opinions/in-words.ts";
import type { Answer, Mark, Opinions, Price } from "../../../opinions/opinions.ts";
import { type Content, html, type Markup } from "../markup.ts";
import { amount, dollars, plural } from "../shown-numbers.ts";

/** What people label, of the questions that they label. */
const LABELS: Readonly<Record<string, readonly string[]>> = {
  strategy: ["approach", "quality"],
  failure: ["failure_category"],
};

/** @param question by its prompt's name */
export function part(title: string, question: string, mark: Mark, ...content: readonly Content[]): Markup {
  return html`<div class="opinion">
    <h3>${title}</h3>
    <p class="marked">
      <b>Opinion</b> of ${mark.model} · prompt “${question}” ${versionOf(mark, question)} · ${agreed(mark, question)}
    </p>
    ${content}
  </div>`;
}

export function wholeMark({ mark, ...opinions }: Opinions): Markup {
  return html`<p class="lead">${mark.statement}</p>
    <p>
      Everything in this part was said by <b>${mark.model}</b>, which was shown records of trials under labels in place
      of profiles’ names, in an order drawn with seed ${String(mark.seed)}. ${agreementText(mark.agreement)}
    </p>
    <p class="note">${spent(opinions)}</p>`;
}

function versionOf({ prompts }: Mark, question: string): string {
  const version = prompts[question];
  return version === undefined ? "of an unknown version" : `version ${version}`;
}

function agreed({ agreement }: Mark, question: string): string {
  const own = (agreement ?? []).filter(({ label }) => LABELS[question]?.includes(label) === true);
  return own.length === 0 ? "not measured against people" : agreementText(own).replace(/\.$/, "");
}

/** The same whether they were kept or new; what one run cost is told on the screen. */
function spent(opinions: Omit<Opinions, "mark">): string {
  const answers = answersOf(opinions);
  const given = answers.flatMap((answer) => (answer.state === "answered" ? [answer.price] : []));
  const sum = (values: readonly (number | null)[]): number | null =>
    values.reduce<number | null>((so, value) => (so === null || value === null ? null : so + value), 0);
  const [input, output] = [
    sum(given.map(({ inputTokens }) => inputTokens)),
    sum(given.map(({ outputTokens }) => outputTokens)),
  ];
  const failed = answers.filter(({ state }) => state === "failed").length;
  return [
    `${plural(given.length, "answer")}, whenever they were given: ${costOf(given)}`,
    `${input === null ? "unknown" : amount(input)} tokens in`,
    `${output === null ? "unknown" : amount(output)} out`,
    failed === 0 ? "no question failed." : `${plural(failed, "question")} came to nothing, as is said below.`,
  ].join(", ");
}

/** One of unknown cost takes nothing from what is known of the others. */
function costOf(prices: readonly Price[]): string {
  const known = prices.flatMap(({ costUsd }) => costUsd ?? []);
  const total = dollars(known.reduce((sum, value) => sum + value, 0));
  if (known.length === prices.length) return total;
  return known.length === 0
    ? "cost unknown"
    : `at least ${total} (${known.length} of ${plural(prices.length, "answer")} known)`;
}

function answersOf(opinions: Omit<Opinions, "mark">): readonly Answer<unknown>[] {
  const { strategies, failures, mcp, images, narratives, synthesis, paper } = opinions;
  const rows = [strategies, failures, mcp, images, narratives].flat();
  return [...rows.map(({ answer }) => answer), synthesis, paper];
}

export function none(answer: Answer<unknown>): Markup {
  return html`<p class="empty">${whyNone(answer)}.</p>`;
}
