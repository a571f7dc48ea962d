/** `comparative_narratives.md`, `synthesis.md` and `paper_snippets.md`. */
import { whyNone } from "../in-words.ts";
import type { Condensed, NarrativeOpinion, Opinions, TaskRow } from "../opinions.ts";
import { list, markLines, paragraphs, text } from "./markdown.ts";

export function narrativesMarkdown({ mark, narratives }: Opinions): string {
  return document([
    "# How the profiles went about each task",
    "",
    ...markLines(mark, ["narrative"]),
    ...narratives.flatMap(narrative),
  ]);
}

function narrative({ task, profiles, condensed, answer }: TaskRow<NarrativeOpinion>): readonly string[] {
  const head = ["", `## ${text(task)}`, ""];
  if (answer.state !== "answered") return [...head, text(`${whyNone(answer)}.`)];
  const { narrative: words, runners, decisive_difference: decisive, confidence } = answer.opinion;
  return [
    ...head,
    ...paragraphs(words),
    "",
    ...runners.map(({ runner, did }) => `- **${text(runner)}**: ${text(did)}`),
    "",
    `What decided: ${text(decisive)} (confidence: ${confidence})`,
    "",
    `Shown in this order: ${profiles.map(text).join(", ")}.${cutText(condensed)}`,
  ];
}

function cutText(condensed: Condensed | null): string {
  return condensed === null || condensed.cut === null ? "" : ` Cut to fit: ${text(condensed.cut)}.`;
}

export function synthesisMarkdown({ mark, synthesis }: Opinions): string {
  const head = ["# Synthesis", "", ...markLines(mark, ["synthesis", "strategy", "failure", "mcp", "narrative"]), ""];
  if (synthesis.state !== "answered") return document([...head, text(`${whyNone(synthesis)}.`)]);
  const { headline, runners, findings, recommendations, caveats } = synthesis.opinion;
  return document([
    ...head,
    text(headline),
    ...runners.flatMap(({ runner, pattern, strengths, weaknesses }) => [
      "",
      `## ${text(runner)}`,
      "",
      text(pattern),
      ...titled("Strengths:", strengths),
      ...titled("Weaknesses:", weaknesses),
    ]),
    "",
    "## Findings",
    "",
    ...findings.map(
      ({ claim, tasks, confidence }) =>
        `- ${text(claim)} (confidence: ${confidence}${tasks.length === 0 ? "" : `; ${tasks.map(text).join(", ")}`})`,
    ),
    "",
    "## What to try next",
    "",
    ...list(recommendations),
    "",
    "## What this cannot show",
    "",
    ...list(caveats),
  ]);
}

export function paperMarkdown({ mark, paper, strangeNumbers }: Opinions): string {
  const head = ["# Snippets for a paper", "", ...markLines(mark, ["paper", "synthesis"]), ""];
  if (paper.state !== "answered") return document([...head, text(`${whyNone(paper)}.`)]);
  const { opinion } = paper;
  return document([
    ...head,
    "Check every sentence before it is used, and every number against comparison_report.md.",
    ...(strangeNumbers.length === 0
      ? []
      : [
          "",
          `**Numbers that are not among the figures the model was given: ${strangeNumbers.map(text).join(", ")}.**`,
        ]),
    ...section("Abstract", opinion.abstract_sentence),
    ...section("Results", opinion.results_paragraph),
    ...section("Qualitative reading", opinion.qualitative_paragraph),
    ...section("Limitations", opinion.limitations_paragraph),
  ]);
}

function section(title: string, words: string): readonly string[] {
  return ["", `## ${title}`, "", ...paragraphs(words)];
}

function titled(title: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : ["", title, "", ...list(items)];
}

function document(lines: readonly string[]): string {
  return `${lines.join("\n").replaceAll(/\n{3,}/g, "\n\n")}\n`;
}
