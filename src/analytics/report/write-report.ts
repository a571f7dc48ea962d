/**
 * Writes the report and its figures, unless exactly this report stands there already: what made it is kept in a file beside the
 * readings, with what the file system said of each file once it was written. Deleting that changes only time.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { isRecord } from "../../base/is-record.ts";
import { isErrno, writeFileAtomic } from "../../host/files.ts";
import type { ReportInput } from "./report.ts";

export interface KeepReport {
  readonly file: string;
  /** The same for the same trials, asked the same; JSON. */
  readonly of: unknown;
}

/** @param keep null = made anew whatever stands there */
export async function writeReport(input: ReportInput, keep: KeepReport | null): Promise<void> {
  const key = keep === null ? null : await keyOf(input, keep.of);
  if (keep !== null && (await standsThere(keep.file, key, input.dir))) return;
  const { reportFiles } = await import("./report.ts");
  const files = reportFiles(input);
  await mkdir(join(input.dir, "figures"), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFileAtomic(join(input.dir, name), text);
  if (keep === null) return;
  const stamps = await Promise.all(
    Object.keys(files).map(async (name) => [name, await stampOf(join(input.dir, name))]),
  );
  try {
    await mkdir(dirname(keep.file), { recursive: true });
    await writeFileAtomic(keep.file, JSON.stringify({ key, files: Object.fromEntries(stamps) }));
  } catch (error) {
    // Where nothing can be written nothing is kept.
    if (!(error instanceof Error && "code" in error)) throw error;
  }
}

/** With what the digest of trials does not cover, and the program: a built file's name and time change with every build. */
async function keyOf({ analysis, opinions, dir, from, beside }: ReportInput, of: unknown): Promise<string> {
  const { leftOut, lost, notes, read, root } = analysis;
  const program = [import.meta.url, await stampOf(fileURLToPath(import.meta.url))];
  const all = [of, program, leftOut, lost, notes, read, dir, relative(dir, root), from, beside, wordsOf(opinions)];
  return createHash("sha256").update(JSON.stringify(all)).digest("hex");
}

/** What was said, without whether it was said in this run and what that cost: the report tells neither. */
function wordsOf(opinions: ReportInput["opinions"]): string | null {
  if (opinions === null) return null;
  return JSON.stringify(opinions, (name, value: unknown) =>
    name === "cached" || name === "spend" ? undefined : value,
  );
}

async function standsThere(file: string, key: string | null, dir: string): Promise<boolean> {
  let kept: unknown;
  try {
    kept = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    // Missing, cut off, not to be read: the report is made again.
    if (error instanceof SyntaxError || (error instanceof Error && "code" in error)) return false;
    throw error;
  }
  if (!isRecord(kept) || kept["key"] !== key || !isRecord(kept["files"])) return false;
  const stamps = Object.entries(kept["files"]).map(
    async ([name, stamp]) => stamp !== null && stamp === (await stampOf(join(dir, name))),
  );
  return stamps.length > 0 && (await Promise.all(stamps)).every(Boolean);
}

/** Null = it is not there. */
async function stampOf(path: string): Promise<string | null> {
  try {
    const { size, mtimeMs, ino } = await stat(path);
    return `${size} ${mtimeMs} ${ino}`;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return null;
    throw error;
  }
}
