/**
 * Harbor's identity of an `environment/` folder, used in image names: equal content, equal image.
 *
 * sha256 over, per regular file sorted by path, the length of its path and the path, the length of its content and the
 * content (lengths as 32-bit big-endian); links and anything under `.git`, `__pycache__` or `.DS_Store` do not count.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { UserError } from "../contract/failure.ts";
import { byCodePoint, filesUnder } from "./content-files.ts";

const NOT_CONTENT = new Set([".git", "__pycache__", ".DS_Store"]);
const HEX_DIGITS = 32;

/** @returns 32 hex digits; for a folder without files, those of `dockerImage` or else of the folder's name. */
export async function environmentId(dir: string, dockerImage: string | null = null): Promise<string> {
  const digest = createHash("sha256");
  const files = (await filesUnder(dir, "")).filter(
    ({ path, link }) => !link && !path.split("/").some((part) => NOT_CONTENT.has(part)),
  );
  if (files.length === 0) digest.update(dockerImage || basename(dir));
  for (const path of files.map((file) => file.path).toSorted(byCodePoint)) {
    const whole = join(dir, path);
    const { size } = await stat(whole);
    if (size > 0xffff_ffff)
      throw new UserError(`${whole} is larger than 4 GiB, too large for an image's build context`);
    digest
      .update(bigEndian(Buffer.byteLength(path)))
      .update(path)
      .update(bigEndian(size));
    for await (const chunk of createReadStream(whole, { highWaterMark: 1 << 20 })) digest.update(chunk as Buffer);
  }
  return digest.digest("hex").slice(0, HEX_DIGITS);
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
