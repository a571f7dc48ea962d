/**
 * Many trials, on as many threads as pay: reading and parsing is all work of the processor, and each trial stands alone.
 *
 * Every thread costs a start of some tens of milliseconds and memory of its own, so few trials are read right here. So are all
 * where the threads' program is not beside this one, as when the sources themselves are run by a test.
 */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { type Computed, computeTrial, type HowToRead } from "./compute-trial.ts";

/** Trials that are worth a thread. */
const WORTH_A_THREAD = 300;
const MOST_THREADS = 4;
/** Trials that are asked for at a time: enough to keep a thread busy, few enough to end together. */
const AT_ONCE = 50;

const PROGRAM = new URL("./compute-trials-thread.mjs", import.meta.url);

/** @returns by directory. */
export async function computeTrials(dirs: readonly string[], how: HowToRead): Promise<ReadonlyMap<string, Computed>> {
  const threads = Math.min(MOST_THREADS, availableParallelism(), Math.floor(dirs.length / WORTH_A_THREAD));
  if (threads < 2 || !existsSync(PROGRAM)) return new Map(dirs.map((dir) => [dir, computeTrial(dir, how)]));
  const computed = new Map<string, Computed>();
  let next = 0;
  const take = (): readonly string[] => dirs.slice(next, (next += AT_ONCE));
  await Promise.all(Array.from({ length: threads }, () => onThread(take, how, computed)));
  return computed;
}

/** @throws whatever ends the thread before its work is done. */
function onThread(take: () => readonly string[], how: HowToRead, computed: Map<string, Computed>): Promise<void> {
  return new Promise((resolve, reject) => {
    // The young generation is kept small: what is parsed is garbage at once, and there are several of these.
    const thread = new Worker(PROGRAM, { workerData: how, resourceLimits: { maxYoungGenerationSizeMb: 32 } });
    let done = false;
    const ask = (): void => {
      const dirs = take();
      done = dirs.length === 0;
      // Nothing to do is the sign to end.
      thread.postMessage(dirs);
    };
    thread.on("message", (trials: readonly Computed[]) => {
      for (const trial of trials) computed.set(trial.dir, trial);
      ask();
    });
    thread.on("error", reject);
    thread.on("exit", () => {
      if (done) resolve();
      else reject(new Error("a thread that reads trials ended before its work was done"));
    });
    ask();
  });
}
