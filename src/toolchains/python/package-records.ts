/**
 * What an installer notes down beside a package, without what differs from one build of the same to the next: so that equal
 * inputs come to an equal digest. https://packaging.python.org/en/latest/specifications/recording-installed-packages/
 */
import { createHash } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** When uv looked at a project's files. */
const MOMENT = "uv_cache.json";
/** Where it was installed from. */
const ORIGIN = "direct_url.json";

/** @param placed a text with the places of the build replaced by the final ones */
export async function settleRecords(sitePackages: string, placed: (text: string) => string): Promise<void> {
  for (const name of await readdir(sitePackages)) {
    if (!name.endsWith(".dist-info")) continue;
    const dir = join(sitePackages, name);
    const files = await readdir(dir);
    if (!files.includes(ORIGIN) || !files.includes("RECORD")) continue;
    const origin = placed(await readFile(join(dir, ORIGIN), "utf8"));
    await writeFile(join(dir, ORIGIN), origin);
    await rm(join(dir, MOMENT), { force: true });
    const hash = createHash("sha256").update(origin).digest("base64url");
    const lines = (await readFile(join(dir, "RECORD"), "utf8")).split("\n").flatMap((line) => {
      if (line.startsWith(`${name}/${MOMENT},`)) return [];
      return line.startsWith(`${name}/${ORIGIN},`)
        ? [`${name}/${ORIGIN},sha256=${hash},${Buffer.byteLength(origin)}`]
        : [line];
    });
    await writeFile(join(dir, "RECORD"), lines.join("\n"));
  }
}
