/**
 * Images that a trajectory names. An agent wrote both names and files: they are taken only from inside the trial, never through
 * a link, and only when their first bytes say what they are.
 */
import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import type { ImageRef } from "./condense.ts";

export interface LoadedImage {
  readonly mediaType: string;
  readonly base64: string;
  readonly step: number;
}

export interface Images {
  readonly loaded: readonly LoadedImage[];
  /** Sentences: what was left out, and why. */
  readonly leftOut: readonly string[];
}

const MOST = 8;
/** What every provider takes of one image. */
const MOST_BYTES = 3_750_000;
/** Of all images of one question, which grow by a third on their way. */
const ALL_BYTES = 15_000_000;

export async function readImages(trialDir: string, refs: readonly ImageRef[]): Promise<Images> {
  const loaded: LoadedImage[] = [];
  const leftOut: string[] = [];
  const seen = new Set<string>();
  let left = ALL_BYTES;
  for (const ref of refs) {
    if (seen.has(ref.path)) continue;
    seen.add(ref.path);
    if (loaded.length >= MOST) {
      leftOut.push(`image of step ${ref.step}: only the first ${MOST} are looked at`);
      continue;
    }
    const image = await readImage(trialDir, ref, Math.min(MOST_BYTES, left));
    if (typeof image === "string") leftOut.push(`image of step ${ref.step}: ${image}`);
    else {
      left -= image.base64.length * 0.75;
      loaded.push(image);
    }
  }
  return { loaded, leftOut };
}

async function readImage(trialDir: string, { path, step }: ImageRef, room: number): Promise<LoadedImage | string> {
  if (/^[a-z][a-z0-9+.-]*:/i.test(path)) return "it is no file of the trial";
  let handle;
  try {
    const root = await realpath(trialDir);
    const real = await realpath(join(trialDir, "agent", path));
    if (!real.startsWith(`${root}${sep}`)) return "it is outside of the trial";
    handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return code === "ENOENT" || code === "ENOTDIR" ? "there is no such file" : `it cannot be read (${code})`;
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) return "it is not a regular file";
    if (stat.size > room) return `it is too large (${stat.size} bytes)`;
    const bytes = await handle.readFile();
    const mediaType = typeOf(bytes);
    return mediaType === null
      ? "it is no PNG, JPEG, GIF or WebP"
      : { mediaType, base64: bytes.toString("base64"), step };
  } finally {
    await handle.close();
  }
}

function typeOf(bytes: Buffer): string | null {
  const start = bytes.subarray(0, 12).toString("latin1");
  if (start.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (start.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (start.startsWith("GIF87a") || start.startsWith("GIF89a")) return "image/gif";
  return start.startsWith("RIFF") && start.slice(8) === "WEBP" ? "image/webp" : null;
}
