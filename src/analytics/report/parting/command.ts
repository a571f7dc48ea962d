/** `regatta diff A B` for a reader's shell: names come from directories that anyone may have made, and must not act there. */
import { posix } from "node:path";
import { printable } from "../../../terminal/printable.ts";
import { batchOf } from "../read-root.ts";

/** @param a, b paths relative to the root that was read */
export function diffCommand(root: string, a: string, b: string): string {
  return `regatta diff ${shellWord(trialArgument(root, a))} ${shellWord(trialArgument(root, b))}`;
}

/** As `<slug>/<n>/<trial>` of a batch, which works anywhere in its project; else as a path below what was read. */
function trialArgument(root: string, path: string): string {
  const batch = batchOf(root);
  return batch === null ? `./${path}` : `${batch.slug}/${batch.batch}/${posix.basename(path)}`;
}

/** Escapes of what cannot be seen stand there as text: such a command finds nothing, and does nothing. */
function shellWord(text: string): string {
  const shown = printable(text);
  return /^[\w./:@+=,][\w./:@+=,-]*$/.test(shown) ? shown : `'${shown.replaceAll("'", `'\\''`)}'`;
}
