/**
 * Why a trial was not scored, as data: who is to blame, in which phase, and the first cause.
 *
 * The first cause wins: whatever fails later, while cleaning up, is added to `also` and never replaces it.
 */

export type Blame = "agent" | "task" | "infrastructure" | "treatment" | "user";

/** The steps of a trial, in order. Their names are stored in results and events. */
export const PHASES = [
  "environment-start",
  "healthcheck",
  "agent-setup",
  "agent-run",
  "collection",
  "verification",
  "record",
  "teardown",
] as const;
export type Phase = (typeof PHASES)[number];

export interface Failure {
  /** Stable, kebab-case, one per distinct cause: `environment-start-failed`, `reward-missing`, … */
  readonly code: string;
  readonly blame: Blame;
  readonly phase: Phase | null;
  /** One or two sentences for a person: what happened and, where known, what to do. */
  readonly message: string;
  /** Paths relative to the trial directory where the evidence is. */
  readonly evidence: readonly string[];
  /** Later failures of the same try, in order. */
  readonly also: readonly string[];
}

export function failure(fields: Pick<Failure, "code" | "blame" | "phase" | "message"> & Partial<Failure>): Failure {
  return { evidence: [], also: [], ...fields };
}

/** Thrown inside a part when it already knows the whole failure; anything else is classified by the engine. */
export class TrialFailure extends Error {
  override readonly name = "TrialFailure";
  readonly failure: Failure;

  constructor(value: Failure, options?: ErrorOptions) {
    super(value.message, options);
    this.failure = value;
  }
}

/** Bad input of the user's: printed as plain lines, exit code 2, never with a stack trace. */
export class UserError extends Error {
  override readonly name = "UserError";
  /** Further lines, each one problem or one hint. */
  readonly lines: readonly string[];

  constructor(message: string, lines: readonly string[] = [], options?: ErrorOptions) {
    super(message, options);
    this.lines = lines;
  }
}

/** A machine that says no in the middle of something: plain lines like bad input, exit code 1, and nobody's bug. */
export class MachineRefusal extends Error {
  override readonly name = "MachineRefusal";
  readonly lines: readonly string[];

  constructor(message: string, lines: readonly string[] = [], options?: ErrorOptions) {
    super(message, options);
    this.lines = lines;
  }
}
