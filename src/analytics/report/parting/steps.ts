/**
 * Both lists of actions as one: what is the same stands once over both columns, what is not in the column of its side. Read aloud or
 * on a phone it is one list, in which every action says whose it is.
 */
import type { Action } from "../../diff/action.ts";
import type { TrajectoryDiff } from "../../diff/trajectory-diff.ts";
import { type Content, html, type Markup } from "../markup.ts";
import { amount, plural } from "../shown-numbers.ts";
import { type Block, blocksOf } from "./blocks.ts";

export function stepList(diff: TrajectoryDiff): Markup {
  const blocks = blocksOf(diff);
  if (blocks.length === 0) return html`<p class="empty">Neither of them called a tool.</p>`;
  return html`<ol class="steps">
    ${blocks.map((block) => blockItem(block, diff))}
  </ol>`;
}

function blockItem(block: Block, { a, b, divergence }: TrajectoryDiff): Content {
  const [actA, actB] = [at(a.actions), at(b.actions)];
  switch (block.kind) {
    case "same":
      return block.pairs.map((pair) => sameItem(actA(pair.a), actB(pair.b)));
    case "alike":
      return block.pairs.map(
        (pair) =>
          html`<li class="alike">
            ${column("a", [actA(pair.a)])}<span class="like">≈<span class="aside"> alike</span></span
            >${column("b", [actB(pair.b)])}
          </li>`,
      );
    case "apart":
      return html`<li class="apart">${column("a", block.a.map(actA))}${column("b", block.b.map(actB))}</li>`;
    case "folded":
      return html`<li class="folded">… ${plural(block.actions, `more ${block.of} action`)}</li>`;
    case "folded-apart":
      return html`<li class="folded apart">
        <span>${block.a === 0 ? null : `… ${plural(block.a, "more action")} of A`}</span
        ><span>${block.b === 0 ? null : `… ${plural(block.b, "more action")} of B`}</span>
      </li>`;
    case "parts":
      return mark("parts", "◀ ▶", "First difference", [ended("A", divergence?.a), ended("B", divergence?.b)]);
    case "meets":
      return mark("meets", "▶ ◀", "They meet again", [`for ${plural(block.length, "action")}`]);
    case "rest":
      return html`<li class="folded">… ${plural(block.rows, "more row")} that this page has no room for</li>`;
  }
}

function ended(side: string, place: number | null | undefined): string | null {
  return place === null ? `where ${side} has ended` : null;
}

function mark(kind: string, sign: string, title: string, more: readonly (string | null)[]): Markup {
  const rest = more.flatMap((each) => (each === null ? [] : [`, ${each}`])).join("");
  return html`<li class="mark ${kind}"><span aria-hidden="true">${sign}</span> <b>${title}</b>${rest}</li>`;
}

function at(actions: readonly Action[]): (place: number) => Action {
  return (place) => {
    const action = actions[place];
    if (action === undefined) throw new Error(`there is no action ${place} of ${actions.length}`);
    return action;
  };
}

function sameItem(a: Action, b: Action): Markup {
  // The same act may fail for one alone.
  const failed =
    a.failed === b.failed ? failedText(a, "failed") : (failedText(a, "failed for A") ?? failedText(b, "failed for B"));
  return html`<li class="same">
    <span class="step">A ${String(a.step)} · B ${String(b.step)}</span> ${words(a)}${failed}
  </li>`;
}

/** An empty one has nothing in it, not even a blank: then it has no line at its side. */
function column(side: "a" | "b", actions: readonly Action[]): Markup {
  const letter = side.toUpperCase();
  const items = actions.map(
    (action) =>
      html`<p>
        <span class="step">${letter} ${String(action.step)}</span> ${words(action)}${failedText(action, "failed")}
      </p>`,
  );
  return html`<div class="of-${side}">${items}</div>`;
}

function failedText({ failed }: Action, text: string): Markup | null {
  return failed === true ? html` <span class="failed">${text}</span>` : null;
}

/** A command or a file that is written can be as long as an agent likes. */
function words({ shown, letters }: Action): Markup {
  const cut = letters > shown.length ? html` <small>of ${amount(letters)} characters</small>` : null;
  return html`<code>${shown}</code>${cut}`;
}
