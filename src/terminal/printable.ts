/**
 * Text from outside (agent output, names, messages) made safe for a terminal: whatever would move the cursor, change
 * colours, reorder or hide text is shown as an escape such as `\x1b` instead of acting.
 *
 * Letters, marks, emoji and their joiners pass unchanged. Backslashes do too, so this is for eyes, not for parsing back.
 */

// C0, DEL and C1; soft hyphen; bidirectional controls; zero-width and invisible formatting except the two joiners
// that scripts and emoji need; line and paragraph separators; byte order mark; interlinear and tag characters; lone surrogates.
const UNSAFE =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Surrogate}]/gu;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** For one line: line breaks and tabs are escaped as well. */
export function printable(text: string): string {
  return text.replace(UNSAFE, escape);
}

/** For running text: line breaks stay (CR LF becomes LF), a tab becomes a space. */
export function printableLines(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replaceAll("\t", " ")
    .replace(UNSAFE, (character) => (character === "\n" ? character : escape(character)));
}

function escape(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}
