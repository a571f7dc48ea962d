/** Watches what goes on around one try. Nothing it does, or cannot do, changes how the trial ends. */
import type { Load, Noise } from "../contract/noise.ts";
import type { Outcome } from "../contract/outcome.ts";
import type { Clock } from "./clock.ts";
import { doubtText, heaviest, loadBetween, noiseOf, type Waits } from "./noise.ts";
import type { TrialContext } from "./trial-context.ts";

export interface NoiseWatch {
  /** Measures apart what goes on while the tests run. */
  duringTests<T>(work: () => Promise<T>): Promise<T>;
  /** Of a sandbox that still stands. */
  measure(outcome: Outcome): Promise<Noise>;
}

interface Moment {
  readonly at: number;
  readonly waits: Waits | null;
}

export function watchNoise(context: TrialContext, clock: Clock): NoiseWatch {
  const now = (): Moment => ({ at: clock.monotonic(), waits: context.machineWaits() });
  const loadSince = ({ at, waits }: Moment): Load | null =>
    loadBetween(waits, context.machineWaits(), (clock.monotonic() - at) / 1000);
  const began = now();
  let testsLoad: Load | null = null;
  return {
    async duringTests(work) {
      const from = now();
      try {
        return await work();
      } finally {
        testsLoad = loadSince(from);
      }
    },
    async measure(outcome) {
      const seconds = (clock.monotonic() - began.at) / 1000;
      const machineLoad = loadSince(began);
      const [use, doubt] = await Promise.all([
        orNull(context, "what the sandbox used", () => context.environment.resources()),
        orNull(context, "whether its tests measure time", () => doubtOf(context, outcome, testsLoad)),
      ]);
      return noiseOf({ use, seconds, machineLoad, testsLoad, imageSec: context.imageSec, doubt });
    },
  };
}

/** Of a verdict that is no success, by tests that measure time, on a machine under load. */
async function doubtOf(
  { verifier, task, testTurns }: TrialContext,
  outcome: Outcome,
  load: Load | null,
): Promise<string | null> {
  const most = heaviest(load);
  const failed = outcome.kind === "scored" && Object.values(outcome.rewards).some((reward) => reward < 1);
  const late = outcome.kind === "not-scored" && outcome.failure.code === "verifier-timeout";
  if (most === null || !(failed || late)) return null;
  return (await verifier.looksAtClock(task)) ? doubtText(most, testTurns.limited) : null;
}

/** A figure less. A sandbox that is gone was said before. */
async function orNull<T>({ folder }: TrialContext, what: string, ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    folder.log("info", `${what} is not known: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}
