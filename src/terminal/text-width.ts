/** Text measured in terminal cells: a wide character takes two, a combining mark none. */
import stringWidth from "string-width";

/** Characters of one cell each, those of our own tables among them: the library's patterns take 20 ms to be made ready. */
const PLAIN = /^[\u0020-\u007e\u00b7\u00d7\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u2192\u2212\u2265]*$/;
const graphemes = new Intl.Segmenter();

export function textWidth(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}

/** At most `columns` wide; what is cut off is replaced by `…`. For text without escapes. */
export function clip(text: string, columns: number): string {
  if (columns <= 0) return "";
  if (PLAIN.test(text)) return text.length <= columns ? text : `${text.slice(0, columns - 1)}…`;
  if (textWidth(text) <= columns) return text;
  let kept = "";
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const width = textWidth(segment);
    if (used + width > columns - 1) break;
    kept += segment;
    used += width;
  }
  return `${kept}…`;
}

/** Filled up with spaces to `columns`; longer text stays as it is. */
export function pad(text: string, columns: number, align: "left" | "right" = "left"): string {
  const missing = Math.max(0, columns - textWidth(text));
  const space = " ".repeat(missing);
  return align === "left" ? text + space : space + text;
}

/** Broken at spaces into lines of at most `columns`; a longer word is cut. */
export function wrap(text: string, columns: number): string[] {
  if (!Number.isFinite(columns) || textWidth(text) <= columns) return [text];
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (textWidth(longer) <= columns) {
      line = longer;
    } else {
      if (line !== "") lines.push(line);
      line = clip(word, columns);
    }
  }
  lines.push(line);
  return lines;
}
