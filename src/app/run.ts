/**
 * `regatta run`: plan, choose the batch, open the store, run the engine, leave everything exact.
 *
 * The command line gives this its reporter and shows the result; nothing here writes to a terminal.
 */
import { randomUUID } from "node:crypto";
import { dirname } from "node:path";
import { agentNamed } from "../agents/registry.ts";
import type { StampedEvent, StopReason } from "../contract/event.ts";
import type { ExitCode } from "../contract/exit-codes.ts";
import type { Plan, TaskPlan, TrialPlan } from "../contract/plan.ts";
import type { Profile } from "../contract/experiment.ts";
import { mountsOf } from "../contract/toolchain.ts";
import type { EngineParts } from "../engine/engine-parts.ts";
import type { Environment, ImageSpec } from "../environments/environment.ts";
import { runBatch } from "../engine/run-batch.ts";
import { ownIdentity } from "../host/process-identity.ts";
import { machineWaits as readMachineWaits } from "../host/pressure.ts";
import { makeRedactor } from "../host/redact.ts";
import { redactError } from "../host/redact-error.ts";
import { registerRun } from "../host/run-registry.ts";
import { planLock } from "../planning/lock.ts";
import { openBatchStore } from "../results/batch-store.ts";
import { createImageLogs, type ImageLogs } from "../results/image-logs.ts";
import { type BatchOnDisk, readBatch } from "../results/read-batch.ts";
import { writeIndex } from "../results/write-index.ts";
import { redactEvent } from "../results/redact-record.ts";
import { createTrialFiles } from "../results/trial-files.ts";
import { testScriptVerifier } from "../verifier/run-tests.ts";
import { type Announcer, createAnnouncer, type Listener } from "./announcer.ts";
import { sandboxLabels, sandboxName, type Owner } from "./labels.ts";
import { removeLeftovers } from "./leftovers.ts";
import { viewOf } from "./batch-reading.ts";
import { createNotifier, type Occasion } from "./notify.ts";
import { thisMachine } from "./machine.ts";
import { openRunGateway, type RunGateway } from "./run-gateway.ts";
import { type PlanRequest, type PreparedPlan, preparePlan } from "./prepare-plan.ts";
import { demandReady } from "./demand-ready.ts";
import { type BuiltTreatments, NOTHING_BUILT } from "./planned-treatments.ts";
import { preflight } from "./preflight.ts";
import { listenForStop, type StopRequests } from "./stop-requests.ts";
import { recoverIfDead } from "./recover.ts";
import { runByHarbor } from "./run-by-harbor.ts";
import { systemClock } from "./system-clock.ts";
import { startWatchdog } from "./watchdog.ts";
import { type BatchRequest, chooseBatch, type ChosenBatch, takeBatch, type TargetBatch } from "./target-batch.ts";
import { watchRoom } from "./watch-room.ts";

export interface RunRequest extends PlanRequest, BatchRequest {
  readonly version: string;
  /** What removes the leftovers of a run that died; absent = nothing watches this one. */
  readonly reaper?: readonly string[];
}

export interface RunResult {
  readonly batch: BatchOnDisk;
  readonly experiment: PreparedPlan["experiment"];
  /** Of the run itself (130, 143); null = the results decide. */
  readonly exitCode: ExitCode | null;
  readonly ran: number;
}

/** How the caller learns what goes on. */
export interface RunAudience {
  /** Before anything starts: which batch, and why that one. */
  onTarget(target: TargetBatch): void;
  /** Opened once the batch is known. */
  listener(target: TargetBatch, earlier: BatchOnDisk): Promise<Listener & { close(): Promise<void> }>;
  onStop(reason: StopReason, urgent: boolean): void;
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
      return { batch: await readBatch(chosen.at.dir), experiment: prepared.experiment, exitCode: null, ran: 0 };
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
  const stop = listenForStop((reason, urgent) => {
    audience.onStop(reason, urgent);
    announcer?.announce({ type: "stopping", reason });
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
  const notifier = createNotifier({
    command: target.plan.run.notify,
    root: target.plan.root,
    about: { slug: target.plan.slug, batch: target.batch, batch_dir: target.dir },
    env: process.env,
    onFailure: request.say,
  });
  const name = `${target.plan.slug}/${target.batch}`;
  const inform: Inform = (event, message) => notifier.tell(event, `${name}: ${message}`);
  try {
    const result = await runInto(prepared, target, audience, stop, onAnnouncer, inform);
    const { totals, exitCode } = viewOf(result.batch);
    const why = stop.reason();
    notifier.tell(
      "finished",
      `${name}: ${totals.scored} of ${totals.trials} trials scored${why === null ? "" : ` (${why})`}`,
      {
        exit_code: result.exitCode ?? exitCode,
      },
    );
    return result;
  } catch (error) {
    notifier.tell("finished", `${name}: the run failed`);
    throw error;
  } finally {
    await notifier.settle();
  }
}

type Inform = (event: Occasion, message: string) => void;

/** Which events somebody has to know of who is not there. */
function occasionOf(event: StampedEvent): { readonly event: Occasion; readonly message: string } | null {
  if (event.type === "paused") return { event: "blocked", message: event.message };
  if (event.type !== "stopping") return null;
  switch (event.reason) {
    case "budget-spent":
      return { event: "budget", message: "a budget is spent: nothing new starts" };
    case "disk-full":
    case "results-unwritable":
    case "dead-key":
      return { event: "blocked", message: `nothing new starts (${event.reason})` };
    case "interrupted":
    case "terminated":
    case "killed":
    case "run-timeout":
      return null;
  }
}

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
    });
    const owner: Owner = {
      identity: await ownIdentity(),
      slug: plan.slug,
      batch: target.batch,
      batchDir: target.dir,
      projectRoot: plan.root,
    };
    const isOfThisBatch = (labels: Readonly<Record<string, string>>): boolean =>
      labels["regatta.batch-dir"] === target.dir;
    if (!byHarbor) await removeLeftovers(provider, isOfThisBatch);
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
      else {
        const files = createTrialFiles(redactor);
        const built = await builtUnlessStopped(prepared, stop, (message) => announce({ type: "note", message }));
        const { models: routes } = prepared;
        const batchDir = target.dir;
        const gateway = await openRunGateway({
          plan,
          toDo: target.toDo,
          routes,
          provider,
          redactor,
          batchDir,
          stop,
          announce,
        });
        const room = await watchRoom({
          paths: [target.dir, ...(await provider.fills())],
          minFreeGb: plan.run.minFreeGb,
          provider,
          onFailure: (message) => announce({ type: "note", message }),
          clock: systemClock,
        });
        const onUnwritable = (message: string, code: string): void => {
          announce({ type: "note", message: `results cannot be written: ${message}` });
          stop.nothingNew(code === "ENOSPC" || code === "EDQUOT" ? "disk-full" : "results-unwritable");
        };
        try {
          // Behind a network address is another machine, with a load of its own.
          const machineWaits = prepared.abilities.canMount ? () => readMachineWaits() : () => null;
          const given = { store, files, announce, gateway, room, onUnwritable, machineWaits };
          const parts = engineParts(prepared, target, owner, given, imageLogs, built);
          await runBatch(plan, target.toDo, parts, stop);
          // What could not be removed while an engine was away.
          await removeLeftovers(provider, isOfThisBatch);
        } finally {
          room.close();
          await gateway?.close();
        }
      }
      await announcer.settle();
    } finally {
      cancelDeadline();
      await imageLogs.close();
      await reporter.close();
      await registered.unregister();
    }
    await store.flush();
  } finally {
    await store.close();
    if (byHarbor) await writeIndex(target.dir);
  }
  return {
    batch: await readBatch(target.dir),
    experiment,
    exitCode: stop.exitCode(),
    ran: target.toDo.length,
  };
}

/** A run that is stopped while its toolchains are made is stopped like any other: the engine then starts nothing. */
async function builtUnlessStopped(
  { treatments }: PreparedPlan,
  stop: StopRequests,
  log: (line: string) => void,
): Promise<BuiltTreatments> {
  const signal = AbortSignal.any([stop.soft, stop.hard, stop.deadline]);
  try {
    return await treatments.build({ log, signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    return () => NOTHING_BUILT;
  }
}

function engineParts(
  { provider, variables, prompts, abilities }: PreparedPlan,
  target: TargetBatch,
  owner: Owner,
  given: Pick<EngineParts, "store" | "files" | "announce" | "room" | "onUnwritable" | "machineWaits"> & {
    readonly gateway: RunGateway | null;
  },
  imageLogs: ImageLogs,
  built: BuiltTreatments,
): EngineParts {
  const hidePaths = [target.plan.root, target.plan.run.resultsRoot, dirname(target.plan.experimentFile)];
  const imageOf = ({ task, limits }: TaskPlan): ImageSpec => ({
    contextDir: task.environment.dir,
    dockerfile: task.environment.dockerfile,
    dockerImage: task.environment.dockerImage,
    forceRebuild: target.plan.run.forceRebuild,
    buildTimeoutSec: limits.buildSec,
  });
  const profiles = new Map(target.plan.profiles.map(({ profile }) => [profile.key, profile]));
  const sandboxFor = (trial: TrialPlan, tryNumber: number, taskPlan: TaskPlan): Environment => {
    const { task } = taskPlan;
    const profile = profiles.get(trial.profile);
    const toolchains = profile === undefined || !abilities.canMount ? [] : built(profile, task).toolchains;
    return provider.create({
      ...imageOf(taskPlan),
      name: sandboxName(target.dir, trial, tryNumber),
      labels: sandboxLabels(owner, trial, tryNumber, Date.now()),
      workdir: task.environment.workdir,
      env: variables.environment(task),
      network: task.environment.network,
      capabilities: profile?.capAdd ?? [],
      hostPorts: given.gateway?.hostPorts(trial) ?? [],
      cpus: task.environment.cpus,
      memoryMb: task.environment.memoryMb,
      hidePaths,
      mounts: [...mountsOf(toolchains), ...(given.gateway?.mounts(trial) ?? [])],
    });
  };
  return {
    ...given,
    verifier: testScriptVerifier,
    agentNamed,
    prepare: (task: TaskPlan, signal: AbortSignal, log: (line: string) => void) =>
      provider.prepare(imageOf(task), {
        signal,
        log(line) {
          log(line);
          imageLogs.line(task.task.id, line);
        },
      }),
    environmentFor: sandboxFor,
    treatmentFor: (profile: Profile, { task }: TaskPlan) => {
      const { treatment, toolchains } = built(profile, task);
      return { treatment, uploads: abilities.canMount ? [] : mountsOf(toolchains) };
    },
    preflight: (profile: Profile, taskPlan: TaskPlan) => {
      const { task } = taskPlan;
      const agent = agentNamed(profile.agent);
      const { treatment, toolchains } = built(profile, task);
      if (agent.preflight === undefined) return null;
      const trialName = `preflight-${profile.key}-${task.id}`.slice(0, 60);
      const trial: TrialPlan = { task: task.id, profile: profile.key, attempt: 0, trialName, refused: null };
      return (signal, log) =>
        preflight({
          agent,
          profile,
          task,
          treatment,
          uploads: abilities.canMount ? [] : mountsOf(toolchains),
          environment: sandboxFor(trial, 1, taskPlan),
          env: given.gateway?.withoutKeys(profile, variables.ofAgent(profile)) ?? variables.ofAgent(profile),
          signal,
          log(line) {
            log(line);
            imageLogs.line(trialName, line);
          },
        });
    },
    variablesFor: (profile: Profile, { task }: TaskPlan) => variables.of(profile, task),
    instructionFor: ({ key }: Profile, { task }: TaskPlan) => {
      const prompt = prompts.get(key);
      return prompt === undefined ? task.instruction : `${task.instruction}\n\n${prompt}`;
    },
    clock: systemClock,
    random: Math.random,
    newUuid: randomUUID,
    memoryMb: Math.floor(thisMachine().memoryMb * 0.9),
  };
}

/**
 * `run_timeout_sec` is the wall clock of the whole batch. Agents are stopped a little earlier, so that what they did can still
 * be verified; what is not over at the limit itself is cancelled.
 */
function armDeadline({ run }: Plan, stop: StopRequests): () => void {
  if (run.runTimeoutSec <= 0) return () => {};
  // A tenth of a long run; of a short one more, since verifying takes its time however short the run is.
  const reserveSec = Math.min(120, Math.max(run.runTimeoutSec * 0.1, Math.min(10, run.runTimeoutSec * 0.4)));
  const cancelAgents = systemClock.after((run.runTimeoutSec - reserveSec) * 1000, () => stop.deadlineReached());
  const cancelAll = systemClock.after(run.runTimeoutSec * 1000, () => stop.request("run-timeout"));
  return () => {
    cancelAgents();
    cancelAll();
  };
}
