/** What a command may touch of the outside, so that a test can run it without a process. */
import type { Terminal, TextOutput } from "../terminal/terminal.ts";

export interface CommandIo {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  /** Both stdin and stdout are a terminal: questions may be asked. */
  readonly interactive: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /**
   * Aborted when the reader of stdout or stderr has gone (`regatta results | head -1`). Writing further is harmless and
   * silent; a command that would go on for ever should end.
   */
  readonly outputClosed: AbortSignal;
  /** Read again when needed: a window can be resized. */
  terminal(output?: "stdout" | "stderr"): Terminal;
}
