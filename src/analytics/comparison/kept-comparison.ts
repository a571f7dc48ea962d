/**
 * The comparison of an earlier analysis, so that asking the same again of trials that have not changed takes no computing. One file,
 * replaced as a whole; deleting it changes only time.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { isRecord } from "../../base/is-record.ts";
import { writeFileAtomic } from "../../host/files.ts";
import type { Comparison } from "./comparison.ts";
import type { Explored } from "./explore.ts";

export interface Compared {
  readonly comparison: Comparison;
  readonly exploratory: readonly Explored[];
}

/**
 * @param readings digest of the trials
 * @param asked everything beside the trials that the comparison depends on; JSON
 */
export function keyOf(readings: string, asked: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify([readings, asked]))
    .digest("hex");
}

export async function keptComparison(file: string, key: string): Promise<Compared | null> {
  try {
    const value = JSON.parse(await readFile(file, "utf8")) as unknown;
    return isRecord(value) && value["key"] === key ? (value["compared"] as Compared) : null;
  } catch (error) {
    // Missing, cut off, not to be read: it is computed again.
    if (error instanceof SyntaxError || (error instanceof Error && "code" in error)) return null;
    throw error;
  }
}

export async function keepComparison(file: string, key: string, compared: Compared): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFileAtomic(file, JSON.stringify({ key, compared }));
  } catch (error) {
    // Where nothing can be written nothing is kept.
    if (!(error instanceof Error && "code" in error)) throw error;
  }
}
