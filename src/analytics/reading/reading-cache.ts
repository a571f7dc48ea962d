/**
 * Readings of earlier analyses, so that files which have not changed are not read again. Deleting it changes only time.
 *
 * One file of JSON lines: a header with the version of the code that computed the values, then one line per trial with every
 * file it was read from. It is replaced as a whole; from a line that cannot be used on it is as good as none.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { isRecord } from "../../base/is-record.ts";
import { writeFileAtomic } from "../../host/files.ts";
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
  /** Everything that was looked at, relative to the trial's directory; what each was like; checksums, where they were taken. */
  readonly names: readonly string[];
  readonly stamps: string;
  readonly sums: string;
  readonly reading: TrialValues;
}

/**
 * A line. What many trials have in common (names of files, reasons, configurations) stands in lines of its own before and is
 * referred to by number: ten thousand trials are parsed at every analysis.
 */
interface Line {
  readonly path: string;
  /** The shared names of inputs. */
  readonly names: number;
  /** Their stamps and checksums, in that order. */
  readonly stamps: string;
  readonly sums: string;
  readonly facts: Omit<TrialFacts, "configuration">;
  readonly configuration: number;
  readonly numbers: readonly (number | null)[];
  /** Shared: reason and places of the metrics that were not computed for it. */
  readonly reasons: readonly number[];
  readonly tools: readonly ToolUse[];
}

/** As in a string: neither a stamp nor a checksum has a blank in it. */
const BETWEEN = " ";

export interface LoadedCache {
  readonly readings: ReadonlyMap<string, CachedReading>;
  /** Of the whole file: the same digest is the same readings. */
  readonly digest: string;
}

export async function loadCache(file: string, version: string): Promise<LoadedCache> {
  const cached = new Map<string, CachedReading>();
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    // Whatever is wrong with a cache, the answer is to read the trials.
    if (error instanceof Error && "code" in error) return { readings: cached, digest: "" };
    throw error;
  }
  const loaded = { readings: cached, digest: digestOf(text) };
  let start = text.indexOf("\n") + 1;
  if (start === 0 || text.slice(0, start - 1) !== header(version)) return loaded;
  const shared: unknown[] = [];
  while (start < text.length) {
    const found = text.indexOf("\n", start);
    const end = found === -1 ? text.length : found;
    const value = parsed(text.slice(start, end));
    // Later lines count on the earlier ones.
    if (!isRecord(value)) return loaded;
    if ("shared" in value) shared.push(value["shared"]);
    else if (typeof value["path"] === "string") cached.set(value["path"], fromLine(value as unknown as Line, shared));
    start = end + 1;
  }
  return loaded;
}

/**
 * Where nothing can be written nothing is kept: an analysis needs no cache.
 *
 * @returns the digest that loading it will give; null = it was not kept
 */
export async function saveCache(
  file: string,
  version: string,
  readings: ReadonlyMap<string, CachedReading>,
): Promise<string | null> {
  const lines = [header(version)];
  const places = new Map<string, number>();
  const share = (value: unknown): number => {
    const text = JSON.stringify(value);
    let place = places.get(text);
    if (place === undefined) {
      place = places.size;
      places.set(text, place);
      lines.push(`{"shared":${text}}`);
    }
    return place;
  };
  for (const [path, reading] of readings) lines.push(JSON.stringify(toLine(path, reading, share)));
  try {
    await mkdir(dirname(file), { recursive: true });
    const text = `${lines.join("\n")}\n`;
    await writeFileAtomic(file, text);
    return digestOf(text);
  } catch (error) {
    // Full, read-only, forbidden, in the way: all the same here. Anything else is a fault of ours.
    if (!(error instanceof Error && "code" in error)) throw error;
    return null;
  }
}

function digestOf(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}

function header(version: string): string {
  return JSON.stringify({ regatta_readings: version });
}

/**
 * @param byContent also the content of every file is compared, not only what the file system says of it. Checksums are taken
 *   for that purpose only, so a reading without any does not count as fresh then.
 */
export function isFresh(dir: string, { names, stamps, sums }: CachedReading, byContent: boolean): boolean {
  let now = "";
  for (const name of names) now += `${stampOf(statOf(`${dir}/${name}`))}${BETWEEN}`;
  if (now !== stamps || !byContent) return now === stamps;
  const files = new TrialInputs(dir, true);
  const known = sums.split(BETWEEN);
  return sums.trim() !== "" && names.every((name, at) => known[at] === "" || files.checksumOf(name) === known[at]);
}

export function asCached(inputs: readonly Input[], reading: TrialValues): CachedReading {
  const joined = (part: 1 | 2): string => inputs.map((input) => `${input[part]}${BETWEEN}`).join("");
  return { names: inputs.map(([name]) => name), stamps: joined(1), sums: joined(2), reading };
}

function toLine(
  path: string,
  { names, stamps, sums, reading }: CachedReading,
  share: (value: unknown) => number,
): Line {
  const { configuration, ...facts } = reading.facts;
  const reasons = new Map<string, number[]>();
  for (const [at, value] of reading.values.entries()) {
    if (typeof value === "number") continue;
    const places = reasons.get(value.notComputed) ?? [];
    places.push(at);
    reasons.set(value.notComputed, places);
  }
  return {
    path,
    names: share(names),
    stamps,
    // Blanks alone say that none was taken.
    sums: sums.trim() === "" ? "" : sums,
    facts,
    configuration: share(configuration),
    numbers: reading.values.map((value) => (typeof value === "number" ? value : null)),
    reasons: [...reasons].map(share),
    tools: reading.tools,
  };
}

function fromLine(line: Line, shared: readonly unknown[]): CachedReading {
  const values = line.numbers as Known[];
  for (const reason of line.reasons) {
    const [text, places] = shared[reason] as [string, number[]];
    const value = { notComputed: text };
    for (const at of places) values[at] = value;
  }
  const facts = line.facts as TrialFacts & { configuration: string | null };
  facts.configuration = shared[line.configuration] as string | null;
  return {
    names: shared[line.names] as string[],
    stamps: line.stamps,
    sums: line.sums,
    reading: { facts, values, tools: line.tools },
  };
}

/** Null where the writer was cut off, or the file is another one: the header vouches for the rest. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
