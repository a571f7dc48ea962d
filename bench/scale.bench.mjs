/**
 * What one more trial costs in a long run, against a short one: something that grows with the number of trials done shows here.
 * Both are differences of two runs, so starting the program, which would flatter the long run, is in neither.
 */
import { measure, median, milliseconds, regatta } from "./measure.mjs";
import { withNopExperiment } from "./nop-experiment.mjs";

/** @type {import("./run.mjs").Bench} */
export const bench = {
  name: "scale",
  what: "cost of a trial among 3,000 / among 30",
  limit: 1.3,
  async run() {
    const short = [];
    const base = [];
    for (let round = 0; round < 5; round++) {
      const thirty = await secondsOf(30);
      base.push(thirty);
      short.push(((await secondsOf(60)) - thirty) / 30);
    }
    const long = ((await secondsOf(3000)) - median(base)) / 2970;
    return { ratio: long / median(short), detail: `${milliseconds(long)} / ${milliseconds(median(short))}` };
  },
};

/** @param {number} trials a multiple of 30 */
async function secondsOf(trials) {
  const size = { tasks: 10, profiles: 3, attempts: trials / 30 };
  const { seconds } = await withNopExperiment(size, (file) => measure([...regatta, "run", file, "-n", "4"]));
  return seconds;
}
