/**
 * Text for files and pipes that nothing in acts on a terminal, ends a line early, or reorders what is read: control characters but
 * line breaks and tabs, U+2028 and U+2029, and those that change the direction of writing become `\u` escapes. In JSON these mean
 * the same as before, since JSON has such characters in strings only.
 */
const ACTING =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

export function inert(text: string): string {
  return text.replace(ACTING, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** One line: what would begin another is indented under it. */
export function inertLine(text: string): string {
  return inert(text.replace(/\r?\n/g, "\n    "));
}

/** A file's or a pipe's JSON, over several lines and with a last line break. */
export function jsonText(value: unknown): string {
  return `${inert(JSON.stringify(value, null, 2))}\n`;
}
