/**
 * From a number to the trials that it was made of: a fragment that the page's script reads as filters of the table of all trials.
 * It says names, not positions, so a link that someone kept finds the same trials in a later report; and names as the table shows
 * them, since that is what they are compared with.
 */
import { printable } from "../../terminal/printable.ts";
import { html, type Markup } from "./markup.ts";

export type OutcomeFilter = "scored" | "solved" | "not solved" | "not scored" | "reward unknown";

export interface TrialFilter {
  readonly profile?: string;
  readonly task?: string;
  readonly outcome?: OutcomeFilter;
  /** Text that stands somewhere in the row. */
  readonly q?: string;
}

export function trialsLink(filter: TrialFilter): string {
  const parts = Object.entries(filter).map(([key, value]) => `${key}=${encodeURIComponent(printable(value))}`);
  return `#trials${parts.length === 0 ? "" : `?${parts.join("&")}`}`;
}

/**
 * Where a link leads: without the page's script to the table of all trials, which then stands there whole; the script makes it lead
 * to the trials that it names.
 */
export function hrefOf(link: string): Markup {
  return link.startsWith("#trials?") ? html`href="#trials" data-to="${link}"` : html`href="${link}"`;
}

/** To a file below a directory: every part percent-encoded, never anything but a relative path, and never out of the directory. */
export function fileLink(base: string, path: string): string {
  const parts = [...base.split("/"), ...path.split("/").filter((part) => part !== "..")].filter(
    (part) => part !== "" && part !== ".",
  );
  return `./${parts.map((part) => encodeURIComponent(wellFormed(part))).join("/")}`;
}

/** Half a surrogate pair cannot be encoded. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}
