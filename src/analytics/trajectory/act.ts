/** One thing that a call does to files. */
import { posix } from "node:path";

export interface Act {
  /** `undo` takes earlier edits back, such as `git checkout -- file`. */
  readonly kind: "read" | "edit" | "search" | "undo";
  /** Normalised; null when the call does not say. */
  readonly path: string | null;
}

export function normalPath(path: string): string {
  const plain = posix.normalize(path.trim());
  return plain.length > 1 ? plain.replace(/\/$/, "") : plain;
}
