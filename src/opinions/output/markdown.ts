/**
 * A model's words in Markdown: they may repeat whatever a transcript said, so nothing of them may be markup, a picture that is
 * fetched or a link that is clicked.
 */
import { cleaned } from "../material/clean.ts";
import type { Agreement, Answer, Mark } from "../opinions.ts";

/** One line of plain text. */
export function text(value: string): string {
  return cleaned(value)
    .replaceAll(/\s+/g, " ")
    .trim()
    .replaceAll("&", "&amp;")
    .replaceAll(/[\\`*_~[\]<>|#!$]/g, "\\$&")
    .replaceAll("://", "&#58;//")
    .replaceAll(/\bwww\./gi, (www) => `${www.slice(0, -1)}&#46;`)
    .replaceAll("@", "&#64;")
    .replace(/^(\d+)([.)])(?= )/, "$1\\$2")
    .replace(/^[-+=]/, "\\$&");
}

/** Paragraphs, separated by blank lines. */
export function paragraphs(value: string): readonly string[] {
  return value
    .split(/\n\s*\n/)
    .map(text)
    .filter((line) => line !== "")
    .flatMap((line, at) => (at === 0 ? [line] : ["", line]));
}

export function list(items: readonly string[]): readonly string[] {
  return items.map((item) => `- ${text(item)}`);
}

/** What stands at the beginning of every file. */
export function markLines(
  { statement, model, prompts, seed, agreement }: Mark,
  used: readonly string[],
): readonly string[] {
  const versions = used.map((name) => `${name} ${prompts[name] ?? "?"}`).join(", ");
  return [
    `> **${text(statement)}**`,
    ">",
    `> Model: ${text(model)}. Prompts: ${versions}. Profiles were hidden behind labels, in an order drawn with seed ${seed}.`,
    `> ${text(agreementText(agreement))}`,
  ];
}

export function agreementText(agreement: readonly Agreement[] | null): string {
  if (agreement === null) return "Agreement with people: not measured.";
  if (agreement.length === 0) return "Agreement with people: nothing was labelled.";
  return `Agreement with people (Cohen's kappa): ${agreement.map(oneAgreement).join("; ")}.`;
}

function oneAgreement({ label, n, kappa, interval, weights, because }: Agreement): string {
  if (kappa === null) return `${label} not computed, ${because ?? "unknown why"}`;
  const range = interval === null ? "" : `, 95 % ${interval.low.toFixed(2)} to ${interval.high.toFixed(2)}`;
  return `${label} ${kappa.toFixed(2)} (${weights === "none" ? "" : "quadratic weights, "}n = ${n}${range})`;
}

/** Why there is no opinion; null when there is one. */
export function whyNone(answer: Answer<unknown>): string | null {
  if (answer.state === "answered") return null;
  return answer.state === "failed" ? `no answer (${answer.kind}): ${answer.why}` : `not asked: ${answer.why}`;
}
