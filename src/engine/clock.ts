/** Time as the engine sees it; tests bring their own. */
export interface Clock {
  /** Milliseconds that only ever grow; for durations. */
  monotonic(): number;
  /** ISO 8601, UTC, milliseconds, `Z`; for records. */
  iso(): string;
  /** Calls back once after so many milliseconds; the result cancels it. Zero or less = soon. */
  after(milliseconds: number, call: () => void): () => void;
}
