/** A lock that is a file with its owner's identity in it: who finds a dead owner's lock may take it away. */
import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isErrno } from "./files.ts";
import { asIdentity, liveness, ownIdentity } from "./process-identity.ts";

const POLL_MS = 50;

/** @returns how to give it back, or null while somebody alive has it. */
export async function tryFileLock(path: string): Promise<(() => Promise<void>) | null> {
  const own = `${path}.${randomUUID()}`;
  await writeFile(own, JSON.stringify(await ownIdentity()));
  try {
    // A link appears with its content; a file made exclusively would be empty for a moment, and look like nobody's.
    await link(own, path);
    return () => rm(path, { force: true });
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
    if (!(await isStale(path))) return null;
    await rm(path, { force: true });
    return null;
  } finally {
    await rm(own, { force: true });
  }
}

/** Waits for it, until the signal is aborted; `onWait` is called once when somebody else has it. */
export async function withFileLock<T>(
  path: string,
  onWait: () => void,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  let told = false;
  for (;;) {
    signal?.throwIfAborted();
    const unlock = await tryFileLock(path);
    if (unlock !== null) {
      try {
        return await work();
      } finally {
        await unlock();
      }
    }
    if (!told) onWait();
    told = true;
    await delay(POLL_MS);
  }
}

async function isStale(path: string): Promise<boolean> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return false;
    throw error;
  }
  const owner = asIdentity(JSON.parse(text));
  return owner === null || (await liveness(owner)) === "dead";
}
