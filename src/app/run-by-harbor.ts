/**
 * `engine = "harbor"`: the trials of a batch by the real Harbor, one process per job, watched through what it writes.
 *
 * Harbor's files are never touched; what is ours (configurations, logs, the index) lies beside them.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Announce } from "../contract/event.ts";
import { failure } from "../contract/failure.ts";
import type { Outcome } from "../contract/outcome.ts";
import { cellKey, type TrialId, type TrialPlan } from "../contract/plan.ts";
import { judged } from "../contract/reward-rule.ts";
import type { StopSignals } from "../engine/stop-signals.ts";
import { harborCommand, harborEnvironment, harborVersion } from "../harbor/harbor-command.ts";
import { type HarborEnd, type HarborRun, startHarbor } from "../harbor/harbor-process.ts";
import { scanJob } from "../harbor/scan-job.ts";
import { writeJsonAtomic } from "../host/files.ts";
import { harborDialect } from "../planning/harbor-dialect.ts";
import { harborDir, runsDir } from "../results/layout.ts";
import type { BatchStore } from "../results/store.ts";
import { writeIndex } from "../results/write-index.ts";
import { harborLeftovers, removeHarborProjects } from "./harbor-leftovers.ts";
import { type HarborJob, harborJobs, harborShares } from "./harbor-jobs.ts";
import type { PreparedPlan } from "./prepare-plan.ts";
import { systemClock } from "./system-clock.ts";
import type { TargetBatch } from "./target-batch.ts";

const LOOK_EVERY_MS = 1000;
/** After SIGINT Harbor ends its trials and records them; then less and less is waited for. */
const STOP_STEPS = {
  soft: [
    ["SIGINT", 60_000],
    ["SIGTERM", 10_000],
    ["SIGKILL", 0],
  ],
  hard: [
    ["SIGTERM", 5000],
    ["SIGKILL", 0],
  ],
} as const;

export interface HarborBatch {
  readonly prepared: PreparedPlan;
  readonly target: TargetBatch;
  readonly store: BatchStore;
  readonly announce: Announce;
  readonly stop: StopSignals;
  readonly redact: (text: string) => string;
}

export async function runByHarbor(batch: HarborBatch): Promise<void> {
  const { prepared, target, store, announce, stop } = batch;
  const { plan } = target;
  const command = harborCommand(plan.run.harborBin);
  const version = await harborVersion(command, harborEnvironment(process.env, {}));
  const dialect = harborDialect(version);
  if (dialect.version === null)
    announce({
      type: "note",
      message: `${command.program} does not say its version (${version}): taking it for the newest`,
    });
  const jobs = harborJobs(
    { prepared: { ...prepared, plan }, toDo: target.toDo, jobsDir: runsDir(target.dir), now: new Date() },
    dialect,
  );
  // Of a launch whose runner was killed.
  for (const leftover of await harborLeftovers(target.dir)) await leftover.remove();
  const dir = harborDir(target.dir, store.launch);
  await mkdir(dir, { recursive: true });
  await mkdir(runsDir(target.dir), { recursive: true });
  const began = systemClock.monotonic();
  const watch = watchJobs(batch, jobs);
  const { processes } = harborShares(plan.slots, plan.run.profilesParallel, jobs.length);
  const failures = await runJobs(
    batch,
    jobs,
    processes,
    async (job) => {
      const file = join(dir, `${job.jobName}.json`);
      await writeJsonAtomic(file, job.config);
      const profile = plan.profiles.find((entry) => entry.profile.key === job.profile)?.profile;
      return startHarbor({
        command,
        args: ["run", "-c", file],
        cwd: plan.root,
        env: harborEnvironment(process.env, profile === undefined ? {} : prepared.variables.referredTo(profile)),
        logFile: join(dir, `${job.jobName}.log`),
        redact: batch.redact,
      });
    },
    () => watch.look(),
  );
  // The first may be one that had begun before Harbor's end.
  await watch.look();
  await watch.look();
  await removeHarborProjects(watch.names());
  const stopped = [stop.hard, stop.soft, stop.deadline].find((signal) => signal.aborted);
  const counts = watch.settle((job) => {
    if (stopped !== undefined)
      return failure({ code: "stopped", blame: "user", phase: null, message: (stopped.reason as Error).message });
    const end = failures.get(job.jobName) ?? "Harbor ended without a result of this trial";
    return failure({ code: "harbor-failed", blame: "infrastructure", phase: null, message: end });
  });
  announce({ type: "batch-ended", ...counts, seconds: (systemClock.monotonic() - began) / 1000 });
}

/** @returns for each job that went wrong, how. */
async function runJobs(
  { announce, stop }: HarborBatch,
  jobs: readonly HarborJob[],
  processes: number,
  start: (job: HarborJob) => Promise<HarborRun>,
  look: () => Promise<void>,
): Promise<ReadonlyMap<string, string>> {
  const failures = new Map<string, string>();
  const running = new Set<HarborRun>();
  const queue = [...jobs];
  const stopping = (): boolean => stop.soft.aborted || stop.hard.aborted || stop.deadline.aborted;
  const timers: NodeJS.Timeout[] = [];
  const end = (steps: readonly (readonly ["SIGINT" | "SIGTERM" | "SIGKILL", number])[]): void => {
    const [step, ...rest] = steps;
    if (step === undefined || running.size === 0) return;
    for (const run of running) run.signal(step[0]);
    timers.push(setTimeout(() => end(rest), step[1]));
  };
  const onSoft = (): void => end(STOP_STEPS.soft);
  const onHard = (): void => end(STOP_STEPS.hard);
  stop.soft.addEventListener("abort", onSoft, { once: true });
  stop.deadline.addEventListener("abort", onSoft, { once: true });
  stop.hard.addEventListener("abort", onHard, { once: true });
  const looking = setInterval(() => void look(), LOOK_EVERY_MS);

  async function worker(): Promise<void> {
    for (let job = queue.shift(); job !== undefined && !stopping(); job = queue.shift()) {
      const run = await start(job);
      running.add(run);
      const ended = await run.ended;
      running.delete(run);
      const wrong = whatWentWrong(ended);
      if (wrong === null) continue;
      failures.set(job.jobName, wrong);
      if (!stopping()) announce({ type: "note", message: `Harbor's job of ${job.profile}: ${wrong}` });
    }
  }
  try {
    await Promise.all(Array.from({ length: processes }, worker));
  } finally {
    clearInterval(looking);
    for (const timer of timers) clearTimeout(timer);
    stop.soft.removeEventListener("abort", onSoft);
    stop.deadline.removeEventListener("abort", onSoft);
    stop.hard.removeEventListener("abort", onHard);
  }
  return failures;
}

function whatWentWrong({ code, signal, error, lastLines }: HarborEnd): string | null {
  if (code === 0) return null;
  const how = error ?? (signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`);
  return [how, ...lastLines.slice(-5)].join("; ");
}

interface Watch {
  look(): Promise<void>;
  /** Of every trial directory seen. */
  names(): ReadonlySet<string>;
  /** Announces what never came to an end. @returns all trials of this launch, by how they ended */
  settle(why: (job: HarborJob) => ReturnType<typeof failure>): {
    readonly scored: number;
    readonly notScored: number;
    readonly cancelled: number;
    readonly notStarted: number;
  };
}

/** Harbor names its trials itself: a trial that begins is the next of its task, and what it was is read from its own files. */
function watchJobs({ target, store, announce }: HarborBatch, jobs: readonly HarborJob[]): Watch {
  const idOfDir = new Map(
    target.plan.tasks.flatMap(({ task }) => [
      [task.id, task.id],
      [baseOf(task), task.id],
    ]),
  );
  const started = new Map<string, { readonly id: TrialId; readonly at: number }>();
  const over = new Map(jobs.map((job) => [job.jobName, new Set<string>()]));
  const open = new Map(jobs.map((job) => [job.jobName, [...job.trials]]));
  const rule = { key: target.plan.analysis.rewardKey, successAt: target.plan.analysis.successAt };
  const counts = { scored: 0, notScored: 0, cancelled: 0, notStarted: 0 };
  let looking: Promise<void> | null = null;

  function begin(job: HarborJob, name: string, task: string | null): void {
    if (started.has(name)) return;
    const id = task === null ? undefined : idOfDir.get(task);
    const left = open.get(job.jobName) ?? [];
    const at = left.findIndex((trial) => trial.task === id);
    const trial = left[at];
    if (trial === undefined) return;
    left.splice(at, 1);
    started.set(name, { id: idOf(trial), at: systemClock.monotonic() });
    announce({ type: "trial-started", trial: idOf(trial), trialName: name, try: 1 });
  }

  async function lookOnce(): Promise<void> {
    const ended: { readonly name: string; readonly dir: string }[] = [];
    let changed = false;
    for (const job of jobs) {
      const known = over.get(job.jobName) ?? new Set<string>();
      for (const seen of await scanJob(join(runsDir(target.dir), job.jobName), known)) {
        changed ||= !started.has(seen.name);
        begin(job, seen.name, seen.task);
        if (!seen.over) continue;
        known.add(seen.name);
        ended.push({ name: seen.name, dir: `runs/${job.jobName}/${seen.name}` });
      }
    }
    if (!changed && ended.length === 0) return;
    const { batch } = await writeIndex(target.dir);
    for (const { name, dir } of ended) {
      const found = batch.trials.find((trial) => trial.dir === dir);
      const began = started.get(name);
      if (found === undefined || began === undefined) continue;
      await store.mirrorArtifacts(dir, target.plan.artifactTargets);
      tell(began.id, name, found.record.outcome, (systemClock.monotonic() - began.at) / 1000, dir);
    }
  }

  function tell(trial: TrialId, trialName: string, outcome: Outcome, seconds: number, trialDir: string | null): void {
    const key = {
      scored: "scored",
      "not-scored": "notScored",
      cancelled: "cancelled",
      "not-started": "notStarted",
    } as const;
    counts[key[outcome.kind]] += 1;
    started.delete(trialName);
    announce({ type: "trial-ended", trial, trialName, try: 1, outcome, ...judged(outcome, rule), seconds, trialDir });
  }

  return {
    look() {
      looking ??= lookOnce()
        .catch((error: unknown) => {
          announce({ type: "note", message: `the results cannot be read now: ${(error as Error).message}` });
        })
        .finally(() => (looking = null));
      return looking;
    },
    names: () => new Set([...started.keys(), ...[...over.values()].flatMap((names) => [...names])]),
    settle(why) {
      for (const job of jobs) {
        const cause = why(job);
        const mine = new Set(job.trials.map((trial) => cellKey(trial)));
        for (const [name, { id }] of started) {
          if (mine.has(cellKey(id))) tell(id, name, { kind: "cancelled", failure: cause }, 0, null);
        }
        for (const trial of open.get(job.jobName) ?? [])
          tell(idOf(trial), trial.trialName, { kind: "not-started", failure: cause }, 0, null);
      }
      for (const trial of target.toDo)
        if (trial.refused !== null)
          tell(idOf(trial), trial.trialName, { kind: "not-started", failure: trial.refused }, 0, null);
      return counts;
    },
  };
}

function idOf({ task, profile, attempt }: TrialPlan): TrialId {
  return { task, profile, attempt };
}

function baseOf({ dir, git }: { readonly dir: string; readonly git: { readonly path: string } | null }): string {
  return (git?.path ?? dir).replace(/\/+$/, "").split("/").at(-1) ?? "";
}
