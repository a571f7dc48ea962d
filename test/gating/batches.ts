/** Batches as they stand on disk, made up: as many tasks and attempts as statistics need, without running any. */
import { seededRandom } from "../../src/statistics/random.ts";
import { failure } from "../../src/contract/failure.ts";
import type { RanImage } from "../../src/contract/ran-image.ts";
import type { TrialId } from "../../src/contract/plan.ts";
import type { TrialExtras } from "../../src/records/trial-extras.ts";
import { result } from "../analytics/jobs.ts";
import type { Project } from "../support/project.ts";

export interface MadeBatch {
  /** `suite/0` */
  readonly name: string;
  readonly profiles: Readonly<Record<string, Rewards>>;
  readonly startedAt?: string;
  /** In the lock. */
  readonly version?: string;
  readonly digests?: Readonly<Record<string, string>>;
  readonly profile?: Readonly<Record<string, unknown>>;
  readonly margin?: number;
  /** What a trial says that its sandbox was made from; undefined = nothing. */
  readonly image?: (id: TrialId) => unknown;
  /** Planned, and never started. */
  readonly unstarted?: readonly string[];
}

/** Rewards of a task's attempts; null = the environment did not start. */
export type Rewards = Readonly<Record<string, readonly (number | null)[]>>;

/** Rewards of 0 and 1: every task has a chance of its own between 0.25 and 0.95, and `shift` is added to all of them. */
export function drawn(tasks: number, attempts: number, seed: number, shift = 0): Rewards {
  const chances = seededRandom(7);
  const random = seededRandom(seed);
  return Object.fromEntries(
    Array.from({ length: tasks }, (_, at) => {
      const chance = 0.25 + 0.7 * chances.next() + shift;
      return [`task-${at}`, Array.from({ length: attempts }, () => (random.next() < chance ? 1 : 0))];
    }),
  );
}

export async function writeBatch(project: Project, made: MadeBatch): Promise<void> {
  const files: Record<string, string> = {};
  const at = `results/${made.name}`;
  for (const [profile, rewards] of Object.entries(made.profiles)) {
    const job = `${at}/runs/2026-01-01__00-00-00__${profile}`;
    files[`${job}/config.json`] = JSON.stringify({ job_name: profile, agents: [] });
    for (const [task, attempts] of Object.entries(rewards))
      for (const [index, reward] of attempts.entries()) {
        const dir = `${job}/${trialName(task, index + 1)}`;
        const id = { task, profile, attempt: index + 1 };
        files[`${dir}/result.json`] = JSON.stringify(trialResult(id, reward, made));
        files[`${dir}/.regatta/trial.json`] = JSON.stringify(extras(id, reward, made));
      }
  }
  files[`${at}/.regatta/launches/0/plan.lock.json`] = JSON.stringify(lockOf(made));
  files[`${at}/.regatta/launches/0/experiment.toml`] = "";
  await project.write(files);
}

function trialName(task: string, attempt: number): string {
  return `${task}__${String(attempt).padStart(7, "a")}`;
}

function startOf({ startedAt }: MadeBatch): string {
  return startedAt ?? "2026-01-01T00:00:00.000000Z";
}

function trialResult({ task, attempt }: TrialId, reward: number | null, made: MadeBatch): Record<string, unknown> {
  return result({
    task_name: task,
    trial_name: trialName(task, attempt),
    started_at: startOf(made),
    task_checksum: made.digests?.[task] ?? `sha256:${task}`,
    verifier_result: reward === null ? null : { rewards: { reward } },
  });
}

function extras(id: TrialId, reward: number | null, made: MadeBatch): TrialExtras {
  const lost = failure({
    code: "environment-start-failed",
    blame: "infrastructure",
    phase: null,
    message: "no answer",
  });
  return {
    schema_version: 1,
    launch: 0,
    definition_digest: "",
    record: {
      id,
      uuid: `${made.name} ${id.profile} ${id.task} ${id.attempt}`,
      trialName: trialName(id.task, id.attempt),
      try: 1,
      outcome:
        reward === null
          ? { kind: "not-scored", reason: "infrastructure", failure: lost }
          : { kind: "scored", rewards: { reward }, endedBy: { kind: "done" } },
      agent: { name: "claude-code", version: "2.1.0", model: { name: "haiku", provider: null } },
      agentExitCode: 0,
      usage: { inputTokens: 1000, cachedTokens: 0, outputTokens: 100, costUsd: 0.5 },
      startedAt: startOf(made),
      finishedAt: startOf(made),
      phases: {},
      remarks: [],
      ...(made.image === undefined ? {} : { image: made.image(id) as RanImage }),
      earlierTries: [],
    },
  };
}

function lockOf({ name, profiles, version, digests, profile, margin, unstarted = [] }: MadeBatch): unknown {
  const keys = Object.keys(profiles);
  const tasks = [...new Set([...Object.values(profiles).flatMap((each) => Object.keys(each)), ...unstarted])];
  const trials = keys.flatMap((key) =>
    [...Object.entries(profiles[key] ?? {}), ...unstarted.map((task) => [task, [null]] as const)].flatMap(
      ([task, attempts]) =>
        attempts.map((_, at) => ({
          task,
          profile: key,
          attempt: at + 1,
          trial_name: trialName(task, at + 1),
          refused: null,
        })),
    ),
  );
  return {
    schema_version: 1,
    slug: name.split("/")[0],
    name,
    regatta_version: version ?? "0.1.0",
    created_at: "2026-01-01T00:00:00Z",
    experiment_file: "/nowhere/experiments/suite.toml",
    root: "/nowhere",
    run: { cell: { environment: "local", force_rebuild: false }, launch: { attempts: 1 } },
    overrides: {},
    tasks: Object.fromEntries(
      tasks.map((task) => [
        task,
        { digest: digests?.[task] ?? `sha256:${task}`, name: task, source: null, limits: { agent_sec: 600 } },
      ]),
    ),
    profiles: Object.fromEntries(
      keys.map((key) => [key, { agent: "claude-code", model: "haiku", inputs: {}, ...profile }]),
    ),
    artifact_targets: [],
    ...(margin === undefined
      ? {}
      : { analysis: { control: null, margin, alpha: 0.05, reward_key: "reward", success_at: 1 } }),
    trials,
  };
}
