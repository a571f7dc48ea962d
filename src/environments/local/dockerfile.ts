/**
 * A Dockerfile → its instructions, the way Docker reads it: continuations, comments, the escape directive, heredocs.
 *
 * Only syntax; what the instructions do is build.ts.
 */
export interface Instruction {
  /** Upper case. */
  readonly name: string;
  /** Everything behind the name, continuations joined. */
  readonly text: string;
  /** Bodies of heredocs, in order. */
  readonly heredocs: readonly { readonly name: string; readonly body: string; readonly expand: boolean }[];
  readonly line: number;
}

const HEREDOC = /<<(-?)(["']?)([A-Za-z_][A-Za-z0-9_]*)\2/g;
const TAKES_HEREDOC = new Set(["RUN", "COPY", "ADD"]);

export function parseDockerfile(source: string): readonly Instruction[] {
  const lines = source.replace(/^\uFEFF/, "").split(/\r?\n/);
  const escape = escapeOf(lines);
  const found: Instruction[] = [];
  for (let at = 0; at < lines.length;) {
    const line = at + 1;
    const first = lines[at] ?? "";
    at += 1;
    if (/^\s*(#|$)/.test(first)) continue;
    let text = first;
    const continued = (): boolean => text.trimEnd().endsWith(escape);
    while (continued() && at < lines.length) {
      text = text.trimEnd().slice(0, -1);
      const next = lines[at] ?? "";
      at += 1;
      // A comment or an empty line inside a continuation is passed over.
      text += /^\s*(#|$)/.test(next) ? escape : next;
    }
    if (continued()) text = text.trimEnd().slice(0, -1);
    const [, name = "", rest = ""] = /^\s*([A-Za-z]+)\s*([\s\S]*)$/.exec(text) ?? [];
    const heredocs: Instruction["heredocs"][number][] = [];
    if (TAKES_HEREDOC.has(name.toUpperCase())) {
      for (const [, dash = "", quote = "", word = ""] of rest.matchAll(HEREDOC)) {
        const body: string[] = [];
        for (; at < lines.length; at++) {
          const raw = lines[at] ?? "";
          const text = dash === "-" ? raw.replace(/^\t+/, "") : raw;
          if (text === word) break;
          body.push(text);
        }
        at += 1;
        heredocs.push({ name: word, body: body.map((each) => `${each}\n`).join(""), expand: quote === "" });
      }
    }
    found.push({ name: name.toUpperCase(), text: rest.trim(), heredocs, line });
  }
  return found;
}

/** `# escape=` counts only among the comments at the very top. */
function escapeOf(lines: readonly string[]): string {
  for (const line of lines) {
    const directive = /^#\s*(\w+)\s*=\s*(\S+)\s*$/.exec(line);
    if (directive === null) break;
    if (directive[1]?.toLowerCase() === "escape") return directive[2] === "`" ? "`" : "\\";
  }
  return "\\";
}

/** `["a", "b"]` → its strings; null when it is not that form. */
export function jsonForm(text: string): readonly string[] | null {
  if (!text.startsWith("[")) return null;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === "string") ? value : null;
  } catch (error) {
    // Docker takes such a text for the shell form.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:+other}`; a backslash keeps the dollar; single quotes keep everything. */
export function substitute(text: string, variables: ReadonlyMap<string, string>): string {
  let out = "";
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (char === "'") quoted = !quoted;
    if (char === "\\" && text[at + 1] === "$" && !quoted) {
      out += "$";
      at += 1;
      continue;
    }
    const match =
      char === "$" && !quoted
        ? /^\$(?:\{([A-Za-z_]\w*)(?::([-+])([^}]*))?\}|([A-Za-z_]\w*))/.exec(text.slice(at))
        : null;
    if (match === null) {
      out += char;
      continue;
    }
    const [whole, braced, operator, word = "", plain] = match;
    const value = variables.get(braced ?? plain ?? "") ?? "";
    if (operator === "-") out += value === "" ? substitute(word, variables) : value;
    else if (operator === "+") out += value === "" ? "" : substitute(word, variables);
    else out += value;
    at += whole.length - 1;
  }
  return out;
}

/** Words as a shell splits them, quotes removed. */
export function words(text: string): readonly string[] {
  const found: string[] = [];
  let word: string | null = null;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (quote !== "") {
      if (char === quote) quote = "";
      else if (char === "\\" && quote === '"' && /["\\$]/.test(text[at + 1] ?? "")) word += text[++at] ?? "";
      else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= "";
    } else if (/\s/.test(char)) {
      if (word !== null) found.push(word);
      word = null;
    } else {
      word = (word ?? "") + (char === "\\" && at + 1 < text.length ? (text[++at] ?? "") : char);
    }
  }
  if (word !== null) found.push(word);
  return found;
}

/** `KEY=value …`, or Docker's old `KEY value`. */
export function assignments(
  text: string,
  variables: ReadonlyMap<string, string>,
): readonly (readonly [string, string])[] {
  const substituted = substitute(text, variables);
  const parts = words(substituted);
  const [first = ""] = parts;
  if (!first.includes("=")) return [[first, substituted.slice(substituted.indexOf(first) + first.length).trim()]];
  return parts.map((part): readonly [string, string] => {
    const at = part.indexOf("=");
    return at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
  });
}
