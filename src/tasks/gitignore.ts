/**
 * Which files a `.gitignore` leaves out of a task's digest: the documented rules of gitignore, read the way Harbor reads them.
 *
 * That differs from git in two ways, kept because digests must agree: the last matching pattern decides even inside an
 * ignored directory (`logs/` then `!logs/keep` keeps that file), and a final `*` takes only entries directly there (`logs/*` leaves `logs/a/b` in).
 */

/** Of a file's path relative to the task, with forward slashes. */
export type IgnoreMatcher = (path: string) => boolean;

/** "**": any number of directories, none included; else one name. */
type Segment = "**" | RegExp;

interface Pattern {
  readonly ignores: boolean;
  readonly segments: readonly Segment[];
  /** What of the path may be left after the last segment: something, anything or nothing, nothing. */
  readonly rest: "below" | "any" | "none";
}

/** Lines that are no pattern (a lone `!`, a backslash at the end, a range backwards) leave nothing out. */
export function gitignoreMatcher(lines: readonly string[]): IgnoreMatcher {
  const patterns = lines.map(parsePattern).filter((pattern) => pattern !== null);
  return (path) => {
    const names = path.split("/");
    return patterns.findLast((pattern) => matches(pattern, names, 0, 0))?.ignores ?? false;
  };
}

function parsePattern(line: string): Pattern | null {
  const text = line.endsWith("\\ ") ? line : line.trimEnd();
  if (text === "" || text.startsWith("#")) return null;
  const ignores = !text.startsWith("!");
  const pattern = ignores ? text : text.slice(1);
  if (pattern === "") return null;
  const parts = segmentsOf(pattern);
  const last = parts.at(-1);
  if (parts.length === 1 && last === "**") {
    // "**/" is every file but those at the top; "**" and "/" are every file.
    const inside = pattern.endsWith("/") && pattern !== "/";
    return { ignores, segments: inside ? [ANY_NAME] : [], rest: inside ? "below" : "any" };
  }
  if (parts.length === 2 && parts[0] === "**" && last === "*") return { ignores, segments: [], rest: "any" };
  const names = last === "**" ? parts.slice(0, -1) : parts;
  const segments: Segment[] = [];
  for (const name of names) {
    const segment = name === "**" ? name : nameGlob(name);
    if (segment === null) return null;
    segments.push(segment);
  }
  return { ignores, segments, rest: last === "**" ? "below" : last === "*" ? "none" : "any" };
}

const ANY_NAME = /^/;

/** Its names, with a leading "**" where it holds at any depth and a final one where it means what is inside a directory. */
function segmentsOf(pattern: string): readonly string[] {
  const parts = pattern.split("/");
  const single = parts.length === 1 || (parts.length === 2 && parts[1] === "");
  if (parts[0] === "") parts.shift();
  else if (single) parts.unshift("**");
  if (parts.at(-1) === "") parts[parts.length - 1] = "**";
  return parts.filter((part, index) => part !== "**" || parts[index - 1] !== "**");
}

function matches(pattern: Pattern, names: readonly string[], segment: number, name: number): boolean {
  const next = pattern.segments[segment];
  if (next === undefined) {
    const left = names.length - name;
    return pattern.rest === "any" || (pattern.rest === "below" ? left > 0 : left === 0);
  }
  if (next === "**") {
    for (let skipped = name; skipped <= names.length; skipped += 1) {
      if (matches(pattern, names, segment + 1, skipped)) return true;
    }
    return false;
  }
  const current = names[name];
  return current !== undefined && next.test(current) && matches(pattern, names, segment + 1, name + 1);
}

/** `*`, `?`, `[…]` and `\` within one name; null when it cannot be read. */
function nameGlob(glob: string): RegExp | null {
  let source = "";
  for (let at = 0; at < glob.length; at += 1) {
    const char = glob.charAt(at);
    const bracket = char === "[" ? bracketEnd(glob, at) : -1;
    if (bracket !== -1) {
      source += bracketSource(glob.slice(at + 1, bracket));
      at = bracket;
    } else if (char === "*") source += ".*";
    else if (char === "?") source += ".";
    else if (char === "\\") {
      at += 1;
      if (at === glob.length) return null;
      source += literal(glob.charAt(at));
    } else source += literal(char);
  }
  try {
    return new RegExp(`^${source}$`, "su");
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Where the bracket expression that opens at `open` closes; a `]` at its very beginning is one of its characters. */
function bracketEnd(glob: string, open: number): number {
  let from = open + 1;
  if (glob[from] === "!" || glob[from] === "^") from += 1;
  return glob.indexOf("]", from + 1) === -1 ? -1 : glob.indexOf("]", glob[from] === "]" ? from + 1 : from);
}

/** A backslash has no meaning between brackets. */
function bracketSource(inside: string): string {
  const negated = inside.startsWith("!") || inside.startsWith("^");
  const chars = (negated ? inside.slice(1) : inside).replace(/[\\[\]^]/g, "\\$&");
  return `[${negated ? "^" : ""}${chars}]`;
}

function literal(char: string): string {
  return char.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");
}
