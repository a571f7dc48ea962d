/** A command's outside without a process: what it printed, and how. */
import type { CommandIo } from "../../src/cli/io.ts";
import { runProgram } from "../../src/cli/program.ts";

export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function regatta(
  argv: readonly string[],
  more: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Printed> {
  const written = { stdout: "", stderr: "" };
  const output = (name: "stdout" | "stderr") => ({
    write(text: string) {
      written[name] += text;
      return true;
    },
  });
  const io: CommandIo = {
    stdin: process.stdin,
    stdout: output("stdout"),
    stderr: output("stderr"),
    interactive: false,
    env: more.env ?? {},
    cwd: more.cwd ?? "/",
    outputClosed: new AbortController().signal,
    terminal: () => ({ color: false, live: false, columns: Infinity, rows: Infinity }),
  };
  const code = await runProgram(argv, io);
  return { code, ...written };
}
