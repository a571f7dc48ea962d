/** A model's opinions in a terminal: the gist, what could not be had, and what it cost. The files have the rest. */
import { agreementText, type Estimate, opinionIn, type Opinions, whyNone } from "../../app/opinions.ts";
import { count, plural } from "../../terminal/figures.ts";
import { printable } from "../../terminal/printable.ts";
import { cut, textOf } from "./style.ts";

export function opinionsText({ mark, ...opinions }: Opinions, unknownLabels: number): string {
  const { strategies, failures, mcp, images, narratives, synthesis, paper, spend } = opinions;
  const answers = [
    ...Object.entries({ strategy: strategies, failure: failures, mcp, images }).flatMap(([question, rows]) =>
      rows.map(({ profile, task, attempt, answer }) => ({ of: `${question}, ${profile} ${task} ${attempt}`, answer })),
    ),
    ...narratives.map(({ task, answer }) => ({ of: `narrative, ${task}`, answer })),
    { of: "synthesis", answer: synthesis },
    { of: "paper", answer: paper },
  ];
  const failed = answers.filter(({ answer }) => answer.state === "failed");
  const answered = answers.filter(({ answer }) => answer.state === "answered").length;
  const found = opinionIn(synthesis);
  return textOf([
    "",
    `Opinion of ${printable(mark.model)}`,
    `  ${mark.statement}`,
    ...(found === null
      ? [`  Synthesis: ${printable(whyNone(synthesis) ?? "")}`]
      : [
          `  ${printable(found.headline)}`,
          ...found.findings
            .slice(0, 5)
            .map(({ claim, confidence }) => `  - ${printable(claim)} (${confidence} confidence)`),
        ]),
    `  ${printable(agreementText(mark.agreement))}`,
    ...(unknownLabels === 0 ? [] : [`  ${plural(unknownLabels, "labelled trial")} of people's not in this analysis.`]),
    `  ${plural(answered, "answer")}, ${spend.cached} of them kept from before; ${plural(spend.calls, "call")}, ${plural(failed.length, "failure")}; ` +
      `${count(spend.inputTokens)} tokens in, ${count(spend.outputTokens)} out; cost ${spent(spend)}.`,
    ...cut(failed.map(({ of, answer }) => `  ${printable(of)}: ${printable(whyNone(answer) ?? "")}`)),
  ]);
}

export function estimateText({ model, lines, costUsd }: Estimate): string {
  const asked = lines.reduce((sum, line) => sum + line.asked, 0);
  return textOf([
    `To ask ${printable(model)}: ${plural(asked, "question")}, about ${exactDollars(costUsd)}. Nothing was sent.`,
    ...lines.map(
      (line) =>
        `  ${line.question.padEnd(10)} ${String(line.asked).padStart(5)} to ask, ${line.cached} kept from before; about ${count(line.inputTokens)} tokens in, ${count(line.outputTokens)} out`,
    ),
    ...(costUsd === null ? ["  The price of this model is not known here: multiply by its own."] : []),
  ]);
}

/** One call of unknown cost takes nothing from what is known of the others. */
function spent({ calls, costUsd, pricedCalls, knownUsd }: Opinions["spend"]): string {
  if (costUsd !== null || pricedCalls === 0) return exactDollars(costUsd);
  return `at least ${exactDollars(knownUsd)} (${pricedCalls} of ${plural(calls, "call")} known)`;
}

/** To the hundredth of a cent: most of it is small change. */
function exactDollars(value: number | null): string {
  return value === null ? "not known" : `$${value.toFixed(4)}`;
}
