/**
 * What may stand at the end of an unfinished command line: a pure function of the words and the command table.
 * Values that lie on the disk are asked for by kind, so that only the needed ones are looked up.
 */
import type { ArgumentSpec, CommandSpec, OptionSpec, ValueKind } from "../command-spec.ts";

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

export type Completion =
  | { readonly kind: "words"; readonly words: readonly Candidate[] }
  /** Look values up; each gets `prefix` in front (`--tasks=`, or the earlier part of a comma list). */
  | {
      readonly kind: "values";
      readonly of: ValueKind;
      readonly prefix: string;
      readonly unfinished: string;
      /** The command's operands so far: the experiment whose tasks and profiles are meant is among them. */
      readonly operands: readonly string[];
    };

type Table = Readonly<Record<string, CommandSpec>>;

const NOTHING: Completion = { kind: "words", words: [] };

/** @param words everything after `regatta`; the last one is being typed and may be empty. */
export function complete(table: Table, words: readonly string[]): Completion {
  const [name, ...rest] = words;
  const unfinished = rest.at(-1);
  if (name === undefined || unfinished === undefined) return { kind: "words", words: commandWords(table, name ?? "") };
  const spec = Object.hasOwn(table, name) ? table[name] : undefined;
  if (spec === undefined) {
    return name === "help" && rest.length === 1 ? { kind: "words", words: namesOf(table, unfinished) } : NOTHING;
  }
  const { operands, open, optionsOver } = readWords(spec, rest.slice(0, -1));
  if (!optionsOver && unfinished.startsWith("-")) {
    const equals = unfinished.indexOf("=");
    if (equals < 0) return { kind: "words", words: optionWords(spec, unfinished) };
    const option = findOption(spec, unfinished.slice(0, equals));
    return option === undefined
      ? NOTHING
      : valuesOf(option, unfinished.slice(equals + 1), unfinished.slice(0, equals + 1), operands);
  }
  if (open !== undefined) return valuesOf(open, unfinished, "", operands);
  const argument = argumentAt(spec, operands.length);
  return argument === undefined ? NOTHING : valuesOf(argument, unfinished, "", operands);
}

/** Long and short names of an option, without its value. */
function optionNames(option: OptionSpec): readonly string[] {
  return option.flags.split(/[ ,]+/).filter((part) => part.startsWith("-"));
}

/** Finished words: which are operands, and the option (if any) that takes the next one. */
function readWords(spec: CommandSpec, words: readonly string[]) {
  const operands: string[] = [];
  let open: OptionSpec | undefined;
  let optionsOver = false;
  for (const word of words) {
    if (optionsOver) {
      operands.push(word);
    } else if (word === "--") {
      optionsOver = true;
      open = undefined;
    } else if (word.startsWith("-") && word !== "-") {
      const option = findOption(spec, word);
      open = option?.shape === "switch" ? undefined : option;
    } else if (open === undefined) {
      operands.push(word);
    } else if (open.shape !== "list") {
      open = undefined;
    }
  }
  return { operands, open, optionsOver };
}

function commandWords(table: Table, unfinished: string): readonly Candidate[] {
  const words = [
    ...namesOf(table, unfinished),
    { value: "help", description: "print help for a command" },
    { value: "--help", description: "print help" },
    { value: "--version", description: "print the version" },
  ];
  return words.filter(({ value }) => value.startsWith(unfinished) && (unfinished !== "" || !value.startsWith("-")));
}

function namesOf(table: Table, unfinished: string): readonly Candidate[] {
  return Object.entries(table)
    .filter(([name, spec]) => spec.hidden !== true && name.startsWith(unfinished))
    .map(([value, spec]) => ({ value, description: spec.summary }));
}

function optionWords(spec: CommandSpec, unfinished: string): readonly Candidate[] {
  const words = Object.values(spec.options).flatMap((option) =>
    optionNames(option).map((value) => ({ value, description: option.description })),
  );
  return [...words, { value: "--help", description: "print help" }].filter(({ value }) => value.startsWith(unfinished));
}

function findOption(spec: CommandSpec, word: string): OptionSpec | undefined {
  return Object.values(spec.options).find((option) => optionNames(option).includes(word));
}

function argumentAt(spec: CommandSpec, at: number): ArgumentSpec | undefined {
  const all = Object.values(spec.arguments);
  const last = all.at(-1);
  return all[at] ?? (last?.shape === "one-or-more" || last?.shape === "any-number" ? last : undefined);
}

function valuesOf(
  spec: Pick<OptionSpec, "values"> & { readonly shape: string },
  unfinished: string,
  prefix: string,
  operands: readonly string[],
): Completion {
  const of = spec.values ?? "none";
  if (typeof of !== "string") {
    const words = of.filter((value) => value.startsWith(unfinished));
    return { kind: "words", words: words.map((value) => ({ value: `${prefix}${value}`, description: "" })) };
  }
  const comma = spec.shape === "list" ? unfinished.lastIndexOf(",") + 1 : 0;
  return {
    kind: "values",
    of,
    prefix: `${prefix}${unfinished.slice(0, comma)}`,
    unfinished: unfinished.slice(comma),
    operands,
  };
}
