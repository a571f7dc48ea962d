/**
 * What has become of the images that a batch's trials ran in: their names are looked up again, nothing is pulled or built. A name
 * that means another image by now is drift like a task that was changed; one that means none can be made to mean something again.
 */
import type { Drift } from "../contract/drift.ts";
import type { RanImage } from "../contract/ran-image.ts";
import type { EnvironmentProvider } from "../environments/environment.ts";
import { asRanImage } from "../records/ran-image.ts";
import type { BatchOnDisk } from "../results/read-batch.ts";
import { plural } from "../terminal/figures.ts";
import { environmentNamed } from "./environments.ts";

export interface ImageDrift {
  /** Of every task; none where none is recorded. */
  readonly ran: readonly RanIn[];
  /** The name means another image. */
  readonly moved: readonly Drift[];
  /** The name means none here. */
  readonly gone: readonly Drift[];
  /** Commands that give a name back to the image that trials ran in. */
  readonly remedies: readonly string[];
  /** Names of images that are not here under any name, and in no registry that is known. */
  readonly lost: readonly string[];
  /** What could not be compared, and what is not recorded, in sentences. */
  readonly notes: readonly string[];
}

const GONE = "it is not here";

export interface RanIn {
  readonly task: string;
  readonly image: RanImage;
  readonly trials: number;
}

export async function imageDrift({ launches, trials }: Pick<BatchOnDisk, "launches" | "trials">): Promise<ImageDrift> {
  const environments = new Set(launches.map(({ lock }) => String(lock.run.cell["environment"])));
  // Its sandboxes are made of this machine's own files.
  environments.delete("local");
  const inSandbox = trials.filter(({ record }) => record.phases["agent-run"] !== undefined);
  const recorded = inSandbox.flatMap(({ id, record }) => {
    const image = asRanImage(record.image);
    return image === null ? [] : [{ task: id.task, image }];
  });
  const missing = inSandbox.length - recorded.length;
  const ran = counted(recorded);
  const notes = [
    ...(environments.size === 0 || missing === 0
      ? []
      : [
          `It is not recorded which images ${missing} of ${plural(inSandbox.length, "trial")} ran in: of those a tag that points elsewhere by now is not seen.`,
        ]),
    ...severalNotes(ran),
  ];
  const nothing = { ran, moved: [], gone: [], remedies: [], lost: [], notes };
  const [name] = environments;
  if (ran.length === 0 || name === undefined) return nothing;
  const provider = await environmentNamed(name);
  const { available, problems } = await provider.abilities();
  if (!available)
    return {
      ...nothing,
      notes: [...notes, `Images could not be compared: ${problems.join("; ") || "none can be found here"}.`],
    };
  return { ran, ...(await compared(ran, provider)), notes };
}

async function compared(
  ran: readonly RanIn[],
  provider: EnvironmentProvider,
): Promise<Pick<ImageDrift, "moved" | "gone" | "remedies" | "lost">> {
  const names = new Set(ran.map(({ image }) => image.name));
  const now = new Map<string, RanImage | null>();
  for (const name of names) now.set(name, await provider.imageNamed(name));
  const drift = (into: (current: RanImage | null) => string | null): readonly Drift[] =>
    ran.flatMap(({ task, image }): Drift[] => {
      const current = now.get(image.name) ?? null;
      const b = current?.id === image.id ? null : into(current);
      return b === null ? [] : [{ about: "image", what: `tasks.${task}.image ${image.name}`, a: image.id, b }];
    });
  const [remedies, lost] = [new Set<string>(), new Set<string>()];
  for (const { image } of ran.filter((each) => now.get(each.image.name)?.id !== each.image.id)) {
    const kept = (await provider.imageNamed(image.id)) !== null;
    const from = kept ? image.id : image.digests[0];
    if (from === undefined) lost.add(image.name);
    else remedies.add(`${kept ? "" : `docker pull ${from} && `}docker tag ${from} ${image.name}`);
  }
  return {
    moved: drift((current) => current?.id ?? null),
    gone: drift((current) => (current === null ? GONE : null)),
    remedies: [...remedies],
    lost: [...lost],
  };
}

/** By task and id. */
function counted(recorded: readonly Omit<RanIn, "trials">[]): readonly RanIn[] {
  const found = new Map<string, RanIn>();
  for (const { task, image } of recorded) {
    const key = JSON.stringify([task, image.name, image.id]);
    found.set(key, { task, image, trials: (found.get(key)?.trials ?? 0) + 1 });
  }
  return [...found.values()];
}

/** The name moved while the batch ran, or before it was continued. */
function severalNotes(ran: readonly RanIn[]): readonly string[] {
  return [...new Set(ran.map(({ task }) => task))].flatMap((task) => {
    const own = ran.filter((each) => each.task === task);
    if (own.length < 2) return [];
    const list = own.map(({ image, trials }) => `${image.name} ${image.id} (${plural(trials, "trial")})`);
    return [`The trials of ${task} did not all run in the same image: ${list.join(", ")}.`];
  });
}
