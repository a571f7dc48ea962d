/**
 * Layers by content: what a part of a Dockerfile changed, kept as directories that later overlays take as lower ones.
 *
 * `layers/<id>.json` names the directory, and is written last: a layer is whole or not there. A rebuild makes another directory,
 * because sandboxes that run may stand on the old one. Whoever builds holds `<id>.lock`; all others, of this process or another,
 * wait for the result.
 */
import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isRecord } from "../../base/is-record.ts";
import { tryFileLock } from "../../host/file-lock.ts";
import { readJsonTolerant, writeJsonAtomic } from "../../host/files.ts";
import type { Layer } from "./namespace-host.ts";

export interface LayerRequest {
  /** Absolute; the same for all who share. */
  readonly dir: string;
  /** Of the content. */
  readonly id: string;
  /** Builds anew, once per process. */
  readonly anew: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Fills the empty directory. @returns the keys of the trees it holds. Aborted when nobody waits any more. */
  readonly build: (into: string, signal: AbortSignal) => Promise<readonly string[]>;
}

interface Running {
  readonly result: Promise<Layer>;
  readonly controller: AbortController;
  waiting: number;
}

const running = new Map<string, Running>();
const builtAnew = new Set<string>();
const POLL_MS = 50;

export async function layerOnce(request: LayerRequest): Promise<Layer> {
  const key = join(request.dir, request.id);
  let work = running.get(key);
  if (work === undefined) {
    const controller = new AbortController();
    const result = find(request, controller.signal).finally(() => running.delete(key));
    // Each waiter has its own view of the result; this one keeps a failure after the last left from being unhandled.
    result.catch(() => undefined);
    work = { result, controller, waiting: 0 };
    running.set(key, work);
  }
  return wait(work, request.signal);
}

async function wait(work: Running, signal: AbortSignal | undefined): Promise<Layer> {
  work.waiting += 1;
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
    if (signal?.aborted === true) stop();
    signal?.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work.result, aborted]);
  } finally {
    signal?.removeEventListener("abort", stop);
    work.waiting -= 1;
    if (work.waiting === 0) work.controller.abort();
    // What is aborted cleans up before the caller goes on: it may remove the directories next.
    if (work.waiting === 0) await work.result.catch(() => undefined);
  }
}

async function find(request: LayerRequest, signal: AbortSignal): Promise<Layer> {
  const { dir, id } = request;
  const pointer = join(dir, `${id}.json`);
  const anew = request.anew && !builtAnew.has(join(dir, id));
  await mkdir(dir, { recursive: true, mode: 0o755 });
  for (;;) {
    signal.throwIfAborted();
    const kept = anew ? null : await readPointer(pointer);
    if (kept !== null) return kept;
    const unlock = await tryFileLock(join(dir, `${id}.lock`));
    if (unlock === null) {
      await delay(POLL_MS);
      continue;
    }
    try {
      // Built by another between the look and the lock.
      const other = anew ? null : await readPointer(pointer);
      if (other !== null) return other;
      const layer = await make(request, signal);
      await writeJsonAtomic(pointer, layer);
      if (request.anew) builtAnew.add(join(dir, id));
      return layer;
    } finally {
      await unlock();
    }
  }
}

async function make({ dir, build }: LayerRequest, signal: AbortSignal): Promise<Layer> {
  const name = randomUUID().slice(0, 12).replace("-", "");
  const into = join(dir, name);
  await mkdir(into, { mode: 0o755 });
  try {
    return { id: name, trees: await build(into, signal) };
  } catch (error) {
    await rm(into, { recursive: true, force: true });
    throw error;
  }
}

async function readPointer(path: string): Promise<Layer | null> {
  const read = await readJsonTolerant(path);
  if (read.state !== "ok" || !isRecord(read.value)) return null;
  const { id, trees } = read.value;
  if (typeof id !== "string" || !Array.isArray(trees)) return null;
  return { id, trees: trees.filter((tree): tree is string => typeof tree === "string") };
}
