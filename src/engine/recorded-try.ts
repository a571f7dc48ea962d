/** One try with its folder, its sandbox and its record: kept when another try follows, committed when it was the last. */
import type { Profile } from "../contract/experiment.ts";
import { failure } from "../contract/failure.ts";
import type { Outcome } from "../contract/outcome.ts";
import type { Plan, TaskPlan, TrialPlan } from "../contract/plan.ts";
import type { TrialRecord } from "../contract/trial-record.ts";
import type { TryFolder } from "../results/store.ts";
import { classify } from "./classify.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { ModelPass } from "./model-gateway.ts";
import type { PhaseListener } from "./phase-clock.ts";
import { tearDown } from "./phases/tear-down.ts";
import { retryDelay } from "./retries.ts";
import { steadyClock } from "./steady-clock.ts";
import type { StopSignals } from "./stop-signals.ts";
import { runTry, type TryResult } from "./trial.ts";
import type { Turns } from "./turns.ts";
import type { TrialVariables } from "./trial-context.ts";

/** A trial that waits for a slot. */
export interface Waiting {
  readonly trial: TrialPlan;
  /** From 1 in this launch. */
  readonly tryNumber: number;
  readonly earlier: TrialRecord["earlierTries"];
}

export interface Prepared {
  readonly task: TaskPlan;
  /** Why what its trials share could not be made ready; null = it is. */
  readonly unprepared: unknown;
  /** What it took to make that ready; null = there was nothing to make. */
  readonly imageSec: number | null;
  /** For the tests. */
  readonly testTurns: Turns;
}

export interface Again {
  readonly waiting: Waiting;
  readonly delaySec: number;
}

export interface Ended {
  readonly outcome: Outcome;
  /** Relative to the batch; null when it could not be written. */
  readonly trialDir: string | null;
  readonly again: Again | null;
}

/** What a folder says that takes nothing any more. */
const UNWRITABLE = new Set(["ENOSPC", "EDQUOT", "EROFS", "EIO", "EACCES", "EPERM", "ENOENT", "ENOTDIR", "ESTALE"]);

/** Never throws: whatever goes wrong is this trial's outcome and nobody else's. */
export async function runAndRecord(
  plan: Plan,
  waiting: Waiting,
  { task, unprepared, imageSec, testTurns }: Prepared,
  profile: Profile,
  parts: EngineParts,
  stop: StopSignals,
): Promise<Ended> {
  const { trial, tryNumber, earlier } = waiting;
  const { store, announce } = parts;
  const clock = steadyClock(parts.clock);
  const startedAt = clock.iso();
  try {
    const folder = await store.openTry(trial);
    const models = (await parts.gateway?.admit(trial, folder.try, folder.extrasDir)) ?? null;
    const environment = parts.environmentFor(trial, folder.try, task);
    try {
      const result = await runTry(
        {
          trial,
          task: task.task,
          profile,
          limits: task.limits,
          agent: parts.agentNamed(profile.agent),
          verifier: parts.verifier,
          environment,
          unprepared,
          testTurns,
          imageSec,
          machineWaits: parts.machineWaits,
          files: parts.files,
          folder,
          variables: without(parts.variablesFor(profile, task), models),
          models,
          instruction: parts.instructionFor(profile, task),
          ...parts.treatmentFor(profile, task),
          stop,
          onUnwritten: (error) => demandWritable(error, parts),
          checkpoint: (soFar, endedBy) => {
            const record = recordOf(waiting, folder, soFar, profile, startedAt, { ...parts, clock });
            return store.checkpoint(trial, folder, record, endedBy);
          },
        },
        clock,
        listenerFor(waiting, parts),
      );
      const record = recordOf(waiting, folder, result, profile, startedAt, { ...parts, clock });
      const delaySec = retryDelay(result.outcome, tryNumber, plan.run.retries, parts.random());
      const halted = [stop.soft, stop.hard, stop.deadline, stop.enough].some((signal) => signal.aborted);
      if (delaySec === null || halted || result.outcome.kind !== "not-scored") {
        return { outcome: result.outcome, trialDir: await store.commitTrial(trial, folder, record), again: null };
      }
      const cause = result.outcome.failure;
      const dir = await store.keepTry(trial, folder, record);
      announce({ type: "trial-retrying", trial: idOf(trial), try: tryNumber, failure: cause, delaySec });
      const next: Waiting = {
        trial,
        tryNumber: tryNumber + 1,
        earlier: [...earlier, { try: folder.try, failure: cause, dir }],
      };
      return { outcome: result.outcome, trialDir: null, again: { waiting: next, delaySec } };
    } finally {
      await models?.close();
      const left = await tearDown(environment, clock);
      if (left !== null) announce({ type: "note", message: `${trial.trialName}: ${left}` });
    }
  } catch (error) {
    return { outcome: notWritten(error, parts), trialDir: null, again: null };
  }
}

/** A trial between two tries when the run is stopped: cancelled, with its last failure as the cause. */
export async function recordGivenUp(
  { trial, earlier }: Waiting,
  profile: Profile,
  parts: EngineParts,
): Promise<{ readonly outcome: Outcome; readonly trialDir: string | null }> {
  const last = earlier.at(-1)?.failure;
  const message = "the run was stopped before the next try";
  const outcome: Outcome = {
    kind: "cancelled",
    failure:
      last === undefined
        ? failure({ code: "stopped", blame: "user", phase: null, message })
        : { ...last, also: [...last.also, message] },
  };
  try {
    const folder = await parts.store.openTry(trial);
    const now = parts.clock.iso();
    const trialDir = await parts.store.commitTrial(trial, folder, {
      id: idOf(trial),
      uuid: parts.newUuid(),
      trialName: trial.trialName,
      try: folder.try,
      outcome,
      agent: { name: profile.agent, version: "unknown", model: null },
      agentExitCode: null,
      usage: null,
      startedAt: now,
      finishedAt: now,
      phases: {},
      remarks: [],
      earlierTries: earlier,
    });
    return { outcome, trialDir };
  } catch (error) {
    return { outcome: notWritten(error, parts), trialDir: null };
  }
}

function listenerFor({ trial, tryNumber }: Waiting, { announce }: EngineParts): PhaseListener {
  const id = idOf(trial);
  return {
    started: (phase) => announce({ type: "phase-started", trial: id, try: tryNumber, phase }),
    ended: (phase, seconds, ok) => announce({ type: "phase-ended", trial: id, try: tryNumber, phase, seconds, ok }),
  };
}

function recordOf(
  { trial, earlier }: Waiting,
  folder: TryFolder,
  result: TryResult,
  profile: Profile,
  startedAt: string,
  { clock, newUuid }: EngineParts,
): TrialRecord {
  return {
    id: idOf(trial),
    uuid: newUuid(),
    trialName: trial.trialName,
    try: folder.try,
    outcome: result.outcome,
    agent: result.agent ?? { name: profile.agent, version: "unknown", model: null },
    agentExitCode: result.agentExitCode,
    usage: result.usage,
    startedAt,
    finishedAt: clock.iso(),
    ...(result.models === null ? {} : { models: result.models }),
    ...(result.noise === null ? {} : { noise: result.noise }),
    phases: result.phases,
    remarks: result.remarks,
    ...(result.treatment === null ? {} : { treatment: result.treatment }),
    ...(result.assigned === null ? {} : { assigned: result.assigned }),
    ...(result.image === null ? {} : { image: result.image }),
    earlierTries: earlier,
  };
}

/** Keys that stay outside. */
function without(variables: TrialVariables, models: ModelPass | null): TrialVariables {
  if (models === null) return variables;
  const agent = Object.fromEntries(Object.entries(variables.agent).filter(([name]) => !models.withheld.includes(name)));
  return { ...variables, agent };
}

/** The next trial's results would be lost like this one's, and it would cost as much. */
function demandWritable(error: unknown, { onUnwritable }: EngineParts): void {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code } = at as NodeJS.ErrnoException;
    if (code !== undefined && UNWRITABLE.has(code)) return onUnwritable(at.message, code);
  }
}

function notWritten(error: unknown, parts: EngineParts): Outcome {
  const cause = classify(error, "record");
  demandWritable(error, parts);
  return { kind: "not-scored", reason: "infrastructure", failure: { ...cause, code: "results-not-written" } };
}

function idOf({ task, profile, attempt }: TrialPlan): TrialRecord["id"] {
  return { task, profile, attempt };
}
