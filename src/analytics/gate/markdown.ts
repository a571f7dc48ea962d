/** What stands in a pull request: the verdict, one row per pair, what was lost where, and what else was not the same. */
import { isComputed } from "../../statistics/computed.ts";
import { percent, points, range } from "../comparison/answer.ts";
import type { Ratio } from "../comparison/pair.ts";
import { markdownText as text } from "../output/markdown-text.ts";
import type { GatedPair, GateWord } from "./decision.ts";
import { gateNotes, type GateResult, lossesOf } from "./gate-result.ts";

const HEADING: Readonly<Record<GateWord, string>> = {
  "not-worse": "✅ Not worse",
  worse: "❌ Worse",
  inconclusive: "❔ Inconclusive",
};
const MOST_TASKS = 10;
const MOST_DRIFT = 20;

export function gateMarkdown(result: GateResult): string {
  const { decision, a, b, drift } = result;
  const notes = gateNotes(result);
  return [
    `## ${HEADING[decision.word]}: ${text(b)} against ${text(a)}`,
    "",
    ...decision.pairs.map(
      ({ pair, word, because }) =>
        `- **${text(pair.b)}** against ${text(pair.a)}: ${wordText(word)}; ${text(because)}.`,
    ),
    "",
    "| profiles | verdict | success of A | success of B | difference | 95 % | tasks | won / lost / level | cost B/A | time B/A |",
    "| --- | --- | ---: | ---: | ---: | --- | ---: | --- | ---: | ---: |",
    ...decision.pairs.map((gated) => row(gated, result)),
    "",
    ...decision.pairs.flatMap(lossLines),
    ...(drift.length === 0
      ? []
      : [
          "<details><summary>What else is not the same</summary>",
          "",
          ...drift
            .slice(0, MOST_DRIFT)
            .map(({ about, what, a: x, b: y }) => `- ${about}: ${text(what)}: ${text(x)} → ${text(y)}`),
          ...(drift.length > MOST_DRIFT ? [`- … ${drift.length - MOST_DRIFT} more`] : []),
          "",
          "</details>",
          "",
        ]),
    ...notes.map((note) => `> ${text(note)}\n>`),
    `> Rule: ${text(decision.rule)}`,
    "",
  ].join("\n");
}

export function wordText(word: GateWord): string {
  return word === "not-worse" ? "not worse" : word;
}

function row({ pair, word }: GatedPair, { comparison }: GateResult): string {
  const { a, b, tasks, difference, wins, losses, ties, ratios } = pair;
  const success = (name: string): string => {
    const found = comparison.profiles.find(({ profile }) => profile === name);
    return found === undefined ? "—" : percent(found.success.value);
  };
  return `| ${[
    `${text(b)} − ${text(a)}`,
    wordText(word),
    success(a),
    success(b),
    isComputed(difference) ? points(difference.mean) : "—",
    isComputed(difference) ? range(difference.interval, " pp") : "—",
    String(tasks),
    `${wins} / ${losses} / ${ties}`,
    ratioText(ratios.costUsd),
    ratioText(ratios.seconds),
  ].join(" | ")} |`;
}

function ratioText({ median }: Ratio): string {
  return isComputed(median) ? `× ${median.toFixed(2)}` : "—";
}

function lossLines(gated: GatedPair): readonly string[] {
  const losses = lossesOf(gated);
  if (losses.length === 0) return [];
  const shown = losses.slice(0, MOST_TASKS).map(({ task, difference }) => `${text(task)} ${points(difference)}`);
  const more = losses.length > MOST_TASKS ? `, … ${losses.length - MOST_TASKS} more` : "";
  return [`Lost by ${text(gated.pair.b)}: ${shown.join(", ")}${more}.`, ""];
}
