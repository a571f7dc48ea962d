/**
 * A shell command as it would be typed by someone tidy: one blank between words, quotes only in the sense they have, paths without
 * `.` and `//`. Two commands with the same text do the same; not all that do the same have it. A reader, not a shell.
 */
import { normalPath } from "../trajectory/act.ts";

const OPERATORS = ["&&", "||", ";;", ">>", "<<", "|&", ">&", "&>", ";", "|", "&", ">", "<", "(", ")"];

export function tidyShell(text: string): string {
  const words: string[] = [];
  let word = "";
  let started = false;
  const end = (): void => {
    if (started) words.push(normalPath(word));
    word = "";
    started = false;
  };
  for (let at = 0; at < text.length;) {
    const letter = text[at] ?? "";
    const quoted = letter === "'" || letter === '"' ? quotedAt(text, at) : null;
    const operator = OPERATORS.find((each) => text.startsWith(each, at));
    if (quoted !== null) {
      word += quoted.text;
      started = true;
      at = quoted.end;
    } else if (letter === "\\" && text[at + 1] === "\n") {
      at += 2;
    } else if (letter === "\\") {
      word += text[at + 1] ?? "";
      started = true;
      at += 2;
    } else if (letter === "\n") {
      end();
      words.push(";");
      at += 1;
    } else if (/\s/.test(letter)) {
      end();
      at += 1;
    } else if (operator !== undefined) {
      // `2>` belongs together.
      const descriptor = /^\d+$/.test(word) && /^[<>]/.test(operator) ? word : "";
      if (descriptor === "") end();
      words.push(descriptor + operator);
      word = "";
      started = false;
      at += operator.length;
    } else {
      word += letter;
      started = true;
      at += 1;
    }
  }
  end();
  return withoutEmpty(words).join(" ");
}

/** What runs first, without the way to it: `pytest` of `cd /app && python -m pytest`. */
export function programOf(tidy: string): string {
  const commands = tidy.split(/ (?:&&|\|\||;|\||&) /);
  const first = commands.find((command) => !command.startsWith("cd ")) ?? tidy;
  const words = first.split(" ").filter((word) => !/^\w+=/.test(word) && word !== "sudo");
  const [program = ""] = words;
  const name = program.slice(program.lastIndexOf("/") + 1);
  return words[1] === "-m" && words[2] !== undefined ? words[2] : name;
}

/** A quote that is never closed is a letter. */
function quotedAt(text: string, start: number): { readonly text: string; readonly end: number } | null {
  const quote = text[start];
  let found = "";
  for (let at = start + 1; at < text.length; at++) {
    const letter = text[at] ?? "";
    if (letter === quote) return { text: found, end: at + 1 };
    if (letter === "\\" && quote === '"' && /["\\$`]/.test(text[at + 1] ?? "")) found += text[++at] ?? "";
    else found += letter;
  }
  return null;
}

/** Line ends are `;`, of which one is enough, and none at either end. */
function withoutEmpty(words: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (const word of words) if (word !== ";" || (kept.length > 0 && kept.at(-1) !== ";")) kept.push(word);
  while (kept.at(-1) === ";") kept.pop();
  return kept;
}
