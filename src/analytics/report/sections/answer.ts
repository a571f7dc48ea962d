/** What a reader came for: which profile won, by how much, how sure, and what it would take to know more. */
import { answerLines } from "../../comparison/answer.ts";
import type { ComparedPair, Comparison } from "../../comparison/comparison.ts";
import type { More } from "../../comparison/verdict.ts";
import { isComputed } from "../../../statistics/computed.ts";
import { SIGNS } from "../figures/differences.ts";
import { html, type Markup } from "../markup.ts";
import { pairAnchor } from "../pair-anchor.ts";
import { dollars, numberOrNull, plural, points, pointsRange, pShown, ratio } from "../shown-numbers.ts";

const WORDS: Readonly<Record<ComparedPair["verdict"]["word"], string>> = {
  better: "better than",
  worse: "worse than",
  equivalent: "equivalent to",
  inconclusive: "not told apart from",
};

export function answer(comparison: Comparison): Markup {
  const { pairs, rule, profiles } = comparison;
  const [lead, ...others] = answerLines(comparison);
  const rest = others.filter((line) => !line.startsWith("… ") && !pairs.some((pair) => isAbout(line, pair)));
  const more =
    pairs.length <= MOST_CARDS
      ? null
      : html`<p>
          The ${String(MOST_CARDS)} most decided of
          <a href="#comparisons">${String(pairs.length)} comparisons</a>: ${tally(pairs)}.
        </p>`;
  return html`<p class="lead">${lead ?? ""}</p>
    ${more}
    ${
      pairs.length === 0
        ? null
        : html`<ol class="verdicts">
            ${settledFirst(pairs).slice(0, MOST_CARDS)}
          </ol>`
    }
    <ul class="plain">
      ${rest.map((line) => html`<li>${line}</li>`)}
    </ul>
    ${profiles.length < 2 ? null : html`<p class="note">Rule: ${rule}</p>`}`;
}

/** More would keep a reader from everything else; each is in its own place below. */
const MOST_CARDS = 6;

/** `2 better, 1 worse, 25 inconclusive` */
function tally(pairs: readonly ComparedPair[]): string {
  const words = Object.keys(WORDS).map((word) => [word, pairs.filter(({ verdict }) => verdict.word === word).length]);
  return words
    .filter(([, count]) => count !== 0)
    .map(([word, count]) => `${count} ${word}`)
    .join(", ");
}

/** The cards say these already. */
function isAbout(line: string, { a, b, verdict }: ComparedPair): boolean {
  return line.startsWith(`${b} is ${WORDS[verdict.word]} ${a}: `);
}

/** What was decided first, then what came closest to it. */
function settledFirst(pairs: readonly ComparedPair[]): readonly Markup[] {
  const p = ({ signFlip, pHolm }: ComparedPair): readonly number[] => [
    pHolm ?? 2,
    isComputed(signFlip) ? signFlip.p : 2,
  ];
  return pairs
    .map((pair, at) => ({ ps: p(pair), card: verdictCard(pair, at) }))
    .sort(({ ps: x }, { ps: y }) => (x[0] ?? 2) - (y[0] ?? 2) || (x[1] ?? 2) - (y[1] ?? 2))
    .map(({ card }) => card);
}

function verdictCard(pair: ComparedPair, at: number): Markup {
  const { a, b, verdict, difference, wins, losses, ties } = pair;
  const details = `#${pairAnchor(at)}`;
  const by = isComputed(difference)
    ? html`<span class="big">${points(difference.mean)}</span>
        <span class="range"
          >${
            isComputed(difference.interval)
              ? `95 %: ${pointsRange(difference.interval)}`
              : difference.interval.notComputed
          }</span
        >`
    : html`<span class="range">${difference.notComputed}</span>`;
  const { more: needed } = verdict;
  const more = needed === null ? null : html`<p class="soft">${neededText(needed)}</p>`;
  const tasks = `${plural(wins, "task")} ahead, ${losses} behind, ${ties} level`;
  return html`<li class="card ${verdict.word}">
    <p class="badge"><span aria-hidden="true">${SIGNS[verdict.word]}</span> ${verdict.word}</p>
    <h3>
      <a href="${details}"><b>${b}</b> <span class="soft">${WORDS[verdict.word]}</span> <b>${a}</b></a>
    </h3>
    <p class="by">${by}</p>
    <p class="soft">${tasks}</p>
    <p class="soft">${numbersOf(pair).join(" · ")}</p>
    ${more}
  </li>`;
}

function neededText({ tasks, costUsd, attempts, attemptsCostUsd }: More): string {
  const some = (cost: number | null): string => (cost === null ? "" : ` (some ${dollars(cost)})`);
  const or = attempts === null ? "" : `, or ${plural(attempts, "more attempt")} at each${some(attemptsCostUsd)},`;
  return `About ${plural(tasks, "more task")}${some(costUsd)}${or} would tell.`;
}

/** What is not known is left to the details, which say why. */
function numbersOf({ pHolm, ratios }: ComparedPair): readonly string[] {
  const cost = numberOrNull(ratios.costUsd.median);
  const time = numberOrNull(ratios.seconds.median);
  return [
    ...(pHolm === null ? [] : [pShown(pHolm)]),
    ...(cost === null ? [] : [`cost ${ratio(cost)}`]),
    ...(time === null ? [] : [`time ${ratio(time)}`]),
  ];
}
