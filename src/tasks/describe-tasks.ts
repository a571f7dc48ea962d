/** What a list of tasks shows of each. */
import type { Task } from "../contract/task.ts";

export interface TaskDescription {
  readonly id: string;
  /** Null for a task given by path. */
  readonly dataset: string | null;
  readonly dir: string;
  readonly digest: string;
  /** Seconds, as the task has them, before any multiplier; null = no limit. */
  readonly limits: { readonly buildSec: number; readonly agentSec: number | null; readonly verifierSec: number };
  /** Null = whatever the environment gives. */
  readonly resources: {
    readonly cpus: number | null;
    readonly memoryMb: number | null;
    readonly storageMb: number | null;
    readonly network: Task["environment"]["network"];
  };
  readonly unsupported: readonly string[];
  readonly notes: readonly string[];
}

export function describeTasks(tasks: readonly Task[]): TaskDescription[] {
  return tasks.map(({ id, source, dir, digest, agent, verifier, environment, unsupported, notes }) => ({
    id,
    dataset: source,
    dir,
    digest,
    limits: {
      buildSec: environment.buildTimeoutSec,
      agentSec: agent.timeoutSec,
      verifierSec: verifier.timeoutSec,
    },
    resources: {
      cpus: environment.cpus,
      memoryMb: environment.memoryMb,
      storageMb: environment.storageMb,
      network: environment.network,
    },
    unsupported,
    notes,
  }));
}
