/** What is not the same for two batches, or for a batch and what its inputs are now. */
export interface Drift {
  readonly about:
    | "regatta"
    | "environment"
    | "task"
    | "image"
    | "limits"
    | "toolchain"
    | "agent"
    | "model"
    | "profile"
    | "reward rule"
    | "experiment"
    | "results";
  /** A path in a lock (`tasks.hello.digest`), or a few words. */
  readonly what: string;
  /** Before, or of A; `(not set)` where there is nothing. */
  readonly a: string;
  readonly b: string;
}
