/**
 * Images of a session, as files beside the trajectory (`agent/images/<hash>.<type>`), which is how ATIF has them.
 *
 * What is no image of a known type, too large, or one too many becomes a text that says so.
 */
import { createHash } from "node:crypto";
import { lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { isErrno, writeFileAtomic } from "../../host/files.ts";
import type { ContentPart, ImageType } from "./atif.ts";
import { textPart } from "./step-draft.ts";

const FOLDER = "images";
const MOST = 1000;
const LARGEST = 20 << 20;
const TOGETHER = 200 << 20;
const TYPES: Readonly<Record<ImageType, string>> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/gif": "gif",
  "image/webp": "webp",
};

export interface ImageFiles {
  /** Null when the folder of images cannot be used or the image is not one. */
  add(mediaType: unknown, base64: unknown): ContentPart;
  /** Writes what was added since; call it between lines, so that images do not pile up in memory. */
  flush(): Promise<void>;
  readonly problems: readonly string[];
}

export function imageFiles(agentDir: string): ImageFiles {
  const folder = join(agentDir, FOLDER);
  const seen = new Set<string>();
  const problems: string[] = [];
  let pending: { readonly name: string; readonly bytes: Buffer }[] = [];
  let total = 0;
  return {
    problems,
    add(mediaType, base64) {
      const known = typeof mediaType === "string" && Object.hasOwn(TYPES, mediaType);
      if (!known || typeof base64 !== "string") return textPart("[an image of a type that is not kept]");
      const bytes = Buffer.from(base64, "base64");
      const name = `${createHash("sha256").update(bytes).digest("hex").slice(0, 24)}.${TYPES[mediaType as ImageType]}`;
      const part = {
        type: "image" as const,
        source: { media_type: mediaType as ImageType, path: `${FOLDER}/${name}` },
      };
      if (seen.has(name)) return part;
      if (bytes.length === 0 || bytes.length > LARGEST || seen.size >= MOST || total + bytes.length > TOGETHER) {
        return textPart(`[${mediaType} of ${bytes.length} bytes, not kept]`);
      }
      seen.add(name);
      total += bytes.length;
      pending.push({ name, bytes });
      return part;
    },
    async flush() {
      const batch = pending;
      pending = [];
      if (batch.length === 0 || problems.length > 0) return;
      try {
        await ownFolder(folder);
        for (const { name, bytes } of batch) await writeFileAtomic(join(folder, name), bytes);
      } catch (error) {
        problems.push(`images could not be kept in agent/${FOLDER}: ${(error as Error).message}`);
      }
    },
  };
}

/** A link that the agent put there would lead our files out of the trial. */
async function ownFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
    if (!(await lstat(path)).isDirectory()) throw new Error("there is something else of that name", { cause: error });
  }
}
