/**
 * What Regatta may do with the stream it writes to: the one place that reads NO_COLOR, FORCE_COLOR and TERM.
 *
 * NO_COLOR (any non-empty value) beats FORCE_COLOR; FORCE_COLOR gives colour without a terminal but never a live
 * frame; TERM=dumb takes both away, since cursor movement would be printed as text.
 */

/** The part of a writable stream that reporters use; `process.stdout` is one. */
export interface TextOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  on?(event: "resize", listener: () => void): unknown;
  off?(event: "resize", listener: () => void): unknown;
}

export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

export interface Terminal {
  readonly color: boolean;
  /** The cursor may be moved: a live frame is possible. */
  readonly live: boolean;
  /** Width to lay text out in; Infinity where nobody's window limits it (a pipe, a file). */
  readonly columns: number;
  readonly rows: number;
}

const FALLBACK_COLUMNS = 80;
const FALLBACK_ROWS = 24;

export function terminalOf(output: TextOutput, env: EnvironmentVariables): Terminal {
  const isTTY = output.isTTY === true;
  const dumb = env["TERM"] === "dumb";
  return {
    color: colorAllowed(isTTY, dumb, env),
    live: isTTY && !dumb,
    columns: isTTY ? output.columns || FALLBACK_COLUMNS : Infinity,
    rows: isTTY ? output.rows || FALLBACK_ROWS : Infinity,
  };
}

function colorAllowed(isTTY: boolean, dumb: boolean, env: EnvironmentVariables): boolean {
  if (env["NO_COLOR"]) return false;
  const force = env["FORCE_COLOR"];
  if (force !== undefined) return force !== "0" && force !== "false";
  return isTTY && !dumb;
}
