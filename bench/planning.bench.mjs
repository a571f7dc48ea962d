/**
 * Planning, and continuing a finished batch, with ten times the cells. The batches are real: every cell is run once, untimed.
 * Twelve for ten leaves room for sorting and caches, and none for anything quadratic.
 */
import { measure, median, milliseconds, regatta } from "./measure.mjs";
import { withNopExperiment } from "./nop-experiment.mjs";

const profiles = 4;

/** @type {import("./run.mjs").Bench} */
export const bench = {
  name: "planning",
  what: "10,000 cells / 1,000, the worse of planning and continuing",
  limit: 12,
  async run() {
    const small = await secondsFor(1_000);
    const large = await secondsFor(10_000);
    const planning = large.planning / small.planning;
    const continuing = large.continuing / small.continuing;
    const detail = [
      `planning ${planning.toFixed(2)} (${milliseconds(large.planning)} / ${milliseconds(small.planning)})`,
      `continuing ${continuing.toFixed(2)} (${milliseconds(large.continuing)} / ${milliseconds(small.continuing)})`,
    ].join(", ");
    return { ratio: Math.max(planning, continuing), detail };
  },
};

/** @param {number} cells */
function secondsFor(cells) {
  return withNopExperiment({ tasks: cells / profiles, profiles }, async (file) => {
    const planning = await medianOf3([...regatta, "plan", file, "--json"]);
    await measure([...regatta, "run", file]);
    const continuing = await medianOf3([...regatta, "run", file, "--batch", "0"]);
    return { planning, continuing };
  });
}

/** @param {readonly string[]} argv */
async function medianOf3(argv) {
  const seconds = [];
  for (let round = 0; round < 3; round++) seconds.push((await measure(argv)).seconds);
  return median(seconds);
}
