/** The most memory that the runner's own process ever takes, with 300 trials, eight at a time. */
import { measure, regatta } from "./measure.mjs";
import { withNopExperiment } from "./nop-experiment.mjs";

const allowedMb = 200;

/** @type {import("./run.mjs").Bench} */
export const bench = {
  name: "memory",
  what: `peak of the runner / ${allowedMb} MB`,
  limit: 1,
  async run() {
    const size = { tasks: 10, profiles: 3, attempts: 10 };
    const { peakMb } = await withNopExperiment(size, (file) => measure([...regatta, "run", file, "-n", "8"]));
    if (peakMb === null) throw new Error("the memory of a process is read from /proc, which is not here");
    return { ratio: peakMb / allowedMb, detail: `${peakMb.toFixed(0)} MB with 300 nop trials, 8 at a time` };
  },
};
