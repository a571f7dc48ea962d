/**
 * `analyze` on 10,000 trials against reading and parsing the same files and doing nothing: the first time, and again with
 * what it kept. Both, and the peak of memory, are held against their own limits; the worst counts.
 */
import { join } from "node:path";
import { withGeneratedRuns } from "./generated-runs.mjs";
import { measure, milliseconds, regatta } from "./measure.mjs";

const TRIALS = 10_000;
const MOST = { first: 1.5, again: 0.15, megabytes: 400 };

/** @type {import("./run.mjs").Bench} */
export const bench = {
  name: "analysis",
  what: `analyze ${TRIALS.toLocaleString("en")} trials, the worst part of its limit (first ${MOST.first}, again ${MOST.again}, ${MOST.megabytes} MB)`,
  limit: 1,
  run: () =>
    withGeneratedRuns(TRIALS, async (dir) => {
      const env = { XDG_CACHE_HOME: join(dir, ".cache") };
      const argv = [...regatta, "analyze", "--runs", dir, "--output", join(dir, ".analytics"), "--quiet"];
      const floor = [process.execPath, join(import.meta.dirname, "read-and-parse.mjs"), dir];
      // The files were just written: a first pass brings all of them into memory, for both.
      await measure([...floor]);
      const parse = await measure(floor);
      const first = await measure(argv, { env });
      const again = await measure(argv, { env });
      const ratios = { first: first.seconds / parse.seconds, again: again.seconds / parse.seconds };
      const peak = Math.max(first.peakMb ?? 0, again.peakMb ?? 0);
      return {
        ratio: Math.max(ratios.first / MOST.first, ratios.again / MOST.again, peak / MOST.megabytes),
        detail: [
          `first ${ratios.first.toFixed(2)} (${milliseconds(first.seconds)} / ${milliseconds(parse.seconds)})`,
          `again ${ratios.again.toFixed(3)} (${milliseconds(again.seconds)})`,
          `peak ${Math.round(first.peakMb ?? 0)} and ${Math.round(again.peakMb ?? 0)} MB`,
        ].join(", "),
      };
    }),
};
