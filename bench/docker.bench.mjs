/**
 * What one more trial in Docker costs, against bare calls of the Engine API for the same container, commands and copies:
 * (30 trials − 6 trials) / 24, one at a time. Needs an engine; without one the bench says so.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../scripts/set-up.mjs";
import { measure, median, milliseconds, regatta } from "./measure.mjs";
import { withNopExperiment } from "./nop-experiment.mjs";

const rounds = 3;

/** @type {import("./run.mjs").Bench} */
export const bench = {
  name: "docker",
  what: "one more nop trial in docker / bare Engine API calls",
  limit: 1.5,
  run: () =>
    withNopExperiment({ tasks: 1, profiles: 1 }, async (file, folder) => {
      execFileSync(process.execPath, [join(projectRoot, "scripts", "docker-base.mjs")], { stdio: "inherit" });
      writeFileSync(file, readFileSync(file, "utf8").replace('"local"', '"docker"'));
      const warm = await measure([...regatta, "run", file, "--new"]);
      const image = /image (regatta-task:\S+)/.exec(trialLog(folder))?.[1];
      if (image === undefined) throw new Error(`no image was used:\n${warm.output}`);
      /** @param {number} trials */
      const ours = (trials) => measure([...regatta, "run", file, "--new", "-n", "1", "--attempts", String(trials)]);
      const script = join(projectRoot, "bench", "docker-floor.mjs");
      const tests = join(folder, "tasks", "task-0", "tests");
      /** @param {number} trials */
      const floor = (trials) => measure([process.execPath, script, String(trials), image, tests]);
      const our = [];
      const theirs = [];
      for (let round = 0; round < rounds; round++) {
        our.push(await marginal(ours));
        theirs.push(await marginal(floor));
      }
      const detail = `${milliseconds(median(our))} / ${milliseconds(median(theirs))}, medians of ${rounds}`;
      return { ratio: median(our) / median(theirs), detail };
    }),
};

/** @param {string} folder */
function trialLog(folder) {
  const found = spawnSync("find", [join(folder, "results"), "-name", "trial.log"], { encoding: "utf8" });
  const [first = ""] = found.stdout.split("\n");
  return first === "" ? "" : readFileSync(first, "utf8");
}

/** @param {(trials: number) => Promise<{ seconds: number }>} run */
async function marginal(run) {
  const few = await run(6);
  const many = await run(30);
  return (many.seconds - few.seconds) / 24;
}
