/**
 * Runs the trials of a plan until they are over or the run is told to stop.
 *
 * What starts next is decided synchronously over the pool and the queue; each trial then lives in one promise of its own, and
 * nothing that happens in it reaches another. A trial waiting for its retry holds no slot.
 */
import type { Profile } from "../contract/experiment.ts";
import type { Outcome } from "../contract/outcome.ts";
import type { Plan, TaskPlan, TrialId, TrialPlan } from "../contract/plan.ts";
import { judged } from "../contract/reward-rule.ts";
import type { EngineParts } from "./engine-parts.ts";
import { createPause } from "./pause.ts";
import { type Claim, createPool } from "./pool.ts";
import { createPreparations, type Preparation } from "./preparations.ts";
import { type Again, recordGivenUp, runAndRecord, type Waiting } from "./recorded-try.ts";
import type { StopSignals } from "./stop-signals.ts";
import { createTurns, NO_TURNS } from "./turns.ts";

export interface BatchSummary {
  readonly scored: number;
  readonly notScored: number;
  readonly cancelled: number;
  readonly notStarted: number;
}

/** @param toDo the trials of this launch, in order */
export async function runBatch(
  plan: Plan,
  toDo: readonly TrialPlan[],
  parts: EngineParts,
  stop: StopSignals,
): Promise<BatchSummary> {
  const { announce, clock } = parts;
  const rule = { key: plan.analysis.rewardKey, successAt: plan.analysis.successAt };
  const tasks = new Map(plan.tasks.map((entry) => [entry.task.id, entry]));
  const profiles = new Map(plan.profiles.map((entry) => [entry.profile.key, entry.profile]));
  const pool = createPool({
    slots: plan.slots,
    profilesParallel: plan.run.profilesParallel,
    memoryMb: parts.memoryMb,
  });
  /** Of those that had to be made. */
  const imageSec = new Map<string, number>();
  const testTurns = plan.run.quietVerify ? createTurns() : NO_TURNS;
  const summary = { scored: 0, notScored: 0, cancelled: 0, notStarted: 0 };
  const began = clock.monotonic();
  const queue: (Waiting | null)[] = [];
  /** Retries whose delay is over: they go first, since their cells are behind. */
  const due: Waiting[] = [];
  const delayed = new Map<Waiting, () => void>();
  /** Everything before it in the queue was started. */
  let next = 0;
  let queued = 0;
  let stopping = false;

  for (const trial of toDo) {
    if (trial.refused === null) queue.push({ trial, tryNumber: 1, earlier: [] });
    else ended(trial, 0, { kind: "not-started", failure: trial.refused }, 0, null);
  }
  queued = queue.length;

  const pause = createPause(parts);
  const sandboxes = createTurns(plan.slots);

  return new Promise<BatchSummary>((resolve) => {
    const halted = new AbortController();
    const preparations = createPreparations({
      prepare: (task, log) => {
        // In the order in which trials will want them, and before they do: who builds limits how many at a time.
        return pause.untilThereIsRoom(
          () => parts.prepare(tasks.get(task) as TaskPlan, halted.signal, log),
          halted.signal,
        );
      },
      onStarted: (task) => announce({ type: "image-started", task }),
      onEnded(task, seconds, failed) {
        imageSec.set(task, seconds);
        announce({ type: "image-ended", task, seconds, failed });
      },
      clock,
      signal: halted.signal,
      onOver: () => begin(),
    });
    const pairOf = (key: string): { readonly profile: Profile; readonly task: TaskPlan } => {
      const [profile = "", task = ""] = JSON.parse(key) as string[];
      return { profile: profiles.get(profile) as Profile, task: tasks.get(task) as TaskPlan };
    };
    const preflights = createPreparations({
      async prepare(key, log) {
        const { profile, task } = pairOf(key);
        const attempt = parts.preflight(profile, task);
        if (attempt === null) return;
        // As many as trials: each is a sandbox, and a benchmark of a hundred tasks has hundreds of pairs.
        const end = await sandboxes.take(halted.signal);
        try {
          log("begins");
          await pause.untilThereIsRoom(() => attempt(halted.signal, log), halted.signal);
        } finally {
          end();
        }
      },
      onStarted(key) {
        const { profile, task } = pairOf(key);
        announce({ type: "preflight-started", profile: profile.key, task: task.task.id });
      },
      onEnded(key, seconds, failed) {
        const { profile, task } = pairOf(key);
        announce({ type: "preflight-ended", profile: profile.key, task: task.task.id, seconds, failed });
      },
      clock,
      signal: halted.signal,
      onOver: () => begin(),
    });
    const profilesOf = new Map<string, Set<string>>();
    for (const { task, profile, refused } of toDo)
      if (refused === null) profilesOf.set(task, (profilesOf.get(task) ?? new Set()).add(profile));
    /** The image first, which treatments are then tried in: all of the task's, or those that are tried sooner would run ahead. */
    const readinessOf = ({ task, profile }: TrialPlan): Preparation => {
      const image = preparations.of(task);
      if (image.state === "preparing" || image.error !== null) return image;
      const all = [...(profilesOf.get(task) ?? [])].map((each) => preflights.of(JSON.stringify([each, task])));
      const waits = all.find(({ state }) => state === "preparing");
      return waits ?? preflights.of(JSON.stringify([profile, task]));
    };

    /** The first in order whose task is ready. All profiles of a task wait for it alike, so none falls behind. */
    const choose = (): { readonly waiting: Waiting; readonly unprepared: unknown; take(): void } | null => {
      for (const [index, waiting] of due.entries()) {
        const preparation = readinessOf(waiting.trial);
        if (preparation.state === "over")
          return { waiting, unprepared: preparation.error, take: () => void due.splice(index, 1) };
      }
      while (next < queue.length && queue[next] === null) next += 1;
      for (let index = next; index < queue.length; index++) {
        const waiting = queue[index] ?? null;
        if (waiting === null) continue;
        const preparation = readinessOf(waiting.trial);
        if (preparation.state === "preparing") continue;
        const take = (): void => {
          queue[index] = null;
          queued -= 1;
        };
        return { waiting, unprepared: preparation.error, take };
      }
      return null;
    };

    const begin = (): void => {
      while (!stopping && pause.mayStart(queued + due.length)) {
        const chosen = choose();
        if (chosen === null) break;
        const { waiting, unprepared } = chosen;
        const claim = claimOf(waiting.trial);
        if (!pool.take(claim)) break;
        chosen.take();
        void oneTry(waiting, unprepared)
          .then((again) => {
            if (again !== null) delay(again.waiting, again.delaySec);
          })
          // What it left may be what fills the disk.
          .then(() => parts.room.look())
          .finally(() => {
            pool.give(claim);
            begin();
          });
      }
      finishIfOver();
    };

    const delay = (waiting: Waiting, seconds: number): void => {
      delayed.set(
        waiting,
        clock.after(seconds * 1000, () => {
          delayed.delete(waiting);
          due.push(waiting);
          preparations.again(waiting.trial.task);
          preflights.again(JSON.stringify([waiting.trial.profile, waiting.trial.task]));
          begin();
        }),
      );
      if (stopping) giveUpDelayed();
    };

    /** A trial between two tries ends with what its last try said. */
    const giveUpDelayed = (): void => {
      const given: Waiting[] = [];
      for (const [waiting, cancel] of delayed) {
        cancel();
        delayed.delete(waiting);
        given.push(waiting);
      }
      given.push(...due.splice(0));
      for (const waiting of given) {
        closing += 1;
        void recordGivenUp(waiting, profiles.get(waiting.trial.profile) as Profile, parts)
          .then(({ outcome, trialDir }) => ended(waiting.trial, waiting.tryNumber - 1, outcome, 0, trialDir))
          .finally(() => {
            closing -= 1;
            finishIfOver();
          });
      }
    };

    let over = false;
    let closing = 0;
    const finishIfOver = (): void => {
      const nothingWaits = stopping || (queued === 0 && due.length === 0 && delayed.size === 0);
      if (over || closing > 0 || pool.running() > 0 || !nothingWaits) return;
      over = true;
      summary.notStarted += queued;
      announce({ type: "batch-ended", ...summary, seconds: (clock.monotonic() - began) / 1000 });
      resolve(summary);
    };

    const halt = (): void => {
      if (stopping) return;
      stopping = true;
      halted.abort(new Error("the run was told to stop"));
      giveUpDelayed();
      finishIfOver();
    };
    const hurry = (): void => {
      const number = testTurns.openToAll();
      if (number === 0) return;
      const message = `run_timeout_sec is nearly over: the tests of ${number} waiting ${number === 1 ? "trial" : "trials"} run beside others now, since no verdict is worse than one under load`;
      announce({ type: "note", message });
    };
    if (stop.hurry.aborted) hurry();
    else stop.hurry.addEventListener("abort", hurry, { once: true });
    for (const signal of [stop.soft, stop.hard, stop.deadline, stop.enough]) {
      if (signal.aborted) stopping = true;
      else signal.addEventListener("abort", halt, { once: true });
    }
    parts.room.onRoom(begin);
    begin();
  });

  function claimOf(trial: TrialPlan): Claim {
    return { profile: trial.profile, memoryMb: tasks.get(trial.task)?.task.environment.memoryMb ?? 0 };
  }

  async function oneTry(waiting: Waiting, unprepared: unknown): Promise<Again | null> {
    const { trial, tryNumber } = waiting;
    const from = clock.monotonic();
    announce({ type: "trial-started", trial: idOf(trial), trialName: trial.trialName, try: tryNumber });
    const result = await runAndRecord(
      plan,
      waiting,
      { task: tasks.get(trial.task) as TaskPlan, unprepared, imageSec: imageSec.get(trial.task) ?? null, testTurns },
      profiles.get(trial.profile) as Profile,
      parts,
      stop,
    );
    if (result.again !== null) return result.again;
    ended(trial, tryNumber, result.outcome, (clock.monotonic() - from) / 1000, result.trialDir);
    return null;
  }

  function ended(
    trial: TrialPlan,
    tryNumber: number,
    outcome: Outcome,
    seconds: number,
    trialDir: string | null,
  ): void {
    const counter = {
      scored: "scored",
      "not-scored": "notScored",
      cancelled: "cancelled",
      "not-started": "notStarted",
    } as const;
    summary[counter[outcome.kind]] += 1;
    announce({
      type: "trial-ended",
      trial: idOf(trial),
      trialName: trial.trialName,
      try: tryNumber,
      outcome,
      ...judged(outcome, rule),
      seconds,
      trialDir,
    });
    parts.store.touch();
  }
}

function idOf({ task, profile, attempt }: TrialPlan): TrialId {
  return { task, profile, attempt };
}
