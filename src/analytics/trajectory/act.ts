/** One thing that a call does to files. */
import { posix } from "node:path";

export interface Act {
  /** `undo` takes earlier edits back, such as `git checkout -- file`. */
  readonly kind: "read" | "edit" | "search" | "undo";
  /** Normalised; null when the call does not say. */
  readonly path: string | null;
}

/** Without `.`, `..` and empty parts, and without a slash at the end. */
export function normalPath(path: string): string {
  // Most are normal already, and looking is much cheaper than making them so.
  if (!/^\s|\s$|\/\/|\/$|(?:^|\/)\.\.?(?:\/|$)/.test(path)) return path;
  const plain = posix.normalize(path.trim());
  return plain.length > 1 ? plain.replace(/\/$/, "") : plain;
}
