/**
 * What is wrong with an experiment file, as data: every problem of a file is collected before any is told.
 */
import { nearest } from "../base/nearest.ts";
import { UserError } from "../contract/failure.ts";

/** Both from 1; columns count UTF-16 units, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Problem extends Position {
  /** As given by the user. */
  readonly file: string;
  /** `run.attempts`; empty for the file as a whole. */
  readonly key: string;
  readonly found: string;
  readonly expected: string;
  /** `did you mean "attempts"?` */
  readonly hint?: string;
}

/** All problems of one file, in the order of the file. Exit code 2. */
export class ExperimentErrors extends UserError {
  readonly problems: readonly Problem[];

  /** @param frame lines shown below, such as the place in the text */
  constructor(file: string, problems: readonly Problem[], frame: readonly string[] = []) {
    const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
    const count = sorted.length === 1 ? "1 problem" : `${sorted.length} problems`;
    super(`${file} has ${count}:`, [...sorted.map(formatProblem), ...frame]);
    this.problems = sorted;
  }
}

/** `path:line:col: <key>: found …, expected … (hint)`, on one line. */
function formatProblem(problem: Problem): string {
  const key = problem.key === "" ? "" : `${problem.key}: `;
  const hint = problem.hint === undefined ? "" : ` (${problem.hint})`;
  return `${problem.file}:${problem.line}:${problem.column}: ${key}found ${problem.found}, expected ${problem.expected}${hint}`;
}

/** Collects problems; every part of the loader gets one and goes on after reporting. */
export type Report = (
  at: Position,
  problem: Pick<Problem, "key" | "found" | "expected"> & { readonly hint?: string | undefined },
) => void;

/** `did you mean "…"?`, or nothing when no known word is near. */
export function didYouMean(word: string, known: Iterable<string>): string | undefined {
  // Any one letter is one edit from any other.
  const near = word.length < 2 ? null : nearest(word, known);
  return near === null ? undefined : `did you mean ${JSON.stringify(near)}?`;
}

/** Text of the user's in a message: quoted, on one line, never long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}

/** `"a", "b" or "c"`. */
export function choice(words: readonly string[]): string {
  const quoted = words.map((word) => JSON.stringify(word));
  const last = quoted.at(-1) ?? "nothing";
  return quoted.length < 2 ? last : `${quoted.slice(0, -1).join(", ")} or ${last}`;
}

/** A key as it would be written in TOML. */
export function tomlKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key);
}

/** `profiles.text.model`, with quotes where TOML needs them. */
export function keyPath(...parts: readonly string[]): string {
  return parts.map((part) => tomlKey(part.length > 120 ? `${part.slice(0, 119)}…` : part)).join(".");
}
