/**
 * The scheduler as a game: whatever order trials end in, however they end, and whenever the run is stopped or dies and another goes on,
 * no slot is taken twice, no trial is lost or finished twice, and no profile is more than one block ahead of another.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Agent } from "../../src/agents/agent.ts";
import { TrialFailure } from "../../src/contract/failure.ts";
import { isFinished, type Outcome } from "../../src/contract/outcome.ts";
import { cellKey, type TrialPlan } from "../../src/contract/plan.ts";
import { NO_TREATMENT } from "../../src/contract/treatment.ts";
import type { TrialRecord } from "../../src/contract/trial-record.ts";
import type { EngineParts } from "../../src/engine/engine-parts.ts";
import { ENOUGH_ROOM } from "../../src/engine/room.ts";
import { runBatch } from "../../src/engine/run-batch.ts";
import type { Environment } from "../../src/environments/environment.ts";
import { trialOrder } from "../../src/planning/order.ts";
import type { BatchStore, TrialFiles } from "../../src/results/store.ts";
import { BROKEN, plan as planOf, profile, task } from "../results/plans.ts";

type Ending = "scored" | "broken" | "thrown";

interface Running {
  readonly trial: TrialPlan;
  end(how: Ending): void;
}

const HOUR = 3600_000;

test("no interleaving of endings, failures, stops and deaths loses or repeats a trial", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        tasks: fc.integer({ min: 1, max: 3 }),
        profiles: fc.integer({ min: 1, max: 3 }),
        attempts: fc.integer({ min: 1, max: 2 }),
        slots: fc.integer({ min: 1, max: 4 }),
        retries: fc.integer({ min: 0, max: 2 }),
      }),
      fc.array(
        fc.oneof(
          {
            weight: 8,
            arbitrary: fc.record({ pick: fc.nat(), how: fc.constantFrom<Ending>("scored", "broken", "thrown") }),
          },
          { weight: 1, arbitrary: fc.constant("stop" as const) },
          { weight: 1, arbitrary: fc.constant("die" as const) },
        ),
        { maxLength: 60 },
      ),
      async (shape, steps) => {
        await play(shape, steps);
      },
    ),
    { numRuns: 150 },
  );
});

interface Shape {
  readonly tasks: number;
  readonly profiles: number;
  readonly attempts: number;
  readonly slots: number;
  readonly retries: number;
}
type Step = { readonly pick: number; readonly how: Ending } | "stop" | "die";

async function play(shape: Shape, steps: readonly Step[]): Promise<void> {
  const ids = { tasks: names("t", shape.tasks), profiles: names("p", shape.profiles) };
  const base = planOf({ tasks: ids.tasks.map((id) => task(id)), profiles: ids.profiles.map((key) => profile(key)) });
  const plan = {
    ...base,
    slots: shape.slots,
    run: { ...base.run, retries: shape.retries, attempts: shape.attempts },
    trials: trialOrder(ids.tasks, ids.profiles, shape.attempts).map((id) => ({
      ...id,
      trialName: `${id.task}-${id.profile}-${id.attempt}`,
      refused: null,
    })),
  };
  /** What is on the disk: outlives every launch. */
  const recorded = new Map<string, Outcome>();
  const left = [...steps];
  for (let launch = 0; ; launch++) {
    const toDo = plan.trials.filter((trial) => {
      const outcome = recorded.get(cellKey(trial));
      return outcome === undefined || !isFinished(outcome);
    });
    if (toDo.length === 0) break;
    expect(launch).toBeLessThan(steps.length + 2);
    await oneLaunch(plan, toDo, recorded, left, shape);
  }
  expect(recorded.size).toBe(plan.trials.length);
}

/** Until it is over, is stopped, or dies: then nothing of it reaches the disk any more. */
async function oneLaunch(
  plan: ReturnType<typeof planOf>,
  toDo: readonly TrialPlan[],
  recorded: Map<string, Outcome>,
  steps: Step[],
  shape: Shape,
): Promise<void> {
  const running: Running[] = [];
  const begun: TrialPlan[] = [];
  let dead = false;
  const soft = new AbortController();
  const never = new AbortController().signal;
  const record = (trial: TrialPlan, { outcome }: TrialRecord): string => {
    if (dead) return "";
    const before = recorded.get(cellKey(trial));
    expect(before === undefined || !isFinished(before)).toBe(true);
    recorded.set(cellKey(trial), outcome);
    return `runs/${trial.trialName}`;
  };
  let tries = 0;
  let trying = 0;
  let mostTried = 0;
  const store = {
    openTry: () =>
      Promise.resolve({
        try: ++tries,
        dir: "",
        agentDir: "",
        verifierDir: "",
        artifactsDir: "",
        extrasDir: "",
        log: () => undefined,
      }),
    commitTrial: (trial: TrialPlan, _folder: unknown, written: TrialRecord) => Promise.resolve(record(trial, written)),
    keepTry: () => Promise.resolve(""),
    checkpoint: () => Promise.resolve(),
    touch: () => undefined,
  } as unknown as BatchStore;
  const files = {
    settleLogs: () => Promise.resolve([]),
    redact: () => Promise.resolve([]),
    writeManifest: () => Promise.resolve(),
    keepVerdict: () => Promise.resolve(),
  } as unknown as TrialFiles;
  const exited = { ended: "exited" as const, exitCode: 0, seconds: 0 };
  const sandbox = {
    start: () => Promise.resolve(),
    exec: () => Promise.resolve(exited),
    writeFile: () => Promise.resolve(),
    download: () => Promise.resolve({ files: 0, bytes: 0, leftOut: [], leftOutCount: 0 }),
    killProcesses: () => Promise.resolve([]),
    image: () => null,
    incidents: () => Promise.resolve([]),
    resources: () =>
      Promise.resolve({
        cpuSec: null,
        throttledSec: null,
        peakMemoryMib: null,
        diskMb: null,
        oomKills: null,
        waitedSec: null,
      }),
    stop: () => Promise.resolve(),
  } as unknown as Environment;
  const trialIn = new WeakMap<object, TrialPlan>();
  const agent = {
    prepare: () => [],
    run: ({ signal, workspace }: { signal: AbortSignal; workspace: object }) =>
      new Promise((resolve, reject) => {
        const trial = trialIn.get(workspace) as TrialPlan;
        const out = (): void => void running.splice(running.indexOf(mine), 1);
        const mine: Running = {
          trial,
          end(how) {
            out();
            if (how === "scored") resolve({ ended: "exited", exitCode: 0 });
            else if (how === "thrown") reject(new Error("a bug"));
            else if (BROKEN.kind === "not-scored")
              reject(new TrialFailure({ ...BROKEN.failure, code: "environment-lost" }));
          },
        };
        running.push(mine);
        begun.push(trial);
        expect(running.length).toBeLessThanOrEqual(shape.slots);
        expect(running.filter((each) => cellKey(each.trial) === cellKey(trial))).toHaveLength(1);
        signal.addEventListener("abort", () => {
          out();
          resolve({ ended: "aborted", exitCode: null });
        });
      }),
    collect: () =>
      Promise.resolve({
        info: { name: "a", version: "1", model: null },
        usage: null,
        remarks: [],
        treatment: null,
        failure: null,
      }),
  } as unknown as Agent;
  const timers: (() => void)[] = [];
  const parts: EngineParts = {
    store,
    files,
    verifier: {
      verify: () => Promise.resolve({ rewards: { reward: 1 }, remarks: [] }),
      looksAtClock: () => Promise.resolve(false),
    },
    machineWaits: () => null,
    agentNamed: () => agent,
    prepare: () => Promise.resolve(null),
    environmentFor(trial) {
      const own = { ...sandbox };
      trialIn.set(own, trial);
      return own;
    },
    variablesFor: () => ({ agent: {}, solution: {}, verifier: {} }),
    instructionFor: () => "",
    treatmentFor: () => ({ treatment: NO_TREATMENT, uploads: [] }),
    preflight: () => async () => {
      trying += 1;
      mostTried = Math.max(mostTried, trying);
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
      trying -= 1;
    },
    gateway: null,
    room: ENOUGH_ROOM,
    onUnwritable: () => undefined,
    announce: () => undefined,
    clock: {
      monotonic: () => 0,
      iso: () => "2026-01-01T00:00:00.000Z",
      // Delays of retries are over at once; limits never are.
      after(milliseconds, call) {
        if (milliseconds >= 10_000 || milliseconds > HOUR) return () => undefined;
        let off = false;
        timers.push(() => {
          if (!off) call();
        });
        return () => void (off = true);
      },
    },
    random: () => 0,
    newUuid: () => "",
    memoryMb: 0,
  };
  let over = false;
  const done = runBatch(plan, toDo, parts, {
    soft: soft.signal,
    hard: never,
    deadline: never,
    hurry: never,
    enough: never,
  }).then(() => void (over = true));
  while (!over) {
    await settled();
    noProfileAhead(toDo, begun);
    for (const timer of timers.splice(0)) timer();
    await settled();
    if (over || (running.length === 0 && timers.length === 0)) continue;
    const step = steps.shift() ?? { pick: 0, how: "scored" as const };
    if (step === "stop") soft.abort(new Error("stopped"));
    else if (step === "die") {
      dead = true;
      soft.abort(new Error("dead"));
    } else running[step.pick % Math.max(1, running.length)]?.end(step.how);
  }
  await done;
  expect(running).toEqual([]);
  // What is tried beforehand takes a sandbox as a trial does.
  expect(mostTried).toBeLessThanOrEqual(shape.slots);
}

/**
 * A task whose image takes longer may come later, for all profiles alike. Of one task trials begin strictly in order, which is block
 * by block: so no profile is ever more than one block ahead.
 */
function noProfileAhead(toDo: readonly TrialPlan[], begun: readonly TrialPlan[]): void {
  const started = new Set(begun.map(cellKey));
  const waits = new Map<string, TrialPlan>();
  for (const trial of toDo) {
    const first = waits.get(trial.task);
    if (!started.has(cellKey(trial))) waits.set(trial.task, first ?? trial);
    else if (first !== undefined) throw new Error(`${trial.trialName} began before ${first.trialName}`);
  }
}

/** Everything that promises have to do is done. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function names(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${letter}${at}`);
}
