/**
 * A model's words on the page. They may repeat whatever a transcript said, so they come in as text, as everything does, and stand
 * in a face of their own, so that no one takes them for a measurement.
 */
import { html, type Markup } from "../markup.ts";

/** Paragraphs, as blank lines or line breaks part them. */
export function said(text: string): Markup {
  const lines = text
    .split(/[\r\n]+/)
    .map(onOneLine)
    .filter((line) => line !== "");
  return html`<div class="said">${lines.map((line) => html`<p>${line}</p>`)}</div>`;
}

/** Within a line of ours. */
export function saidInline(text: string): Markup {
  return html`<span class="said">${onOneLine(text)}</span>`;
}

/** Nothing where there are no items. */
export function saidList(title: string, items: readonly string[]): Markup | null {
  if (items.length === 0) return null;
  return html`<p class="soft">${title}</p>
    <ul class="said">
      ${items.map((item) => html`<li>${onOneLine(item)}</li>`)}
    </ul>`;
}

function onOneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
