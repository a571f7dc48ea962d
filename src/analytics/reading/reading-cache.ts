/**
 * Readings of earlier analyses, so that files which have not changed are not read again. Deleting it changes only time.
 *
 * One file of JSON lines: a header with the version of the code that computed the values, then one line per trial with every
 * file it was read from. It is replaced as a whole; a line that cannot be used is as good as none.
 */
import { readFile } from "node:fs/promises";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isRecord } from "../../base/is-record.ts";
import { isErrno, writeFileAtomic } from "../../host/files.ts";
import type { Known } from "../known.ts";
import type { ToolUse } from "../metrics/tool-use.ts";
import type { Input } from "./trial-inputs.ts";
import { stampOf, statOf, TrialInputs } from "./trial-inputs.ts";
import type { TrialFacts } from "./read-trial.ts";

/** A trial without its trajectory: what is left when its metrics are computed. */
export interface TrialValues {
  readonly facts: TrialFacts;
  /** In the order of the registry. */
  readonly values: readonly Known[];
  readonly tools: readonly ToolUse[];
}

export interface CachedReading {
  readonly inputs: readonly Input[];
  readonly reading: TrialValues;
}

interface Line {
  readonly path: string;
  readonly inputs: readonly Input[];
  readonly facts: TrialFacts;
  /** Numbers, or the index of a reason. */
  readonly numbers: readonly (number | null)[];
  readonly reasons: readonly (readonly [reason: string, at: readonly number[]])[];
  readonly tools: readonly ToolUse[];
}

export async function loadCache(file: string, version: string): Promise<Map<string, CachedReading>> {
  const cached = new Map<string, CachedReading>();
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    // Whatever is wrong with a cache, the answer is to read the trials.
    if (error instanceof Error && "code" in error) return cached;
    throw error;
  }
  let start = text.indexOf("\n") + 1;
  if (start === 0 || text.slice(0, start - 1) !== header(version)) return cached;
  while (start < text.length) {
    const found = text.indexOf("\n", start);
    const end = found === -1 ? text.length : found;
    const line = asLine(text.slice(start, end));
    if (line !== null) cached.set(line.path, { inputs: line.inputs, reading: fromLine(line) });
    start = end + 1;
  }
  return cached;
}

/** @returns false where nothing can be written: an analysis needs no cache. */
export async function saveCache(
  file: string,
  version: string,
  readings: ReadonlyMap<string, CachedReading>,
): Promise<boolean> {
  const lines = [header(version), ...[...readings].map(([path, reading]) => JSON.stringify(toLine(path, reading)))];
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFileAtomic(file, `${lines.join("\n")}\n`);
    return true;
  } catch (error) {
    if (isErrno(error, "EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT", "ENOTDIR")) return false;
    throw error;
  }
}

function header(version: string): string {
  return JSON.stringify({ regatta_readings: version });
}

/** @param byContent also the content of every file is compared, not only what the file system says of it. */
export function isFresh(dir: string, { inputs }: CachedReading, byContent: boolean): boolean {
  for (const [path, stamp] of inputs) {
    if (stampOf(statOf(path === "" ? dir : join(dir, path))) !== stamp) return false;
  }
  return !byContent || inputs.every(([path, , hash]) => hash === "" || new TrialInputs(dir).hashOf(path) === hash);
}

function toLine(path: string, { inputs, reading }: CachedReading): Line {
  const reasons = new Map<string, number[]>();
  for (const [at, value] of reading.values.entries()) {
    if (typeof value === "number") continue;
    const places = reasons.get(value.notComputed) ?? [];
    places.push(at);
    reasons.set(value.notComputed, places);
  }
  return {
    path,
    inputs,
    facts: reading.facts,
    numbers: reading.values.map((value) => (typeof value === "number" ? value : null)),
    reasons: [...reasons],
    tools: reading.tools,
  };
}

function fromLine({ facts, numbers, reasons, tools }: Line): TrialValues {
  const values: Known[] = numbers.map((number) => number ?? { notComputed: "" });
  for (const [reason, places] of reasons) {
    const value = { notComputed: reason };
    for (const at of places) values[at] = value;
  }
  return { facts, values, tools };
}

/** The header vouches for the shape; a line is only looked at far enough to see that it is whole. */
function asLine(text: string): Line | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) && typeof value["path"] === "string" && Array.isArray(value["tools"])
      ? (value as unknown as Line)
      : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
