/** The program of a thread: directories in, computed trials out; it ends when it is given none. */
import { parentPort, workerData } from "node:worker_threads";
import { computeTrial, type HowToRead } from "./compute-trial.ts";

parentPort?.on("message", (dirs: readonly string[]) => {
  if (dirs.length === 0) parentPort?.close();
  else parentPort?.postMessage(dirs.map((dir) => computeTrial(dir, workerData as HowToRead)));
});
