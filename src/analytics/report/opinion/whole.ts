/** What a model makes of everything: the synthesis, and what it would write in a paper. */
import type { Opinions, SynthesisOpinion } from "../../../opinions/opinions.ts";
import { html, type Markup } from "../markup.ts";
import { hrefOf, trialsLink } from "../trial-link.ts";
import { none, part } from "./mark.ts";
import { said, saidInline, saidList } from "./words.ts";

/** @param known names that the table of trials has: the model may name others */
export function synthesis({ mark, synthesis: answer }: Opinions, known: Known): Markup {
  return part(
    "Synthesis",
    "synthesis",
    mark,
    answer.state === "answered" ? drawnTogether(answer.opinion, known) : none(answer),
  );
}

export interface Known {
  readonly profiles: ReadonlySet<string>;
  readonly tasks: ReadonlySet<string>;
}

function drawnTogether(
  { headline, runners, findings, recommendations, caveats }: SynthesisOpinion,
  known: Known,
): Markup {
  return html`<div class="headline">${said(headline)}</div>
    <div class="runners">
      ${runners.map(
        ({ runner, pattern, strengths, weaknesses }) =>
          html`<div>
            <h4>
              ${known.profiles.has(runner) ? html`<a ${hrefOf(trialsLink({ profile: runner }))}>${runner}</a>` : runner}
            </h4>
            ${said(pattern)} ${saidList("Strengths:", strengths)} ${saidList("Weaknesses:", weaknesses)}
          </div>`,
      )}
    </div>
    <h4>Findings</h4>
    <ul>
      ${findings.map(
        ({ claim, tasks, confidence }) =>
          html`<li>
            ${saidInline(claim)}
            <span class="soft">${confidence} confidence${tasks.map((task) => html`, ${taskLink(task, known)}`)}</span>
          </li>`,
      )}
    </ul>
    ${saidList("What to try next:", recommendations)} ${saidList("What this cannot show:", caveats)}`;
}

function taskLink(task: string, { tasks }: Known): Markup {
  return tasks.has(task) ? html`<a ${hrefOf(trialsLink({ task }))}>${task}</a>` : html`${task}`;
}

export function snippets({ mark, paper, strangeNumbers }: Opinions): Markup {
  if (paper.state !== "answered") return part("Snippets for a paper", "paper", mark, none(paper));
  const { opinion } = paper;
  const strange =
    strangeNumbers.length === 0
      ? null
      : html`<p class="warned">
          Numbers that are not among the figures the model was given: ${strangeNumbers.join(", ")}.
        </p>`;
  const texts = [
    ["Abstract", opinion.abstract_sentence],
    ["Results", opinion.results_paragraph],
    ["Qualitative reading", opinion.qualitative_paragraph],
    ["Limitations", opinion.limitations_paragraph],
  ] as const;
  return part(
    "Snippets for a paper",
    "paper",
    mark,
    html`<p>
        Check every sentence before it is used, and every number against the <a href="#profiles">measured ones</a>.
      </p>
      ${strange}
      <details>
        <summary>Abstract, results, qualitative reading, limitations</summary>
        ${texts.map(
          ([title, words]) =>
            html`<h4>${title}</h4>
              ${said(words)}`,
        )}
      </details>`,
  );
}
