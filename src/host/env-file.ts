/**
 * Reads env files in the dotenv grammar: `NAME=value`, `export` in front, comments, quotes.
 *
 * Unquoted values end at ` #` and are trimmed. Single quotes take everything as it stands; double quotes know
 * `\n \r \t \" \\ \$`; both may span lines. Nothing is expanded. A later line wins over an earlier one of the same name.
 * The file holds secrets: errors name the line, never what stands there.
 */
import { readFile } from "node:fs/promises";

import { UserError } from "../contract/failure.ts";

/** Far above any real env file. */
const MAX_BYTES = 1024 * 1024;

/** @throws UserError when it cannot be read or is no env file; all bad lines at once */
export async function readEnvFile(path: string): Promise<Record<string, string>> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    const why = error.code === "ENOENT" ? "there is no such file" : `${String(error.code)}`;
    throw new UserError(`The env file ${path} cannot be read: ${why}.`, [], { cause: error });
  }
  if (bytes.length > MAX_BYTES) throw new UserError(`The env file ${path} is too big (at most ${MAX_BYTES} bytes).`);
  const { values, faults } = parseEnv(decode(path, bytes));
  if (faults.length === 0) return values;
  const lines = faults.map(({ line, message }) => `${path}:${line}: ${message}`);
  throw new UserError("The env file has lines that cannot be used:", lines);
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    if (!bytes.includes(0)) return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  throw new UserError(`The env file ${path} is not UTF-8 text.`);
}

interface Fault {
  readonly line: number;
  readonly message: string;
}

/** Blanks, an optional `export`, the name, `=`, and blanks before the value. */
const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([^\s=#'"]+)[ \t]*=[ \t]*/;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** @param text without a byte order mark */
export function parseEnv(text: string): { readonly values: Record<string, string>; readonly faults: readonly Fault[] } {
  // No prototype: `__proto__` is a name like any other, and looking up `constructor` finds nothing.
  const values: Record<string, string> = Object.create(null);
  const faults: Fault[] = [];
  const lines = text.split(/\r\n|\n|\r/);
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    const number = index + 1;
    if (/^[ \t]*(#.*)?$/.test(line)) continue;
    const match = ASSIGNMENT.exec(line);
    const name = match?.[1] ?? "";
    if (match === null || !NAME.test(name)) {
      faults.push({ line: number, message: "expected NAME=value (the line is not shown, it may hold a secret)" });
      continue;
    }
    const rest = line.slice(match[0].length);
    const quote = rest[0];
    if (quote !== '"' && quote !== "'") {
      values[name] = rest.replace(/(^|[ \t])#.*$/, "").trim();
      continue;
    }
    const quoted = readQuoted(lines, index, match[0].length, quote);
    if (quoted === null) {
      faults.push({ line: number, message: `the value of ${name} has no closing ${quote}` });
      break;
    }
    if (!/^[ \t]*(#.*)?$/.test(quoted.after)) {
      faults.push({ line: quoted.last + 1, message: `there is more after the closing ${quote} of ${name}` });
    }
    values[name] = quote === '"' ? unescape(quoted.value) : quoted.value;
    index = quoted.last;
  }
  return { values, faults };
}

interface Quoted {
  readonly value: string;
  readonly after: string;
  /** Index of the line with the closing quote. */
  readonly last: number;
}

/** @param start where the opening quote stands in `lines[first]`; null = it is never closed */
function readQuoted(lines: readonly string[], first: number, start: number, quote: string): Quoted | null {
  const parts: string[] = [];
  for (let index = first; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    const from = index === first ? start + 1 : 0;
    const end = closing(line, from, quote);
    if (end !== -1) {
      parts.push(line.slice(from, end));
      return { value: parts.join("\n"), after: line.slice(end + 1), last: index };
    }
    parts.push(line.slice(from));
  }
  return null;
}

function closing(line: string, from: number, quote: string): number {
  for (let index = from; index < line.length; index += 1) {
    if (line[index] === "\\" && quote === '"') index += 1;
    else if (line[index] === quote) return index;
  }
  return -1;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\", $: "$" };

/** Unknown escapes stay as they are. */
function unescape(text: string): string {
  return text.replaceAll(/\\([nrt"\\$])/g, (whole, letter: string) => ESCAPES[letter] ?? whole);
}
