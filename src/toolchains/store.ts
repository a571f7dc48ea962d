/**
 * The store of toolchains: `<hash>/` with `tree/`, which is mounted, and what describes it.
 *
 * An entry is made under a lock by one process, in a directory of its own, checked, made read-only, and entered by a rename:
 * one that is there is whole. Who holds an entry's lock may remove what an earlier holder left: that one is dead.
 */
import { randomUUID } from "node:crypto";
import { mkdir, rename, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { Toolchain } from "../contract/toolchain.ts";
import { UserError } from "../contract/failure.ts";
import { cacheHome } from "../host/cache-home.ts";
import { withFileLock } from "../host/file-lock.ts";
import { isErrno, syncDir } from "../host/files.ts";
import { contentsOf, digestOf, namesIn, removeSealed, sealTree } from "./contents.ts";
import { type Manifest, manifestPath, readManifest, shownName, TREE, writeManifest } from "./manifest.ts";
import type { PlannedToolchain } from "./planned.ts";
import { markUsed } from "./users.ts";

export interface BuildSettings {
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

export function storeDir(): string {
  return join(cacheHome(), "toolchains");
}

/** @returns null when it was never built, or was removed. */
export async function findToolchain(plan: PlannedToolchain, store: string): Promise<Toolchain | null> {
  const needs: Toolchain[] = [];
  for (const need of plan.needs) {
    const found = await findToolchain(need, store);
    if (found === null) return null;
    needs.push(found);
  }
  const manifest = await useEntry(join(store, plan.hash));
  return manifest === null ? null : toolchainOf(plan, manifest, needs, store);
}

/** Finds or makes it, and what it needs. @throws UserError, or the signal's reason. */
export async function buildToolchainIn(
  store: string,
  plan: PlannedToolchain,
  settings: BuildSettings,
): Promise<Toolchain> {
  const needs: Toolchain[] = [];
  for (const need of plan.needs) needs.push(await buildToolchainIn(store, need, settings));
  const { log, signal } = settings;
  signal.throwIfAborted();
  const entry = join(store, plan.hash);
  const there = await useEntry(entry);
  if (there !== null) return toolchainOf(plan, there, needs, store);
  const shown = shownName(plan);
  const waiting = (): void => log(`another process is making ${shown}: waiting for it`);
  const manifest = await withFileLock(
    lockOf(store, plan.hash),
    waiting,
    async () => {
      const quicker = await useEntry(entry);
      if (quicker !== null) return quicker;
      await removeHalfMade(store, plan.hash);
      // Without a manifest it is none, whatever it once was.
      await removeSealed(entry);
      return make(store, plan, needs, settings);
    },
    signal,
  );
  return toolchainOf(plan, manifest, needs, store);
}

async function make(
  store: string,
  plan: PlannedToolchain,
  needs: readonly Toolchain[],
  { log, signal }: BuildSettings,
): Promise<Manifest> {
  const building = join(store, "building", `${plan.hash}.${randomUUID()}`);
  const entry = join(building, "entry");
  const dir = join(entry, TREE);
  const scratch = join(building, "scratch");
  await mkdir(dir, { recursive: true });
  await mkdir(scratch);
  try {
    const tools: Toolchain[] = [];
    for (const tool of plan.tools) tools.push(await buildToolchainIn(store, tool, { log, signal }));
    log(`making ${shownName(plan)}`);
    const { mountPath } = plan;
    const { binDirs, notes = [] } = await plan.make({ dir, scratch, mountPath, needs, tools, log, signal });
    const contents = await contentsOf(dir, { signal });
    await sealTree(dir, contents);
    const manifest: Manifest = {
      name: plan.name,
      version: plan.version,
      hash: plan.hash,
      inputs: plan.inputs,
      binDirs,
      notes,
      digest: digestOf(contents),
      bytes: contents.reduce((sum, { bytes }) => sum + bytes, 0),
      files: contents.filter(({ kind }) => kind !== "directory").length,
      builtAt: new Date().toISOString(),
    };
    await writeManifest(entry, manifest, contents);
    await markUsed(entry);
    signal.throwIfAborted();
    await rename(entry, join(store, plan.hash));
    await syncDir(store);
    return manifest;
  } catch (error) {
    if (isErrno(error, "ENOSPC", "EDQUOT"))
      throw new UserError(`no space left to make ${shownName(plan)}`, [
        `it goes below ${store}`,
        "regatta cache prune --max-gb 20 makes room",
      ]);
    throw error;
  } finally {
    await removeSealed(building);
  }
}

function toolchainOf(
  plan: PlannedToolchain,
  manifest: Manifest,
  needs: readonly Toolchain[],
  store: string,
): Toolchain {
  return {
    name: plan.name,
    version: plan.version,
    hash: plan.hash,
    digest: manifest.digest,
    hostDir: join(store, plan.hash, TREE),
    mountPath: plan.mountPath,
    binDirs: manifest.binDirs.map((dir) => (dir === "" ? plan.mountPath : `${plan.mountPath}/${dir}`)),
    needs,
    notes: [...plan.notes, ...manifest.notes],
  };
}

/** Its manifest, when it is there; from then on it counts as used by this process. */
async function useEntry(entry: string): Promise<Manifest | null> {
  const manifest = await readManifest(entry);
  if (manifest === null) return null;
  try {
    if (!(await stat(join(entry, TREE))).isDirectory()) return null;
    await markUsed(entry);
    const now = new Date();
    await utimes(manifestPath(entry), now, now);
  } catch (error) {
    // Somebody removed it in this moment.
    if (isErrno(error, "ENOENT")) return null;
    // Somebody else's store, or a read-only one: it can be used all the same.
    if (isErrno(error, "EACCES", "EPERM", "EROFS")) return manifest;
    throw error;
  }
  return manifest;
}

async function removeHalfMade(store: string, hash: string): Promise<void> {
  const dir = join(store, "building");
  for (const name of await namesIn(dir)) if (name.startsWith(`${hash}.`)) await removeSealed(join(dir, name));
}

export function lockOf(store: string, hash: string): string {
  return join(store, "locks", `${hash}.lock`);
}
