/** How long a user waits for the smallest thing: `regatta --help`, against Node starting and ending. */
import { measure, median, milliseconds, regatta } from "./measure.mjs";

const rounds = 15;

/** @type {import("./run.mjs").Bench} */
export const bench = {
  name: "help",
  what: "regatta --help / node -e 0",
  limit: 2,
  async run() {
    const ours = [];
    const floor = [];
    // Taken in turns, so that whatever else the machine does falls on both.
    for (let round = 0; round <= rounds; round++) {
      const help = await measure([...regatta, "--help"]);
      const node = await measure([process.execPath, "-e", "0"]);
      if (round === 0) continue; // Cold caches.
      ours.push(help.seconds);
      floor.push(node.seconds);
    }
    const detail = `${milliseconds(median(ours))} / ${milliseconds(median(floor))}, medians of ${rounds}`;
    return { ratio: median(ours) / median(floor), detail };
  },
};
