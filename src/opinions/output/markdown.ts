/**
 * A model's words in Markdown: they may repeat whatever a transcript said, so nothing of them may be markup, a picture that is
 * fetched or a link that is clicked.
 */
import { cleaned } from "../material/clean.ts";
import { agreementText } from "../in-words.ts";
import type { Mark } from "../opinions.ts";

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
