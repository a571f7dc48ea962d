/**
 * Opinions on exactly this analysis, beside its kept readings: a later analysis that asks nobody shows them, as long as trials,
 * filters and figures are those that the model was asked about. One file, replaced as a whole; deleting it loses no answer.
 */
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isRecord } from "../base/is-record.ts";
import { writeFileAtomic } from "../host/files.ts";
import type { Opinions } from "../opinions/opinions.ts";

export interface OpinionsPlace {
  readonly file: string;
  /** The same for the same trials, asked about the same. */
  readonly key: string;
}

const FILES = [
  "strategy_analysis.json",
  "failure_analyses.json",
  "mcp_utilization.json",
  "comparative_narratives.md",
  "synthesis.md",
  "paper_snippets.md",
] as const;
export type OpinionFile = (typeof FILES)[number];

/** Those of opinions that stand in a directory. */
export function opinionFilesIn(dir: string): readonly OpinionFile[] {
  return FILES.filter((name) => existsSync(join(dir, name)));
}

export async function keptOpinions({ file, key }: OpinionsPlace): Promise<Opinions | null> {
  try {
    const value = JSON.parse(await readFile(file, "utf8")) as unknown;
    return isRecord(value) && value["key"] === key ? (value["opinions"] as Opinions) : null;
  } catch (error) {
    // Missing, cut off, not to be read: there are none.
    if (error instanceof SyntaxError || (error instanceof Error && "code" in error)) return null;
    throw error;
  }
}

export async function keepOpinions({ file, key }: OpinionsPlace, opinions: Opinions): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFileAtomic(file, JSON.stringify({ key, opinions }));
  } catch (error) {
    // Where nothing can be written nothing is kept.
    if (!(error instanceof Error && "code" in error)) throw error;
  }
}
