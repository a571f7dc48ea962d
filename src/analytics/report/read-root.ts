/** What was read, as it may be named on the page: an absolute path would tell about its author's machine. */
import { basename, dirname } from "node:path";

/** `<slug>/<n>` of a batch's runs/; null = other jobs. */
export function batchOf(root: string): { readonly slug: string; readonly batch: string } | null {
  const batch = dirname(root);
  if (basename(root) !== "runs" || !/^\d+$/.test(basename(batch))) return null;
  return { slug: basename(dirname(batch)), batch: basename(batch) };
}
