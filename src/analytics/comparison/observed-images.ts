/** The images that trials ran in, of two sides: the same task in another image is another experiment. Pure. */
import type { Drift } from "../../contract/drift.ts";
import type { AnalyzedTrial } from "../profiles.ts";
import { plural } from "../../terminal/figures.ts";

/** @param pairs profiles, as the trials have them */
export function observedImageDrift(
  trials: readonly AnalyzedTrial[],
  pairs: readonly (readonly [string, string])[],
): readonly Drift[] {
  const [ofA, ofB] = [
    imagesOf(trials, new Set(pairs.map(([a]) => a))),
    imagesOf(trials, new Set(pairs.map(([, b]) => b))),
  ];
  const shared = [...ofA].flatMap(([task, a]) => {
    const b = ofB.get(task);
    return b === undefined ? [] : [{ task, a, b }];
  });
  return [
    ...shared.flatMap(({ task, a, b }): Drift[] =>
      a.length === 0 || b.length === 0 || same(a, b)
        ? []
        : [{ about: "image", what: `image of ${task}`, a: a.join(", "), b: b.join(", ") }],
    ),
    ...oneSided(shared.filter(({ a, b }) => a.length === 0 && b.length > 0).length, "not recorded", "recorded"),
    ...oneSided(shared.filter(({ a, b }) => a.length > 0 && b.length === 0).length, "recorded", "not recorded"),
  ];
}

function oneSided(tasks: number, a: string, b: string): readonly Drift[] {
  return tasks === 0 ? [] : [{ about: "image", what: `image of ${plural(tasks, "task")}`, a, b }];
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((image, at) => image === b[at]);
}

/** Task → its images in order, by name and id; none where none is recorded. */
function imagesOf(
  trials: readonly AnalyzedTrial[],
  profiles: ReadonlySet<string>,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const { id, facts } of trials) {
    if (!profiles.has(id.profile)) continue;
    const images = found.get(id.task) ?? new Set<string>();
    found.set(id.task, images);
    if (facts.image !== null) images.add(`${facts.image.name} ${facts.image.id}`);
  }
  return new Map([...found].map(([task, images]) => [task, [...images].sort()]));
}
