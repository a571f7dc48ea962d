/** A Harbor task directory, loaded and checked: everything a trial needs, with Harbor's defaults filled in. */

export interface Healthcheck {
  readonly command: string;
  readonly intervalSec: number;
  readonly timeoutSec: number;
  readonly startPeriodSec: number;
  readonly startIntervalSec: number;
  readonly retries: number;
}

export interface TaskOrigin {
  /** Without credentials. */
  readonly url: string;
  /** Full. */
  readonly commit: string;
  /** Of the task's directory in the repository. */
  readonly path: string;
}

export type TaskUser = string | number | null;

export interface Task {
  /** The id in the experiment. */
  readonly id: string;
  /** Harbor's `Task.name`: `[task].name` if present, else the directory's name. */
  readonly name: string;
  /** Absolute. */
  readonly dir: string;
  /** Dataset name, or null for a task given by path. */
  readonly source: string | null;
  /** Where its files were fetched from; null for files of this machine. */
  readonly git: TaskOrigin | null;
  /** `sha256:<hex>`, computed as Harbor does. */
  readonly digest: string;
  /** With canary lines stripped. */
  readonly instruction: string;
  readonly agent: { readonly timeoutSec: number | null; readonly user: TaskUser };
  readonly verifier: {
    readonly timeoutSec: number;
    readonly user: TaskUser;
    /** Values may be `${NAME}` or `${NAME:-default}` templates of the host's environment. */
    readonly env: Readonly<Record<string, string>>;
  };
  readonly environment: {
    readonly buildTimeoutSec: number;
    readonly dockerImage: string | null;
    /** Absolute path of `environment/`. */
    readonly dir: string;
    readonly dockerfile: string | null;
    readonly cpus: number | null;
    readonly memoryMb: number | null;
    readonly storageMb: number | null;
    readonly env: Readonly<Record<string, string>>;
    readonly workdir: string | null;
    readonly network: "public" | "no-network";
    readonly healthcheck: Healthcheck | null;
  };
  readonly solution: { readonly dir: string | null; readonly env: Readonly<Record<string, string>> };
  /** Extra paths to collect, as Harbor's task-level `artifacts`. */
  readonly artifacts: readonly {
    readonly source: string;
    readonly destination: string | null;
    readonly exclude: readonly string[];
  }[];
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Features asked for that cannot be run yet, by name: `multi-step (steps)`, `network allowlist`, … Empty = runnable. */
  readonly unsupported: readonly string[];
  /** Things worth saying that do not stop the task, such as an ignored key. */
  readonly notes: readonly string[];
}
