/** `regatta verify`: what has become of a batch since it was run, and of what it was made of. */
import { UserError } from "../contract/failure.ts";
import type { Drift } from "../contract/drift.ts";
import { readBatch } from "../results/read-batch.ts";
import { findBatch } from "./find-batch.ts";
import { imageDrift, type RanIn } from "./image-drift.ts";
import { inputDrift } from "./input-drift.ts";
import { resultDrift } from "./result-drift.ts";

export interface VerifyRequest {
  readonly cwd: string;
  readonly batch: string | undefined;
  /** Of this program. */
  readonly version: string;
  readonly say: (line: string) => void;
}

export interface Verified {
  /** `demo/3` */
  readonly name: string;
  readonly dir: string;
  readonly inputs: readonly Drift[];
  readonly results: readonly Drift[];
  /** What its trials ran in, as far as that is recorded. */
  readonly images: readonly RanIn[];
  /** Changes nothing by itself, or is not known. */
  readonly notes: readonly string[];
  readonly trials: number;
  readonly tasks: number;
  readonly profiles: number;
}

export async function verifyBatch({ cwd, batch, version, say }: VerifyRequest): Promise<Verified> {
  const place = await findBatch(batch, cwd);
  const found = await readBatch(place.dir);
  const last = found.launches.at(-1);
  if (last === undefined)
    throw new UserError(`${place.slug}/${place.batch} has no lock: nothing tells what it was made of.`, [
      `Looked in ${place.dir}/.regatta/launches.`,
    ]);
  const inputs = await inputDrift(place.dir, found.launches, say);
  const images = await imageDrift(found);
  const versions = [...new Set(found.launches.map(({ lock }) => lock.regatta_version))];
  const other = versions.filter((each) => each !== version);
  return {
    name: `${place.slug}/${place.batch}`,
    dir: place.dir,
    inputs: [...inputs.drift, ...images.moved, ...images.gone],
    images: images.ran,
    results: await resultDrift(found),
    notes: [
      ...inputs.notes,
      ...images.notes,
      ...(other.length === 0 ? [] : [`It was run by Regatta ${other.join(" and ")}; this is ${version}.`]),
    ],
    trials: found.trials.length,
    tasks: new Set(found.launches.flatMap(({ lock }) => Object.keys(lock.tasks))).size,
    profiles: new Set(found.launches.flatMap(({ lock }) => Object.keys(lock.profiles))).size,
  };
}
