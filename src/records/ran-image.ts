import { isRecord } from "../base/is-record.ts";
import type { RanImage } from "../contract/ran-image.ts";

/** Null = not recorded: by a program of before it was, by another program, or of a sandbox that has none. */
export function asRanImage(value: unknown): RanImage | null {
  if (!isRecord(value)) return null;
  const { name, id, digests } = value;
  if (typeof name !== "string" || typeof id !== "string" || id === "") return null;
  return { name, id, digests: Array.isArray(digests) ? digests.filter((each) => typeof each === "string") : [] };
}
