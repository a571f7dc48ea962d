/**
 * What a shell command does to files, as far as its plain words tell: a reader for metrics, not a shell. Variables,
 * substitutions and scripts in other languages are not followed.
 */
import { type Act, normalPath } from "./act.ts";

/** Longer ones are scripts that carry their data along. */
const LONGEST = 20_000;

const READERS = new Set(["cat", "head", "tail", "less", "more", "nl", "bat"]);
const SEARCHERS = new Set(["grep", "egrep", "fgrep", "rg", "ag", "ack", "find", "fd", "ls", "tree"]);
const PREFIXES = new Set(["sudo", "time", "env", "nohup", "command", "exec"]);

export function shellActs(text: string): readonly Act[] {
  const acts: Act[] = [];
  for (const words of commandsIn(withoutHeredocs(text.slice(0, LONGEST)))) actsOfCommand(words, acts);
  return acts;
}

function actsOfCommand(given: readonly string[], acts: Act[]): void {
  const words: string[] = [];
  for (let at = 0; at < given.length; at++) {
    const word = given[at] ?? "";
    const redirect = /^(?:\d|&)?(>>?)(.*)$/.exec(word);
    if (redirect === null) {
      if (!/^\d?<|^\d>&/.test(word)) words.push(word);
      continue;
    }
    const target = redirect[2] === "" ? (given[++at] ?? "") : (redirect[2] ?? "");
    if (target !== "" && !target.startsWith("&") && !target.startsWith("/dev/")) acts.push(edit(target));
  }
  while (words.length > 0 && (PREFIXES.has(words[0] ?? "") || /^\w+=/.test(words[0] ?? ""))) words.shift();
  const [first = "", ...rest] = words;
  const program = first.slice(first.lastIndexOf("/") + 1);
  const operands = rest.filter((word) => !word.startsWith("-"));
  if (READERS.has(program)) {
    // `head -n 20 file`: a number after a flag is no file.
    for (const path of operands) if (!/^\d+$/.test(path)) acts.push({ kind: "read", path: normalPath(path) });
  } else if (SEARCHERS.has(program)) {
    acts.push({ kind: "search", path: null });
  } else if (program === "sed") {
    sed(rest, operands, acts);
  } else if (program === "tee") {
    for (const path of operands) acts.push(edit(path));
  } else if (program === "cp" || program === "mv") {
    const target = operands.at(-1);
    if (operands.length > 1 && target !== undefined) acts.push(edit(target));
  } else if (program === "patch") {
    acts.push({ kind: "edit", path: null });
  } else if (program === "git") {
    git(rest, acts);
  }
}

function edit(path: string): Act {
  return { kind: "edit", path: normalPath(path) };
}

function sed(words: readonly string[], operands: readonly string[], acts: Act[]): void {
  const inPlace = words.some((word) => /^-[a-zA-Z]*i/.test(word) || word.startsWith("--in-place"));
  const scripted = words.some((word) => word === "-e" || word === "-f");
  for (const path of scripted ? operands.slice(-1) : operands.slice(1)) {
    acts.push(inPlace ? edit(path) : { kind: "read", path: normalPath(path) });
  }
}

function git(words: readonly string[], acts: Act[]): void {
  const [verb, ...rest] = words;
  if (verb === "grep" || verb === "ls-files") acts.push({ kind: "search", path: null });
  else if (verb === "apply" || verb === "am") acts.push({ kind: "edit", path: null });
  else if (verb === "restore" || verb === "revert") acts.push({ kind: "undo", path: null });
  else if (verb === "reset" && rest.includes("--hard")) acts.push({ kind: "undo", path: null });
  else if (verb === "checkout" && (rest.includes("--") || rest.includes("."))) acts.push({ kind: "undo", path: null });
  else if (verb === "stash" && (rest.length === 0 || rest[0] === "push")) acts.push({ kind: "undo", path: null });
}

/** `cat > f <<'EOF' … EOF` keeps its first line. */
function withoutHeredocs(text: string): string {
  if (!text.includes("<<")) return text;
  const kept: string[] = [];
  let end: string | null = null;
  for (const line of text.split("\n")) {
    if (end !== null) {
      if (line.trim() === end) end = null;
      continue;
    }
    const start = /<<-?\s*(["']?)([\w.-]+)\1/.exec(line);
    kept.push(start === null ? line : line.replace(start[0], ""));
    end = start?.[2] ?? null;
  }
  return kept.join("\n");
}

/** Words of each simple command; quotes removed, `;`, `&&`, `||`, `|`, `&` and line ends between commands. */
function commandsIn(text: string): string[][] {
  const commands: string[][] = [];
  let words: string[] = [];
  let word = "";
  let started = false;
  let quote = "";
  const endWord = (): void => {
    if (started) words.push(word);
    word = "";
    started = false;
  };
  const endCommand = (): void => {
    endWord();
    if (words.length > 0) commands.push(words);
    words = [];
  };
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] ?? "";
    if (quote !== "") {
      if (letter === quote) quote = "";
      else if (letter === "\\" && quote === '"') word += text[++at] ?? "";
      else word += letter;
    } else if (letter === "'" || letter === '"') {
      quote = letter;
      started = true;
    } else if (letter === "\\") {
      const next = text[++at] ?? "";
      if (next !== "\n") {
        word += next;
        started = true;
      }
    } else if (letter === ";" || letter === "\n" || letter === "|") {
      endCommand();
    } else if (letter === "&") {
      // `2>&1` and `&>file` are redirections, not the end of a command.
      if (word.endsWith(">") || text[at + 1] === ">") {
        word += letter;
        started = true;
      } else endCommand();
    } else if (letter === " " || letter === "\t" || letter === "\r" || letter === "(" || letter === ")") {
      endWord();
    } else {
      word += letter;
      started = true;
    }
  }
  endCommand();
  return commands;
}
