/**
 * HTML and SVG as values: what is put into a template is text and becomes text, unless it is markup made here. There is no other
 * way into the page, so names, messages and whatever an agent wrote can only ever be read.
 *
 * Markup is known by a symbol, which no JSON can hold. Characters that hide, reorder or control text are shown as escapes.
 */
import { printable } from "../../terminal/printable.ts";

const MADE = Symbol("markup");

export interface Markup {
  readonly [MADE]: string;
}

/** A number is a coordinate: it is rounded to hundredths. Numbers to be read come as text. Null is nothing. */
export type Content = Markup | string | number | null | readonly Content[];

/** Line breaks and indentation of a template are one blank in what it makes. */
export function html(template: TemplateStringsArray, ...values: readonly Content[]): Markup {
  const parts = onOneLine(template);
  let made = parts[0] ?? "";
  for (const [at, value] of values.entries()) made += `${markupOf(value)}${parts[at + 1] ?? ""}`;
  return { [MADE]: made };
}

const known = new WeakMap<TemplateStringsArray, readonly string[]>();

function onOneLine(template: TemplateStringsArray): readonly string[] {
  const before = known.get(template);
  if (before !== undefined) return before;
  const parts = template.map((part) => part.replace(/\s*\n\s*/g, " "));
  known.set(template, parts);
  return parts;
}

/** Of our own sources only: styles, the script. */
export function trusted(markup: string): Markup {
  return { [MADE]: markup };
}

export function textOf(markup: Markup): string {
  return markup[MADE];
}

function markupOf(value: Content): string {
  if (value === null) return "";
  if (typeof value === "string") return escaped(value);
  if (typeof value === "number") return coordinate(value);
  if (MADE in value) return value[MADE];
  return value.map(markupOf).join("");
}

const SPECIAL: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** For text and for quoted attributes alike. */
function escaped(text: string): string {
  // Most text is plain, and looking is much cheaper than replacing.
  // oxlint-disable-next-line no-control-regex
  if (/^[\w ./:()%+,;=~@#?*[\]{}|!$\u2013\u2014\u2026\u00d7-]*$/.test(text)) return text;
  return printable(text).replace(/[&<>"']/g, (character) => SPECIAL[character] ?? "");
}

function coordinate(value: number): string {
  const rounded = Math.round(value * 100) / 100;
  return String(rounded === 0 ? 0 : rounded);
}
