/** Memory does not follow the size of a trajectory: one of 300 MB against one of 30. */
import { join } from "node:path";
import { withLargeTrajectory } from "./generated-runs.mjs";
import { measure, milliseconds, regatta } from "./measure.mjs";

/** @type {import("./run.mjs").Bench} */
export const bench = {
  name: "trajectory",
  what: "peak memory with a trajectory of 300 MB / with one of 30 MB",
  limit: 1.25,
  async run() {
    const small = await analysisOf(30);
    const large = await analysisOf(300);
    return {
      ratio: large.peakMb / small.peakMb,
      detail: `${Math.round(large.peakMb)} MB / ${Math.round(small.peakMb)} MB, in ${milliseconds(large.seconds)}`,
    };
  },
};

/** @param {number} megabytes */
function analysisOf(megabytes) {
  return withLargeTrajectory(megabytes, async (dir) => {
    const env = { XDG_CACHE_HOME: join(dir, ".cache") };
    const { seconds, peakMb } = await measure([...regatta, "analyze", "--runs", dir, "--json"], { env });
    if (peakMb === null) throw new Error("this system does not tell the peak of a process");
    return { seconds, peakMb };
  });
}
