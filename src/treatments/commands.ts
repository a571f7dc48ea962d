/**
 * Commands as people write them for their own machine → as they are inside a sandbox, where a server's code is a toolchain whose
 * programs (`uv`, `npx`, `node`, its own) come first in PATH. Words that name a file of the server's directory become its path inside.
 */
import { posix } from "node:path";
import type { StdioServer } from "../contract/treatment.ts";

/** Where a server's code is inside. */
export interface InsideCode {
  /** What stands for the server's directory; null = nothing of it is inside. */
  readonly root: string | null;
  /** Absolute, for PATH, the most important first. */
  readonly bin: readonly string[];
  /** Whether the server's directory has it; relative, with `/`. */
  readonly has: (path: string) => boolean;
}

/** No variable of a sandbox is known beforehand, so PATH is added to where it is known. */
const WITH_PATH = 'PATH="$1:$PATH"; export PATH; shift; exec "$@"';

export function insideServer(server: StdioServer, code: InsideCode): StdioServer {
  const [command = "", ...args] = [server.command, ...server.args].map((word) => insidePath(word, code));
  if (code.bin.length === 0) return { ...server, command, args };
  return { ...server, command: "/bin/sh", args: ["-c", WITH_PATH, "sh", code.bin.join(":"), command, ...args] };
}

/** A line of the shell: only its words are looked at, its meaning stays the shell's. */
export function insideLine(line: string, code: InsideCode): string {
  const words = line.replaceAll(/[^\s"'=;&|()<>]+/g, (word) => insidePath(word, code));
  return code.bin.length === 0 ? words : `PATH=${shellQuoted(code.bin.join(":"))}:"$PATH"; export PATH; ${words}`;
}

function insidePath(word: string, { root, has }: InsideCode): string {
  if (root === null || word === "" || word.startsWith("/") || word.startsWith("-")) return word;
  const path = posix.normalize(word);
  return !path.startsWith("..") && path !== "." && has(path) ? posix.join(root, path) : word;
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
