/** What layer 2 is given of layer 1: trials as plain values, and how to read what an agent did. */

export interface JudgedTrial {
  readonly profile: string;
  readonly task: string;
  readonly attempt: number;
  /** Relative to what was read; shown with results. */
  readonly path: string;
  /** Absolute. */
  readonly dir: string;
  /** Null = not scored. */
  readonly success: boolean | null;
  readonly reward: number | null;
  /** `done`, `agent-timeout`, …; null = not scored. */
  readonly endedBy: string | null;
  readonly costUsd: number | null;
  readonly tokens: number | null;
  readonly seconds: number | null;
  /** MCP servers that it called. */
  readonly servers: readonly { readonly server: string; readonly calls: number; readonly errors: number }[];
}

/** Sentences and figures of layer 1 about profiles; profiles are named by key and hidden before anything is sent. */
export interface JudgedProfile {
  readonly profile: string;
  readonly trials: number;
  readonly scored: number;
  readonly succeeded: number;
  readonly figures: Readonly<Record<string, number | string | null>>;
}

export interface JudgedPair {
  readonly a: string;
  readonly b: string;
  readonly verdict: string;
  readonly figures: Readonly<Record<string, number | string | null>>;
}

export interface Judged {
  readonly trials: readonly JudgedTrial[];
  readonly profiles: readonly JudgedProfile[];
  readonly pairs: readonly JudgedPair[];
}

/** Gives each step of a trial's trajectory in order. @returns why there is none, or null. */
export type ReadSteps = (dir: string, each: (step: unknown) => void) => string | null;
