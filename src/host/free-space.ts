/** How much room there is where something is, or will be made. */
import { stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { isErrno } from "./files.ts";

export interface FreeSpace {
  /** The path asked for, or the nearest of its parents that exists. */
  readonly at: string;
  /** Of the file system: two paths with the same number share their room. */
  readonly device: number;
  /** For this user: what is reserved for root does not count. */
  readonly freeBytes: number;
}

/** @param path absolute */
export async function freeSpace(path: string): Promise<FreeSpace> {
  try {
    const [{ dev }, { bavail, bsize }] = await Promise.all([stat(path), statfs(path)]);
    return { at: path, device: dev, freeBytes: bavail * bsize };
  } catch (error) {
    const parent = dirname(path);
    if (!isErrno(error, "ENOENT", "ENOTDIR") || parent === path) throw error;
    return freeSpace(parent);
  }
}
