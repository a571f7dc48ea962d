/**
 * The command line: commander, built from the table in commands.ts. Nothing else is loaded until a command's body is
 * needed, because `regatta --help` must start about as fast as Node itself.
 */
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { EXIT, type ExitCode } from "../contract/exit-codes.ts";
import { BODIES } from "./bodies.ts";
import type { ArgumentSpec, CommandSpec, OptionSpec } from "./command-spec.ts";
import { COMMANDS, type CommandName } from "./commands.ts";
import { reportError } from "./errors.ts";
import type { CommandIo } from "./io.ts";
import { packageVersion } from "./package-file.ts";
import { processIo } from "./process-io.ts";

/** Any command's body, with its own argument and option types forgotten. */
type AnyBody = (
  args: Readonly<Record<string, unknown>>,
  options: Readonly<Record<string, unknown>>,
  io: CommandIo,
) => Promise<ExitCode>;

/** Runs one command line. Never throws: whatever goes wrong is printed and becomes an exit code. */
export async function runProgram(argv: readonly string[], io: CommandIo = processIo()): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const program = buildProgram(io, (code) => {
    exitCode = code;
  });
  if (argv.length === 0) {
    program.outputHelp();
    return EXIT.ok;
  }
  try {
    await program.parseAsync([...argv], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.code === "commander.missingArgument" && listOptionIn(argv)) io.stderr.write(LIST_HINT);
      return error.exitCode === 0 ? EXIT.ok : EXIT.badInput;
    }
    return reportError(error, io.stderr, io.env);
  }
}

const LIST_HINT =
  "A list option takes every word after it: put the experiment first, or write the list with commas and --tasks=a,b.\n";

/** `run --tasks a b experiment.toml`: the list has swallowed the argument. */
function listOptionIn(argv: readonly string[]): boolean {
  return argv.some((word) => /^--(tasks|profiles)$/.test(word));
}

/** @param onExit receives the exit code of the body that ran. */
function buildProgram(io: CommandIo, onExit: (code: ExitCode) => void = () => {}): Command {
  const program = new Command("regatta")
    .description("Races coding-agent profiles over the same tasks in sandboxes, and says which one won.")
    .version(packageVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help for a command")
    .exitOverride()
    .configureHelp({
      subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(argumentTerm)].join(" "),
    })
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      getOutHelpWidth: () => helpWidth(io.terminal("stdout").columns),
      getErrHelpWidth: () => helpWidth(io.terminal("stderr").columns),
      outputError: (text, write) => write(`regatta: ${text.replace(/^error: /, "")}`),
    })
    .addHelpText("after", PROGRAM_EPILOGUE);
  for (const name of Object.keys(COMMANDS) as CommandName[]) {
    program.addCommand(buildCommand(program, name, io, onExit), { hidden: isHidden(COMMANDS[name]) });
  }
  return program;
}

const PROGRAM_EPILOGUE = `
Examples:
  regatta init demo --yes                 write a first experiment
  regatta run experiments/demo.toml       run it
  regatta results                         see the latest table again

Exit codes: 0 done, 1 some trials not scored, 2 bad input, 3 inconclusive, 130 and 143 interrupted.
Every command has its own --help with examples.`;

function buildCommand(program: Command, name: CommandName, io: CommandIo, onExit: (code: ExitCode) => void): Command {
  const spec: CommandSpec = COMMANDS[name];
  const command = new Command(name)
    .copyInheritedSettings(program)
    .summary(spec.summary)
    .description(spec.details === undefined ? sentence(spec.summary) : `${sentence(spec.summary)}\n\n${spec.details}`)
    .showHelpAfterError(`Try: regatta ${name} --help`)
    .addHelpText("after", epilogue(spec));
  const argumentNames = Object.keys(spec.arguments);
  for (const key of argumentNames) command.addArgument(buildArgument(key, spec.arguments[key] as ArgumentSpec));
  const optionNames = Object.keys(spec.options);
  for (const key of optionNames) command.addOption(buildOption(spec.options[key] as OptionSpec));

  command.action(async (...received: unknown[]) => {
    const values = command.opts<Record<string, unknown>>();
    const args = Object.fromEntries(argumentNames.map((key, at) => [key, received[at]]));
    const options = Object.fromEntries(
      optionNames.map((key) => [key, values[key] ?? (spec.options[key]?.shape === "switch" ? false : undefined)]),
    );
    if (spec.reapsFirst === true) {
      const { reapFirst } = await import("../app/reap.ts");
      await reapFirst(packageVersion(), (line) => void io.stderr.write(`${line}\n`));
    }
    const body = (await BODIES[name]()).default as unknown as AnyBody;
    onExit(await body(args, options, io));
  });
  return command;
}

function buildArgument(key: string, spec: ArgumentSpec): Argument {
  const word = key.replace(/s$/, "");
  const notation = {
    required: `<${key}>`,
    optional: `[${key}]`,
    "one-or-more": `<${word}...>`,
    "any-number": `[${word}...]`,
  }[spec.shape];
  const argument = new Argument(notation, spec.description);
  if (typeof spec.values !== "string") argument.choices([...spec.values]);
  return argument;
}

function buildOption(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.description);
  if (spec.shape === "list") option.argParser(addToList);
  if (spec.shape === "whole-number") option.argParser((text) => wholeNumber(text, spec.min ?? 1));
  if (spec.shape === "number") option.argParser(anyNumber);
  return option;
}

function argumentTerm(argument: Argument): string {
  const word = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${word}>` : `[${word}]`;
}

function addToList(text: string, earlier: readonly string[] | undefined): readonly string[] {
  const words = text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
  if (words.length === 0) throw new InvalidArgumentError("Expected one or more names, separated by spaces or commas.");
  return [...(earlier ?? []), ...words];
}

function wholeNumber(text: string, min: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value) || value < min) {
    throw new InvalidArgumentError(`Expected a whole number from ${min}.`);
  }
  return value;
}

function anyNumber(text: string): number {
  const value = /^-?(\d+(\.\d*)?|\.\d+)(e-?\d+)?$/i.test(text) ? Number(text) : NaN;
  if (!Number.isFinite(value)) throw new InvalidArgumentError("Expected a number.");
  return value;
}

function epilogue(spec: CommandSpec): string {
  return [
    "",
    "Examples:",
    ...spec.examples.map(([command, meaning]) => `  ${command}\n      ${meaning}`),
    "",
    "Exit codes:",
    ...spec.exitCodes.map(([code, meaning]) => `  ${code.padEnd(4)} ${meaning}`),
  ].join("\n");
}

function isHidden(spec: CommandSpec): boolean {
  return spec.hidden === true;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function helpWidth(columns: number): number {
  return Number.isFinite(columns) ? Math.min(columns, 120) : 100;
}
