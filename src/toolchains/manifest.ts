/** What is written beside a toolchain's files: what it was made from, and what it came to. */
import { join } from "node:path";
import { isRecord } from "../base/is-record.ts";
import { readJsonTolerant, writeJsonAtomic } from "../host/files.ts";
import { asContents, type ContentItem } from "./contents.ts";

export interface Manifest {
  readonly name: string;
  readonly version: string | null;
  readonly hash: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Relative to its root; "" is the root itself. */
  readonly binDirs: readonly string[];
  readonly notes: readonly string[];
  readonly digest: string;
  readonly bytes: number;
  readonly files: number;
  /** ISO 8601. */
  readonly builtAt: string;
}

const MANIFEST = "manifest.json";
const CONTENTS = "contents.json";

/** Below an entry: the directory that is mounted. */
export const TREE = "tree";

export function manifestPath(entryDir: string): string {
  return join(entryDir, MANIFEST);
}

export async function writeManifest(
  entryDir: string,
  manifest: Manifest,
  contents: readonly ContentItem[],
): Promise<void> {
  await writeJsonAtomic(join(entryDir, CONTENTS), contents);
  const { builtAt, binDirs, ...rest } = manifest;
  await writeJsonAtomic(manifestPath(entryDir), { schema_version: 1, ...rest, bin_dirs: binDirs, built_at: builtAt });
}

/** Null for an entry that is missing or is none. */
export async function readManifest(entryDir: string): Promise<Manifest | null> {
  const read = await readJsonTolerant(manifestPath(entryDir));
  if (read.state !== "ok" || !isRecord(read.value) || read.value["schema_version"] !== 1) return null;
  const { name, version, hash, inputs, bin_dirs, notes, digest, bytes, files, built_at } = read.value;
  if (typeof name !== "string" || typeof hash !== "string" || typeof digest !== "string" || !isRecord(inputs))
    return null;
  if (typeof bytes !== "number" || typeof files !== "number" || typeof built_at !== "string") return null;
  return {
    name,
    version: typeof version === "string" ? version : null,
    hash,
    inputs,
    binDirs: texts(bin_dirs),
    notes: texts(notes),
    digest,
    bytes,
    files,
    builtAt: built_at,
  };
}

export async function readContents(entryDir: string): Promise<readonly ContentItem[] | null> {
  const read = await readJsonTolerant(join(entryDir, CONTENTS));
  return read.state === "ok" ? asContents(read.value) : null;
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}

export function shownName({ name, version, hash }: Pick<Manifest, "name" | "version" | "hash">): string {
  return version === null ? `${name} ${hash.slice(0, 12)}` : `${name} ${version}`;
}
