/** The ways a run is told to end early; all are one-way. */
export interface StopSignals {
  /** No new work; running trials stop, collect within a bound and are recorded as cancelled. */
  readonly soft: AbortSignal;
  /** At once: no collection, sandboxes are torn down. */
  readonly hard: AbortSignal;
  /** `run_timeout_sec` is nearly over: agents stop, what exists is verified, nothing new starts. */
  readonly deadline: AbortSignal;
  /** So late in the time left for verification that tests wait for quiet no longer. */
  readonly hurry: AbortSignal;
  /** A budget is spent, or results cannot be written: nothing new starts, what runs goes on to its end. */
  readonly enough: AbortSignal;
}
