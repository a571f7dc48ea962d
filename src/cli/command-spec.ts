/**
 * How a command is declared: plain data, from which the parser, the help, the completion and the types of the
 * command's arguments and options all follow.
 */
import type { ExitCode } from "../contract/exit-codes.ts";
import type { CommandIo } from "./io.ts";

/** What completion offers for a value. */
export type ValueKind = "experiment" | "batch" | "task" | "profile" | "directory" | "none";

export interface ArgumentSpec {
  readonly shape: "required" | "optional" | "one-or-more" | "any-number";
  readonly description: string;
  readonly values: ValueKind | readonly string[];
}

export interface OptionSpec {
  /**
   * `switch` is true or false; `list` takes words and commas, and may be repeated; the others take one value.
   */
  readonly shape: "switch" | "list" | "whole-number" | "number" | "text";
  /** Commander's notation; the key in the table is its camel-case long name. */
  readonly flags: string;
  readonly description: string;
  /** Smallest `whole-number`; default 1. */
  readonly min?: number;
  readonly values?: ValueKind | readonly string[];
}

export interface CommandSpec {
  readonly summary: string;
  /** Paragraphs for the command's own help. */
  readonly details?: string;
  /** In order. */
  readonly arguments: Readonly<Record<string, ArgumentSpec>>;
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  readonly exitCodes: readonly (readonly [code: string, meaning: string])[];
  readonly hidden?: boolean;
  /** What dead runs left is removed before it does its work. */
  readonly reapsFirst?: boolean;
}

type ArgumentValue<S extends ArgumentSpec> = S["shape"] extends "required"
  ? string
  : S["shape"] extends "optional"
    ? string | undefined
    : readonly string[];

type OptionValue<S extends OptionSpec> = S["shape"] extends "switch"
  ? boolean
  : S["shape"] extends "list"
    ? readonly string[] | undefined
    : S["shape"] extends "whole-number" | "number"
      ? number | undefined
      : string | undefined;

export type ArgumentsOf<C extends CommandSpec> = {
  readonly [K in keyof C["arguments"]]: ArgumentValue<C["arguments"][K]>;
};

/** Every option is present: an absent switch is false, anything else absent is undefined. */
export type OptionsOf<C extends CommandSpec> = {
  readonly [K in keyof C["options"]]: OptionValue<C["options"][K]>;
};

/** The default export of `commands/<name>.ts`. */
export type Body<C extends CommandSpec> = (
  args: ArgumentsOf<C>,
  options: OptionsOf<C>,
  io: CommandIo,
) => Promise<ExitCode>;
