/**
 * `regatta run`: plan, choose the batch, open the store, run the engine, leave everything exact.
 *
 * The command line gives this its reporter and shows the result; nothing here writes to a terminal.
 */
import type { StampedEvent, StopForce, StopReason } from "../contract/event.ts";
import { type ExitCode, exitCodeOfError } from "../contract/exit-codes.ts";
import { MachineRefusal } from "../contract/failure.ts";
import { ownIdentity } from "../host/process-identity.ts";
import { makeRedactor } from "../host/redact.ts";
import { redactError } from "../host/redact-error.ts";
import { registerRun } from "../host/run-registry.ts";
import { planLock } from "../planning/lock.ts";
import { openBatchStore } from "../results/batch-store.ts";
import { createImageLogs } from "../results/image-logs.ts";
import { type BatchOnDisk, readBatch } from "../results/read-batch.ts";
import type { BatchStore } from "../results/store.ts";
import type { BatchView } from "../views/batch-view.ts";
import { writeIndex } from "../results/write-index.ts";
import { redactEvent } from "../results/redact-record.ts";
import { armDeadline } from "./arm-deadline.ts";
import { type Announcer, createAnnouncer, type Listener } from "./announcer.ts";
import type { Owner } from "./labels.ts";
import { removeLeftovers } from "./leftovers.ts";
import { viewOf } from "./batch-reading.ts";
import { createNotifier, occasionOf, type Occasion } from "./notify.ts";
import { type PlanRequest, type PreparedPlan, preparePlan } from "./prepare-plan.ts";
import { demandReady } from "./demand-ready.ts";
import { listenForStop, STOP_WORDS, type StopRequests } from "./stop-requests.ts";
import { recoverIfDead } from "./recover.ts";
import { runByEngine } from "./run-by-engine.ts";
import { runByHarbor } from "./run-by-harbor.ts";
import { systemClock } from "./system-clock.ts";
import { startWatchdog } from "./watchdog.ts";
import { type BatchRequest, chooseBatch, type ChosenBatch, takeBatch, type TargetBatch } from "./target-batch.ts";
import { plural } from "../terminal/figures.ts";

export interface RunRequest extends PlanRequest, BatchRequest {
  readonly version: string;
  /** What removes the leftovers of a run that died; absent = nothing watches this one. */
  readonly reaper?: readonly string[];
}

export interface RunResult {
  readonly view: BatchView;
  /** Of the run itself (130, 143), or what the results come to. */
  readonly exitCode: ExitCode;
  /** What ended it before everything was run; null = nothing. */
  readonly stopped: StopReason | null;
}

/** How the caller learns what goes on. */
export interface RunAudience {
  /** Before anything starts: which batch, and why that one. */
  onTarget(target: TargetBatch): void;
  /** Opened once the batch is known. */
  listener(target: TargetBatch, earlier: BatchOnDisk): Promise<Listener & { close(): Promise<void> }>;
  onStop(reason: StopReason, force: StopForce): void;
  /** Everything is on disk. Called before anything else is waited for, such as the command of `notify`. */
  onOver(result: RunResult): void;
}

export async function runExperiment(request: RunRequest, audience: RunAudience): Promise<RunResult> {
  // Before there is anything that could be left behind: planning, too, tries a sandbox.
  const watchdog = request.reaper === undefined ? null : startWatchdog(request.reaper);
  try {
    return await runPlanned(request, await preparePlan(request), audience);
  } finally {
    watchdog?.dismiss();
  }
}

export async function runPlanned(
  request: RunRequest,
  prepared: PreparedPlan,
  audience: RunAudience,
): Promise<RunResult> {
  try {
    const chosen = await batchFor(request, prepared);
    const startable = chosen.toDo.filter((trial) => trial.refused === null);
    if (chosen.at !== null && startable.length === 0) {
      audience.onTarget(await takeBatch(chosen));
      const view = viewOf(await readBatch(chosen.at.dir));
      const result = { view, exitCode: view.exitCode, stopped: null };
      audience.onOver(result);
      return result;
    }
    for (const warning of await demandReady(prepared, chosen.plan, startable)) request.say(`warning: ${warning}`);
    return await runChosen(request, prepared, chosen, audience);
  } catch (error) {
    throw redactError(error, makeRedactor(prepared.variables.secrets()));
  }
}

function batchFor(request: RunRequest, prepared: PreparedPlan): Promise<ChosenBatch> {
  const createdAt = systemClock.iso();
  return chooseBatch(
    request,
    {
      plan: prepared.plan,
      replanned: (names) => prepared.replanned(names),
      lockOf: (plan) => planLock(plan, { createdAt, version: request.version, overrides: { ...request.overrides } }),
    },
    (batchDir) => recoverIfDead(batchDir, request.version),
  );
}

async function runChosen(
  request: RunRequest,
  prepared: PreparedPlan,
  chosen: ChosenBatch,
  audience: RunAudience,
): Promise<RunResult> {
  // From here on there is something to end in good order; before, a signal may simply end the process.
  let announcer: Announcer | undefined;
  const stop = listenForStop((reason, force) => {
    audience.onStop(reason, force);
    announcer?.announce({ type: "stopping", reason, force });
  });
  try {
    const target = await takeBatch(chosen);
    audience.onTarget(target);
    return await runAndTell(request, prepared, target, audience, stop, (opened) => void (announcer = opened));
  } finally {
    stop.dispose();
  }
}

async function runAndTell(
  request: RunRequest,
  prepared: PreparedPlan,
  target: TargetBatch,
  audience: RunAudience,
  stop: StopRequests,
  onAnnouncer: (announcer: Announcer) => void,
): Promise<RunResult> {
  const redact = (text: string): string => makeRedactor(prepared.variables.secrets()).redactText(text);
  const notifier = createNotifier({
    command: target.plan.run.notify,
    root: target.plan.root,
    about: { slug: target.plan.slug, batch: target.batch, batch_dir: target.dir },
    env: process.env,
    say: (message) => request.say(redact(message)),
  });
  const name = `${target.plan.slug}/${target.batch}`;
  const inform: Inform = (event, message) => notifier.tell(event, `${name}: ${message}`);
  try {
    const result = await runInto(prepared, target, audience, stop, onAnnouncer, inform);
    const { totals } = result.view;
    const why = result.stopped === null ? "" : `: ${STOP_WORDS[result.stopped]}`;
    notifier.tell("finished", `${name}: ${totals.scored} of ${plural(totals.trials, "trial")} scored${why}`, {
      exit_code: result.exitCode,
    });
    audience.onOver(result);
    return result;
  } catch (error) {
    const [why = ""] = redact(error instanceof Error ? error.message : String(error)).split("\n");
    notifier.tell("finished", `${name}: the run failed: ${why}`, { exit_code: exitCodeOfError(error) });
    throw error;
  } finally {
    await notifier.settle(stop.over());
  }
}

/** Where the folder has gone, or takes nothing any more, no reason is needed beyond that: what a run has to say was said. */
async function closed(store: BatchStore, dir: string): Promise<void> {
  try {
    await store.close();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new MachineRefusal(
      `what was left to write of ${dir} could not be written: ${(error as Error).message}`,
      [
        "What was written before can be read. To run what is missing, put the folder right and give the same command again.",
      ],
      { cause: error },
    );
  }
}

type Inform = (event: Occasion, message: string) => void;

async function runInto(
  prepared: PreparedPlan,
  target: TargetBatch,
  audience: RunAudience,
  stop: StopRequests,
  onAnnouncer: (announcer: Announcer) => void,
  inform: Inform,
): Promise<RunResult> {
  const { experiment, provider, variables } = prepared;
  const { plan } = target;
  let announcer: Announcer | undefined;
  const redactor = makeRedactor(variables.secrets());
  const redact = (text: string): string => redactor.redactText(text);
  const byHarbor = plan.run.engine === "harbor";
  const store = await openBatchStore({
    dir: target.dir,
    slug: plan.slug,
    batch: target.batch,
    lock: target.lock,
    // Harbor makes its own job directories: to the store nothing is to be run.
    plan: byHarbor ? { ...plan, trials: [] } : plan,
    experimentSource: experiment.source,
    redact,
    onError: (message) => announcer?.announce({ type: "note", message }),
  });
  try {
    const registered = await registerRun({
      project_root: plan.root,
      batch_dir: target.dir,
      experiment: plan.experimentFile,
      environment: plan.run.containerEnv,
    });
    const owner: Owner = {
      identity: await ownIdentity(),
      slug: plan.slug,
      batch: target.batch,
      batchDir: target.dir,
      projectRoot: plan.root,
    };
    if (!byHarbor) await removeLeftovers(provider, target.dir);
    const reporter = await audience.listener(target, await readBatch(target.dir));
    const mirror = (event: StampedEvent): Promise<void> | void =>
      event.type === "trial-ended" && event.trialDir !== null
        ? store.mirrorArtifacts(event.trialDir, plan.artifactTargets)
        : undefined;
    const tellPeople = (event: StampedEvent): void => {
      const occasion = occasionOf(event);
      if (occasion !== null) inform(occasion.event, redact(occasion.message));
    };
    announcer = createAnnouncer(
      [
        { name: "journal", onEvent: (event) => store.appendEvent(event) },
        { name: "mirror", onEvent: mirror },
        { name: "notify", onEvent: tellPeople },
        { name: "progress", onEvent: (event) => reporter.onEvent(redactEvent(event, redact)) },
      ],
      store.launch,
      () => systemClock.iso(),
    );
    onAnnouncer(announcer);
    const cancelDeadline = armDeadline(plan, stop);
    let left = false;
    const imageLogs = createImageLogs(target.dir, redact, (message) => announcer?.announce({ type: "note", message }));
    try {
      announcer.announce({
        type: "batch-started",
        slug: plan.slug,
        batch: target.batch,
        batchDir: target.dir,
        launch: store.launch,
        planned: target.toDo.length,
        kept: target.kept,
        slots: plan.slots,
        profiles: plan.profiles.map((entry) => entry.profile.key),
        tasks: plan.tasks.map((entry) => entry.task.id),
        attempts: plan.run.attempts,
      });
      const { announce } = announcer;
      if (byHarbor) await runByHarbor({ prepared, target, store, announce, stop, redact });
      else left = await runByEngine({ prepared, target, owner, store, announce, stop, redactor, imageLogs });
      await announcer.settle();
    } finally {
      cancelDeadline();
      await imageLogs.close();
      await reporter.close();
      // Recorded, so that later commands know to look again.
      if (!left) await registered.unregister();
    }
    await store.flush();
  } finally {
    await closed(store, target.dir);
    if (byHarbor) await writeIndex(target.dir);
  }
  const view = viewOf(await readBatch(target.dir));
  return { view, exitCode: stop.exitCode() ?? view.exitCode, stopped: stop.reason() };
}
