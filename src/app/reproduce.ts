/** `regatta reproduce`: the plan of a batch again, as a new batch; refused, with everything named, where its inputs are not what they were. */
import type { Drift } from "../contract/drift.ts";
import { UserError } from "../contract/failure.ts";
import { readBatch } from "../results/read-batch.ts";
import { storedExperiment } from "../results/stored-experiment.ts";
import { findBatch } from "./find-batch.ts";
import { type ImageDrift, imageDrift } from "./image-drift.ts";
import { inputDrift } from "./input-drift.ts";
import type { RunRequest } from "./run.ts";
import { plural } from "../terminal/figures.ts";

export interface ReproduceRequest {
  readonly cwd: string;
  readonly batch: string | undefined;
  /** A reproduction that was cut short, to go on with. */
  readonly into: number | undefined;
  readonly parallel: number | undefined;
  readonly quietVerify: boolean;
  /** Images that are gone or not the same are no reason to refuse. */
  readonly acceptOtherImages: boolean;
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
  const others = otherImages(images, last.lock.run.cell["force_rebuild"] === true);
  const refused = request.acceptOtherImages ? [] : others;
  const drift = [...inputs.drift, ...refused];
  const [tasks, profiles] = [unique(planned.map(({ task }) => task)), unique(planned.map(({ profile }) => profile))];
  if (drift.length > 0)
    throw new UserError(`${name} cannot be reproduced: its inputs are not what they were. Nothing was started.`, [
      ...drift.slice(0, LISTED).map(({ what, a, b }) => `${what}: ${a} → ${b}`),
      ...(drift.length > LISTED ? [`… ${drift.length - LISTED} more: regatta verify ${name}`] : []),
      ...(refused.length === 0 ? [] : imageAdvice(images)),
      ...(inputs.drift.length === 0
        ? []
        : [
            "Put them back (git checkout of the commit it was run at, say), or run the experiment as it is now: regatta run",
          ]),
    ]);
  for (const note of [...inputs.notes, ...images.notes]) request.say(`note: ${note}`);
  for (const { what, a, b } of others) request.say(`note: accepted: ${what}: ${a} → ${b}`);
  if (others.length > 0)
    request.say(`note: regatta compare ${name} and the new batch will name what ran in which image`);
  const { experiment_file, overrides } = last.lock;
  const attempts = Math.max(...planned.map(({ attempt }) => attempt));
  const parallel = request.parallel ?? overrides["parallel"];
  const more = tasks.length * profiles.length * attempts - planned.length;
  if (more > 0)
    request.say(
      `note: ${plural(more, "trial")} more than ${name} had: its launches were not of the same tasks, profiles and attempts`,
    );
  return {
    file: storedExperiment(dir, last.launch),
    copyOf: experiment_file,
    tasks,
    profiles,
    overrides: {
      attempts,
      ...(typeof parallel === "number" ? { parallel } : {}),
      ...(request.quietVerify || overrides["quiet_verify"] === true ? { quiet_verify: true } : {}),
    },
    batch: request.into ?? null,
    forceNew: true,
    version: request.version,
    say: request.say,
  };
}

/** What trials would run in that is not what the batch's ran in, or need not be. */
function otherImages({ ran, moved, gone }: ImageDrift, anew: boolean): readonly Drift[] {
  if (!anew) return [...moved, ...gone];
  const ANEW = "force_rebuild builds it anew, and what comes out need not be the same";
  return ran.map(({ task, image }): Drift => ({
    about: "image",
    what: `tasks.${task}.image ${image.name}`,
    a: image.id,
    b: ANEW,
  }));
}

function imageAdvice({ remedies, lost }: ImageDrift): readonly string[] {
  return [
    ...remedies.slice(0, LISTED).map((command) => `An image is put back by: ${command}`),
    ...(lost.length === 0
      ? []
      : [
          `No registry is known to have these, and they are not here under another name: ${lost.slice(0, LISTED).join(", ")}`,
        ]),
    "To run in other images than the batch did, pulled or built again from the same tasks: --accept-other-images",
  ];
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
