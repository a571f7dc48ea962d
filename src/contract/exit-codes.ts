import { UserError } from "./failure.ts";

/** Exit codes, the same for every command. Scripts depend on them: never renumber. */
export const EXIT = {
  /** Every planned trial was scored, or the command did what it says. */
  ok: 0,
  /** Some trials were not scored or not started. */
  incomplete: 1,
  /** Bad input. */
  badInput: 2,
  inconclusive: 3,
  interrupted: 130,
  terminated: 143,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Of a command that failed by it. */
export function exitCodeOfError(error: unknown): ExitCode {
  return error instanceof UserError ? EXIT.badInput : EXIT.incomplete;
}
