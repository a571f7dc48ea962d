/** What `regatta index` does: the index of a batch, exact, from its directories alone. */
import { mkdir } from "node:fs/promises";
import type { RunIndex } from "../contract/run-index.ts";
import { writeFileAtomic } from "../host/files.ts";
import { buildIndex } from "./build-index.ts";
import { indexFile, runsDir } from "./layout.ts";
import { type BatchOnDisk, readBatch } from "./read-batch.ts";

export async function writeIndex(batchDir: string): Promise<{ readonly batch: BatchOnDisk; readonly index: RunIndex }> {
  const batch = await readBatch(batchDir);
  const index = buildIndex(batch);
  await mkdir(runsDir(batchDir), { recursive: true });
  await writeFileAtomic(indexFile(batchDir), indexText(index.runs.map((entry) => JSON.stringify(entry))));
  return { batch, index };
}

/** One line for each entry; taking them as text lets a run keep those that did not change. */
export function indexText(entries: readonly string[]): string {
  const lines = entries.map((entry) => `    ${entry}`).join(",\n");
  return `{\n  "schema_version": 1,\n  "runs": [${lines === "" ? "" : `\n${lines}\n  `}]\n}\n`;
}
