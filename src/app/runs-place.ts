/** Which trials an analysis reads, where it writes, and what their experiment says of them. */
import { createHash } from "node:crypto";
import { realpath, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Planned } from "../analytics/analysis.ts";
import type { AnalysisSettings } from "../contract/experiment.ts";
import { UserError } from "../contract/failure.ts";
import { DEFAULT_RULE } from "../contract/reward-rule.ts";
import { cacheHome } from "../host/cache-home.ts";
import { isErrno } from "../host/files.ts";
import { listBatches } from "../results/batch.ts";
import { type Launch, plannedTrials, readLaunches } from "../results/launches.ts";
import { analyticsDir, runsDir } from "../results/layout.ts";

export interface RunsAsked {
  readonly cwd: string;
  /** As every command takes a batch; undefined = the latest here, unless `runs` is given. */
  readonly batchArgument: string | undefined;
  readonly batch: number | undefined;
  /** Any directory of Harbor jobs instead. */
  readonly runs: string | undefined;
}

/** Of jobs that are nobody's experiment. */
const SETTINGS: AnalysisSettings = {
  control: null,
  margin: 0.05,
  alpha: 0.05,
  rewardKey: DEFAULT_RULE.key,
  successAt: DEFAULT_RULE.successAt,
};

export interface RunsPlace {
  readonly runs: string;
  readonly output: string | null;
  readonly cacheFile: string;
  readonly settings: AnalysisSettings;
  /** Of the batch that the trials are of; none for anyone else's jobs. */
  readonly launches: readonly Launch[];
  /** Of profiles, as the experiment has them; empty where there is none. */
  readonly order: readonly string[];
}

export async function runsPlace({ cwd, runs, batchArgument, batch }: RunsAsked): Promise<RunsPlace> {
  if (runs === undefined) {
    const dir = await batchDir(batchArgument, batch, cwd);
    return {
      runs: runsDir(dir),
      output: analyticsDir(dir),
      cacheFile: join(dir, ".regatta", "analytics", "readings.jsonl"),
      ...(await plannedOf(dir)),
    };
  }
  if (batchArgument !== undefined || batch !== undefined) {
    throw new UserError("--runs DIR says by itself what is read: leave out the batch.", [
      "Either a batch (an experiment file, <slug>/<n>, a path), or --runs with a directory of Harbor jobs.",
    ]);
  }
  const dir = resolve(cwd, runs);
  const cacheFile = join(cacheHome(), "analytics", `${await keyOfDir(dir)}.jsonl`);
  // A batch's own runs/ is told by its launches, wherever it was copied to.
  return { runs: dir, output: null, cacheFile, ...(await plannedOf(dirname(dir))) };
}

export function plannedIn({ order, launches }: RunsPlace): Planned {
  return { order, cells: plannedTrials(launches) };
}

/** By the latest launch; without one, the defaults. */
async function plannedOf(batch: string): Promise<Pick<RunsPlace, "settings" | "launches" | "order">> {
  // What cannot be read of a batch is told by the commands about batches: results need none of it.
  const launches = await readLaunches(batch, () => undefined);
  const order = [...new Set(launches.flatMap(({ lock }) => lock.trials.map(({ profile }) => profile)))];
  const stored = launches.at(-1)?.lock.analysis;
  if (stored === undefined) return { settings: SETTINGS, launches, order };
  const { control, margin, alpha, reward_key, success_at } = stored;
  return { settings: { control, margin, alpha, rewardKey: reward_key, successAt: success_at }, launches, order };
}

async function batchDir(argument: string | undefined, number: number | undefined, cwd: string): Promise<string> {
  // Experiment files are not looked at for --runs, and reading them needs a good part of the program.
  const { findBatch } = await import("./find-batch.ts");
  const { dir, slug } = await findBatch(argument, cwd);
  if (number === undefined) return dir;
  const experiment = dirname(dir);
  const wanted = join(experiment, String(number));
  try {
    if ((await stat(wanted)).isDirectory()) return wanted;
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ENOTDIR")) throw error;
  }
  const known = await listBatches(dirname(experiment), slug);
  throw new UserError(`${slug} has no batch ${number}.`, [`It has: ${known.join(", ")}.`]);
}

/** The same directory has the same cache, whichever way it was named. */
async function keyOfDir(dir: string): Promise<string> {
  let real = dir;
  try {
    real = await realpath(dir);
  } catch (error) {
    // That it is not there is said by the reading.
    if (!isErrno(error, "ENOENT", "ENOTDIR", "EACCES", "ELOOP")) throw error;
  }
  return createHash("sha256").update(real).digest("hex").slice(0, 24);
}
