/** The verifier port: a finished trial's sandbox and its task to rewards. */
import type { Rewards } from "../contract/outcome.ts";
import type { Task } from "../contract/task.ts";
import type { Workspace } from "../environments/environment.ts";

export interface VerifyContext {
  readonly workspace: Workspace;
  readonly task: Task;
  /** `[verifier].env` with templates resolved. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutSec: number | null;
  readonly signal: AbortSignal;
  /** `verifier/` of the trial on the host: what the tests left is copied here. */
  readonly verifierDir: string;
  /** Appends to a log in `verifier/`; secrets are redacted on the way. */
  readonly log: (file: string, chunk: Uint8Array) => void | Promise<void>;
}

export interface Verdict {
  readonly rewards: Rewards;
  readonly remarks: readonly string[];
}

export interface Verifier {
  /** @throws TrialFailure, blame task, when there is no usable reward: never 0 in its place. */
  verify(context: VerifyContext): Promise<Verdict>;
  /** Whether its tests seem to measure time. */
  looksAtClock(task: Task): Promise<boolean>;
}
