/**
 * Writes a trajectory step by step to a temporary file, synced and renamed: it is whole or not there, and is never one text
 * in memory, which may be larger than a string can be.
 */
import { randomUUID } from "node:crypto";
import { open, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { syncDir } from "../../host/files.ts";
import type { AtifTrajectory } from "./atif.ts";

export async function writeTrajectory(path: string, trajectory: AtifTrajectory): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.tmp`);
  try {
    const file = await open(temporary, "wx");
    try {
      await writeFile(file, gathered(pieces(trajectory)));
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDir(dirname(path));
}

/** One line a step. */
function* pieces(trajectory: AtifTrajectory): Generator<string> {
  const { steps, subagent_trajectories: embedded, ...rest } = trajectory;
  const head = JSON.stringify(rest);
  yield `${head.slice(0, -1)},"steps":[\n`;
  yield* separated(steps.map((step) => () => [JSON.stringify(step)]));
  yield "]";
  if (embedded !== undefined && embedded.length > 0) {
    yield ',"subagent_trajectories":[\n';
    yield* separated(embedded.map((one) => () => pieces(one)));
    yield "]";
  }
  yield "}\n";
}

function* separated(items: readonly (() => Iterable<string>)[]): Generator<string> {
  for (const [at, item] of items.entries()) {
    yield* item();
    yield at < items.length - 1 ? ",\n" : "\n";
  }
}

const PIECE = 1 << 20;

/** Many small texts in one write. */
function* gathered(texts: Iterable<string>): Generator<string> {
  let together = "";
  for (const text of texts) {
    together += text;
    if (together.length < PIECE) continue;
    yield together;
    together = "";
  }
  yield together;
}
