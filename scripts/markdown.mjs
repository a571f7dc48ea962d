/** The parts of a Markdown document that name things: links, headings, inline code, command lines. Lines count from 1. */

/**
 * @param {string} text
 * @returns {{ line: number, target: string }[]} of inline links, images and link definitions, outside code
 */
export function linksIn(text) {
  const links = [];
  for (const { line, content, fenced } of linesIn(text)) {
    if (fenced) continue;
    const prose = content.replace(/(`+)(?:(?!\1).)+\1/g, (code) => " ".repeat(code.length));
    for (const match of prose.matchAll(
      /\]\(\s*<?([^\s)>]+)>?[^)]*\)|^\s*\[[^\]]+\]:\s*<?([^\s>]+)|(?:href|src)="([^"]+)"/g,
    )) {
      const target = match[1] ?? match[2] ?? match[3];
      if (target) links.push({ line, target });
    }
  }
  return links;
}

/**
 * @param {string} text
 * @returns {Set<string>} the anchors that GitHub makes of them
 */
export function headingsIn(text) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  const anchors = new Set();
  for (const { content, fenced } of linesIn(text)) {
    const title = fenced ? null : /^#{1,6}\s+(.*?)\s*#*\s*$/.exec(content)?.[1];
    if (title === null || title === undefined) continue;
    const anchor = title
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-");
    const seen = counts.get(anchor) ?? 0;
    counts.set(anchor, seen + 1);
    anchors.add(seen === 0 ? anchor : `${anchor}-${seen}`);
  }
  return anchors;
}

/**
 * @param {string} text
 * @returns {{ line: number, code: string }[]} inline code, trimmed
 */
export function spansIn(text) {
  const spans = [];
  for (const { line, content, fenced } of linesIn(text)) {
    if (fenced) continue;
    for (const match of content.matchAll(/(`+)((?:(?!\1).)+)\1/g)) spans.push({ line, code: (match[2] ?? "").trim() });
  }
  return spans;
}

/**
 * Calls of `regatta`, in inline code and at the start of a fenced command: after a prompt, variables, `npx`, `&&`, `|` or `;`.
 *
 * @param {string} text
 * @returns {{ line: number, words: string[] }[]} the words after `regatta`, up to the end of the command; never empty
 */
export function commandLinesIn(text) {
  const pieces = [
    ...spansIn(text).map(({ line, code }) => ({ line, content: code })),
    ...joinContinued(linesIn(text).filter(({ fenced }) => fenced)),
  ];
  const calls = [];
  for (const { line, content } of pieces) {
    for (const command of content.replace(/(^|\s)#.*$/, "").split(/&&|\|\||[|;]/)) {
      const match = /^\s*(?:[$>]\s+)?(?:\w+=\S*\s+)*(?:npx\s+)?(?:regatta|node dist\/cli\.mjs)\s+(.+)$/.exec(command);
      const words = match?.[1]?.trim().split(/\s+/) ?? [];
      // `regatta 0.1.0` and the like are output, not a call.
      if (words[0] && /^(--?[a-z]|[a-z][a-z-]*$|[<[…])/i.test(words[0])) calls.push({ line, words });
    }
  }
  return calls;
}

/**
 * @param {readonly { line: number, content: string }[]} lines
 * @returns {{ line: number, content: string }[]} with a line that ends in a backslash joined to its next
 */
function joinContinued(lines) {
  /** @type {{ line: number, content: string }[]} */
  const joined = [];
  for (const { line, content } of lines) {
    const last = joined.at(-1);
    if (last?.content.endsWith("\\")) last.content = `${last.content.slice(0, -1)} ${content.trim()}`;
    else joined.push({ line, content });
  }
  return joined;
}

/**
 * @param {string} text
 * @returns {{ line: number, content: string, fenced: boolean }[]} the fences themselves are left out
 */
function linesIn(text) {
  const lines = [];
  let fence = "";
  for (const [index, content] of text.split(/\r?\n/).entries()) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(content)?.[1];
    if (mark && fence === "") fence = mark;
    else if (mark && mark.startsWith(fence) && content.trim() === mark) fence = "";
    else lines.push({ line: index + 1, content, fenced: fence !== "" });
  }
  return lines;
}
