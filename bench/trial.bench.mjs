/**
 * What one more trial costs, against a shell script that does by hand what a trial cannot do without: the same mounts,
 * namespaces, execs, files and syncs. (50 trials − 10 trials) / 40, one at a time, so that starting up is in neither.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../scripts/set-up.mjs";
import { measure, median, milliseconds, regatta } from "./measure.mjs";
import { withNopExperiment } from "./nop-experiment.mjs";

const rounds = 5;
const floorScript = join(projectRoot, "bench", "trial-floor.sh");

/** @type {import("./run.mjs").Bench} */
export const bench = {
  name: "trial",
  what: "one more nop trial in local / the same by shell script",
  limit: 3,
  run: () =>
    withNopExperiment({ tasks: 1, profiles: 1 }, async (file, folder) => {
      /** @param {number} trials */
      const ours = (trials) => measure([...regatta, "run", file, "--new", "-n", "1", "--attempts", String(trials)]);
      /** @param {number} trials */
      const floor = async (trials) => {
        const directory = join(folder, "floor");
        const { seconds } = await measure([
          "sh",
          floorScript,
          String(trials),
          directory,
          join(folder, "tasks", "task-0"),
        ]);
        rmSync(directory, { recursive: true, force: true });
        return { seconds };
      };
      const our = [];
      const theirs = [];
      await ours(10);
      for (let round = 0; round < rounds; round++) {
        our.push(await marginal(ours));
        theirs.push(await marginal(floor));
      }
      const detail = `${milliseconds(median(our))} / ${milliseconds(median(theirs))}, medians of ${rounds}`;
      return { ratio: median(our) / median(theirs), detail };
    }),
};

/** @param {(trials: number) => Promise<{ seconds: number }>} run */
async function marginal(run) {
  const few = await run(10);
  const many = await run(50);
  return (many.seconds - few.seconds) / 40;
}
