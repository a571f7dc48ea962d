/** A package's commands as its package.json names them, and an `npx` that runs them without fetching anything. */
import { open, readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { isRecord } from "../../base/is-record.ts";
import { UserError } from "../../contract/failure.ts";
import { isErrno } from "../../host/files.ts";
import { quoted, writeScript } from "../shell-text.ts";
import type { RegistryPackage } from "./registry.ts";

export interface Command {
  readonly name: string;
  /** Relative to the package. */
  readonly file: string;
  /** False = it runs by itself. */
  readonly byNode: boolean;
}

/** @param dir where `node_modules` is */
export async function packageCommands(dir: string, packageName: string): Promise<readonly Command[]> {
  const root = join(dir, "node_modules", packageName);
  const value: unknown = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const bin = isRecord(value) ? value["bin"] : null;
  const named: readonly (readonly [string, unknown])[] =
    typeof bin === "string" ? [[unscoped(packageName), bin]] : Object.entries(isRecord(bin) ? bin : {});
  const commands: Command[] = [];
  for (const [name, file] of named) {
    if (typeof file !== "string" || !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(unscoped(name))) continue;
    const path = posix.normalize(file);
    if (path.startsWith("..") || path.startsWith("/")) continue;
    const first = await firstLine(join(root, path));
    if (first !== null) commands.push({ name: unscoped(name), file: path, byNode: !isOtherProgram(first) });
  }
  if (commands.length === 0)
    throw new UserError(`the npm package ${packageName} has no command: it is no server that could be started`);
  return commands;
}

export interface CommandsRequest {
  readonly dir: string;
  readonly mountPath: string;
  /** Inside. */
  readonly nodePath: string;
  readonly pack: RegistryPackage;
  readonly commands: readonly Command[];
}

export async function writeCommands({ dir, mountPath, nodePath, pack, commands }: CommandsRequest): Promise<void> {
  const root = `${mountPath}/node_modules/${pack.name}`;
  const call = ({ file, byNode }: Command): string =>
    `exec ${byNode ? `${quoted(nodePath)} ` : ""}${quoted(`${root}/${file}`)} "$@"`;
  for (const command of commands) await writeScript(join(dir, "bin", command.name), [call(command)]);
  await writeScript(join(dir, "bin", "npx"), npxLines(pack, commands, call, `${mountPath}/bin`));
}

/**
 * Takes npx's usual flags. What is not here is looked for in the toolchains that come later in PATH; another version than the
 * one that is here would be another server: refused.
 */
function npxLines(
  { name, version }: RegistryPackage,
  commands: readonly Command[],
  call: (command: Command) => string,
  ownDir: string,
): readonly string[] {
  const main = commands.length === 1 ? commands[0] : commands.find((command) => command.name === unscoped(name));
  const specs = [name, `${name}@latest`, `${name}@${version}`].map(quoted).join("|");
  const ownName = commands.filter((command) => command.name !== name);
  return [
    "# Runs what this toolchain has; a sandbox fetches nothing.",
    "while [ $# -gt 0 ]; do",
    '  case "$1" in',
    "    --) shift; break ;;",
    "    -p|--package) shift; [ $# -eq 0 ] || shift ;;",
    "    -*) shift ;;",
    "    *) break ;;",
    "  esac",
    "done",
    "asked=${1-}",
    "[ $# -eq 0 ] || shift",
    'case "$asked" in',
    ...(main === undefined ? [] : [`  ${specs}) ${call(main)} ;;`]),
    ...ownName.map((command) => `  ${quoted(command.name)}) ${call(command)} ;;`),
    "esac",
    "own= IFS=:",
    "for dir in $PATH; do",
    `  if [ "$dir" = ${quoted(ownDir)} ]; then own=seen; continue; fi`,
    '  if [ -n "$own" ] && [ -x "$dir/npx" ] && [ -d "$dir/../node_modules" ]; then exec "$dir/npx" "$asked" "$@"; fi',
    "done",
    `echo "npx: this toolchain has ${name}@${version}, not $asked" >&2`,
    "exit 127",
  ];
}

function unscoped(name: string): string {
  return name.split("/").at(-1) ?? name;
}

/** A compiled program, or a script of another interpreter. */
function isOtherProgram(first: Buffer): boolean {
  if (first.subarray(0, 4).equals(Buffer.from("\x7fELF", "latin1"))) return true;
  const line = first.toString("latin1").split("\n")[0] ?? "";
  return line.startsWith("#!") && !/\bnode\b/.test(line);
}

async function firstLine(path: string): Promise<Buffer | null> {
  let file;
  try {
    file = await open(path, "r");
  } catch (error) {
    if (isErrno(error, "ENOENT", "EISDIR", "ENOTDIR")) return null;
    throw error;
  }
  try {
    const buffer = Buffer.alloc(200);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
