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
      for (const { name: end, tabs, expand } of heredocsOf(rest)) {
        const body: string[] = [];
        for (; at < lines.length; at++) {
          const raw = lines[at] ?? "";
          const line = tabs ? raw.replace(/^\t+/, "") : raw;
          if (line === end) break;
          body.push(line);
        }
        at += 1;
        heredocs.push({ name: end, body: body.map((each) => `${each}\n`).join(""), expand });
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

type Variables = ReadonlyMap<string, string>;
const NONE: Variables = new Map();

/** `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:+other}` at the start of a text; `length` is what it takes up. */
function reference(text: string, variables: Variables): { readonly value: string; readonly length: number } | null {
  const match = /^\$(?:\{([A-Za-z_]\w*)(?::([-+])([^}]*))?\}|([A-Za-z_]\w*))/.exec(text);
  if (match === null) return null;
  const [whole, braced, operator, word = "", plain] = match;
  const known = variables.get(braced ?? plain ?? "") ?? "";
  if (operator === undefined) return { value: known, length: whole.length };
  const wanted = (operator === "-") === (known === "");
  const other = operator === "-" ? known : "";
  return { value: wanted ? substitute(word, variables) : other, length: whole.length };
}

/** References replaced, everything else kept; a backslash keeps the dollar. For the bodies of heredocs. */
export function substitute(text: string, variables: Variables): string {
  let out = "";
  for (let at = 0; at < text.length;) {
    const escaped = text[at] === "\\" && text[at + 1] === "$";
    const found = text[at] === "$" ? reference(text.slice(at), variables) : null;
    out += escaped ? "$" : (found?.value ?? text[at]);
    at += escaped ? 2 : (found?.length ?? 1);
  }
  return out;
}

/** Words as a shell splits them: quotes and backslashes taken away, references replaced, and what they bring not split again. */
export function words(text: string, variables: Variables = NONE): readonly string[] {
  const found: string[] = [];
  let word: string | null = null;
  let quote = "";
  for (let at = 0; at < text.length;) {
    const char = text[at] ?? "";
    const next = text[at + 1];
    const found$ = char === "$" && quote !== "'" ? reference(text.slice(at), variables) : null;
    if (found$ !== null) {
      word = (word ?? "") + found$.value;
      at += found$.length;
      continue;
    }
    at += 1;
    if (quote === "" && /\s/.test(char)) {
      if (word !== null) found.push(word);
      word = null;
    } else if (quote === "" && (char === '"' || char === "'")) {
      quote = char;
      word ??= "";
    } else if (char === quote) {
      quote = "";
    } else if (char === "\\" && next !== undefined && (quote === "" || (quote === '"' && /["\\$]/.test(next)))) {
      word = (word ?? "") + next;
      at += 1;
    } else {
      word = (word ?? "") + char;
    }
  }
  if (word !== null) found.push(word);
  return found;
}

/** `KEY=value …`, or Docker's old `KEY the rest`. */
export function assignments(text: string, variables: Variables): readonly (readonly [string, string])[] {
  const old = /^([^\s=]+)\s+([\s\S]*)$/.exec(text);
  if (old !== null) return [[old[1] ?? "", words(old[2] ?? "", variables).join(" ")]];
  return words(text, variables).map((part): readonly [string, string] => {
    const at = part.indexOf("=");
    return at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
  });
}

/** The heredocs that a line opens: whole words, so not `"1 << n"` in quotes and not `$((1<<2))`. */
function heredocsOf(
  text: string,
): readonly { readonly name: string; readonly tabs: boolean; readonly expand: boolean }[] {
  const bare = text.replaceAll(/\\.|'[^']*'|"(?:[^"\\]|\\.)*"/gs, (quoted, at: number) =>
    /<<-?$/.test(text.slice(0, at)) ? quoted : " ",
  );
  return [...bare.matchAll(/(?<=^|\s)\d*<<(-?)(["']?)([A-Za-z_]\w*)\2(?=$|[\s;|&>)])/g)].map(
    ([, dash, quote, name = ""]) => ({
      name,
      tabs: dash === "-",
      expand: quote === "",
    }),
  );
}
