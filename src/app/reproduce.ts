/** `regatta reproduce`: the plan of a batch again, as a new batch; refused, with everything named, where its inputs are not what they were. */
import { UserError } from "../contract/failure.ts";
import { readBatch } from "../results/read-batch.ts";
import { storedExperiment } from "../results/stored-experiment.ts";
import { findBatch } from "./find-batch.ts";
import { imageDrift } from "./image-drift.ts";
import { inputDrift } from "./input-drift.ts";
import type { RunRequest } from "./run.ts";

export interface ReproduceRequest {
  readonly cwd: string;
  readonly batch: string | undefined;
  /** A reproduction that was cut short, to go on with. */
  readonly into: number | undefined;
  readonly parallel: number | undefined;
  readonly version: string;
  readonly say: (line: string) => void;
}

const LISTED = 20;

/** @returns what is to be run. @throws UserError */
export async function reproduction(request: ReproduceRequest): Promise<RunRequest> {
  const { slug, batch, dir } = await findBatch(request.batch, request.cwd);
  const found = await readBatch(dir);
  const { launches, planned } = found;
  const last = launches.at(-1);
  const name = `${slug}/${batch}`;
  if (last === undefined)
    throw new UserError(`${name} has no lock: nothing tells what it was made of.`, [
      `Looked in ${dir}/.regatta/launches.`,
    ]);
  const inputs = await inputDrift(dir, launches, request.say);
  const images = await imageDrift(found);
  // Where every run makes its images anew, what their names mean before it is no input.
  const anew = last.lock.run.cell["force_rebuild"] === true;
  const drift = [...inputs.drift, ...(anew ? [] : images.moved)];
  const [tasks, profiles] = [unique(planned.map(({ task }) => task)), unique(planned.map(({ profile }) => profile))];
  if (drift.length > 0)
    throw new UserError(`${name} cannot be reproduced: its inputs are not what they were.`, [
      ...drift.slice(0, LISTED).map(({ what, a, b }) => `${what}: ${a} → ${b}`),
      ...(drift.length > LISTED ? [`… ${drift.length - LISTED} more: regatta verify ${name}`] : []),
      ...(anew ? [] : images.remedies).slice(0, LISTED).map((command) => `An image is put back by: ${command}`),
      "Put them back (git checkout of the commit it was run at, say), or run the experiment as it is now: regatta run",
    ]);
  for (const note of [...inputs.notes, ...images.notes]) request.say(`note: ${note}`);
  for (const { what, a, b } of [...images.gone, ...(anew ? images.moved : [])])
    request.say(`note: ${what}: ${a} → ${b}; it is made ready again, and need not be the same`);
  const { experiment_file, overrides } = last.lock;
  const attempts = Math.max(...planned.map(({ attempt }) => attempt));
  const parallel = request.parallel ?? overrides["parallel"];
  const more = tasks.length * profiles.length * attempts - planned.length;
  if (more > 0)
    request.say(
      `note: ${more} trials more than ${name} had: its launches were not of the same tasks, profiles and attempts`,
    );
  return {
    file: storedExperiment(dir, last.launch),
    copyOf: experiment_file,
    tasks,
    profiles,
    overrides: {
      attempts,
      ...(typeof parallel === "number" ? { parallel } : {}),
      ...(overrides["quiet_verify"] === true ? { quiet_verify: true } : {}),
    },
    batch: request.into ?? null,
    forceNew: true,
    version: request.version,
    say: request.say,
  };
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
