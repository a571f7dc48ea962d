/** `regatta diff A B` for a reader's shell: names come from directories that anyone may have made, and must not act there. */
import { posix } from "node:path";
import { printable } from "../../../terminal/printable.ts";
import { batchOf } from "../read-root.ts";

/** What was read, and how it is reached from where `analyze` was run. */
export interface CommandPlace {
  /** Absolute. */
  readonly root: string;
  /** A relative path, with `/`; null = it leads out of there, and would tell about its author's machine. */
  readonly from: string | null;
}

/** @param a, b paths relative to the root that was read */
export function diffCommand(place: CommandPlace, a: string, b: string): string {
  return `regatta diff ${shellWord(trialArgument(place, a))} ${shellWord(trialArgument(place, b))}`;
}

/** Where such a command works, in words. */
export function commandsWork(place: CommandPlace): string {
  if (batchIn(place) !== null) return "in the project's folder, which holds results/";
  return place.from === null
    ? `in the folder that was read, ${printable(posix.basename(place.root))}`
    : "in the folder where analyze was run";
}

/** A batch that was copied elsewhere is found by no name. */
function batchIn({ root, from }: CommandPlace): ReturnType<typeof batchOf> {
  const batch = batchOf(root);
  return batch !== null && (from === null || from === `results/${batch.slug}/${batch.batch}/runs`) ? batch : null;
}

/** As `<slug>/<n>/<trial>` of a batch; else as a path. */
function trialArgument(place: CommandPlace, path: string): string {
  const batch = batchIn(place);
  if (batch !== null) return `${batch.slug}/${batch.batch}/${posix.basename(path)}`;
  return `./${posix.join(place.from ?? "", path)}`;
}

/** Escapes of what cannot be seen stand there as text: such a command finds nothing, and does nothing. */
function shellWord(text: string): string {
  const shown = printable(text);
  return /^[\w./:@+=,][\w./:@+=,-]*$/.test(shown) ? shown : `'${shown.replaceAll("'", `'\\''`)}'`;
}
