/**
 * The page: one file that asks for nothing else. Its policy lets run the one script and the one style whose hashes it names, so that
 * even markup that got in would do nothing.
 */
import { createHash } from "node:crypto";
import { html, type Markup, textOf, trusted } from "./markup.ts";
import { FIGURE_STYLE, PAGE_SCRIPT, PAGE_STYLE } from "./page-assets.ts";
import { DARK, declarations, LIGHT } from "./palette.ts";

export interface Section {
  readonly id: string;
  readonly title: string;
  /** Among the links at the top. */
  readonly short: string;
  readonly content: Markup;
}

export interface Page {
  readonly title: string;
  /** What was analysed, in a line. */
  readonly about: string;
  readonly sections: readonly Section[];
}

export function pageHtml({ title, about, sections }: Page): string {
  const style = styleSheet();
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    `script-src '${hashOf(PAGE_SCRIPT)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${trusted(policy)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>${title} · Regatta</title>
        ${trusted(`<style>${style}</style>`)}
      </head>
      <body>
        <a class="skip" href="#answer">Skip to the answer</a>
        <header class="top">
          <div>
            <p class="kind">Regatta report</p>
            <h1>${title}</h1>
            <p class="about">${about}</p>
          </div>
          <button type="button" id="theme" hidden></button>
        </header>
        <nav aria-label="Sections">
          <ul>
            ${sections.map(({ id, short }) => html`<li><a href="#${id}">${short}</a></li>`)}
          </ul>
        </nav>
        <main>
          ${sections.map(
            ({ id, title: name, content }) =>
              html`<section id="${id}" aria-labelledby="${id}-heading">
                <h2 id="${id}-heading">${name}</h2>
                ${content}
              </section> `,
          )}
        </main>
        ${trusted(`<script>${PAGE_SCRIPT}</script>`)}
      </body>
    </html> `;
  return textOf(page);
}

/** Dark on a screen only: paper is light whatever the reader chose. */
function styleSheet(): string {
  const [light, dark] = [declarations(LIGHT), declarations(DARK)];
  return [
    `:root{color-scheme:light;${light}}`,
    `@media screen and (prefers-color-scheme:dark){:root:not([data-theme="light"]){color-scheme:dark;${dark}}}`,
    `@media screen{:root[data-theme="dark"]{color-scheme:dark;${dark}}}`,
    PAGE_STYLE,
    FIGURE_STYLE,
  ].join("\n");
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
