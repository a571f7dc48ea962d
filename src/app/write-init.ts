/** `regatta init`: writes the first experiment's files; what exists is never overwritten unless told to. */
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UserError } from "../contract/failure.ts";
import { type InitFile, initFiles, type InitOptions } from "../experiment/template.ts";

/** @returns the paths written, relative to `dir`. */
export async function writeInit(dir: string, options: InitOptions, force: boolean): Promise<readonly string[]> {
  const files = initFiles(options);
  const present = new Map<string, string>();
  for (const file of files) {
    const text = await textOf(join(dir, file.path));
    if (text !== null) present.set(file.path, text);
  }
  const inTheWay = files.filter((file) => file.ifPresent === "refuse" && present.has(file.path));
  if (inTheWay.length > 0 && !force) {
    throw new UserError("some files are there already, and nothing was written", [
      ...inTheWay.map((file) => join(dir, file.path)),
      "choose another slug (regatta init <slug>) or folder (--dir), or overwrite them with --force",
    ]);
  }
  const written: string[] = [];
  for (const file of files) {
    const content = contentFor(file, present.get(file.path));
    if (content === present.get(file.path)) continue;
    const path = join(dir, file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    // Also of a file that was there: `writeFile` gives a mode to new ones only.
    await chmod(path, file.mode);
    written.push(file.path);
  }
  return written;
}

function contentFor(file: InitFile, present: string | undefined): string {
  if (present === undefined || file.ifPresent === "refuse") return file.content;
  const have = new Set(present.split(/\r?\n/));
  const missing = file.content.split("\n").filter((line) => line !== "" && !have.has(line));
  if (missing.length === 0) return present;
  return `${present}${present === "" || present.endsWith("\n") ? "" : "\n"}${missing.join("\n")}\n`;
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

export { INIT_SLUG } from "../experiment/template.ts";
export { nameFault as slugFault } from "../experiment/names.ts";
