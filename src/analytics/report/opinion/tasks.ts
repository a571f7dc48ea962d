/** What a model said of the profiles at each task, side by side. */
import type { NarrativeOpinion, Opinions, TaskRow } from "../../../opinions/opinions.ts";
import { html, type Markup } from "../markup.ts";
import { hrefOf, trialsLink } from "../trial-link.ts";
import { none, part } from "./mark.ts";
import { said, saidInline } from "./words.ts";

/** More would keep a reader from what follows. */
const MOST_OPEN = 10;

export function narratives({ mark, narratives: rows }: Opinions): Markup {
  const each = rows.map(narrative);
  const shown =
    each.length <= MOST_OPEN
      ? each
      : html`<details class="pairs">
          <summary>All ${String(each.length)} tasks, one by one</summary>
          ${each}
        </details>`;
  return part("Task by task", "narrative", mark, shown);
}

function narrative({ task, profiles, condensed, answer }: TaskRow<NarrativeOpinion>): Markup {
  if (answer.state !== "answered")
    return html`<details>
      <summary><b>${task}</b>: nothing was said</summary>
      ${none(answer)}
    </details>`;
  const { narrative: words, runners, decisive_difference: decisive, confidence } = answer.opinion;
  const cut = condensed === null || condensed.cut === null ? "" : ` Not all was shown: ${condensed.cut}.`;
  return html`<details>
    <summary><b>${task}</b>: ${saidInline(decisive)}</summary>
    ${said(words)}
    <ul>
      ${runners.map(
        ({ runner, did }) =>
          html`<li><a ${hrefOf(trialsLink({ task, profile: runner }))}>${runner}</a>: ${saidInline(did)}</li>`,
      )}
    </ul>
    <p class="soft">
      ${confidence} confidence · <a ${hrefOf(trialsLink({ task }))}>The trials</a>, of which one of each profile was
      shown, in this order: ${profiles.join(", ")}.${cut}
    </p>
  </details>`;
}
