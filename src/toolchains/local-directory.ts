/** A directory of the user's, mounted as it was when it was planned. */
import { basename, resolve } from "node:path";
import { copyFiles, gitNotes, wholeDirectory } from "./local-files.ts";
import { planned, type PlannedToolchain } from "./planned.ts";

export async function planLocalDirectory({
  dir,
  name,
}: {
  readonly dir: string;
  readonly name?: string;
}): Promise<PlannedToolchain> {
  const from = resolve(dir);
  const files = await wholeDirectory(from);
  return planned({
    name: name ?? basename(from),
    version: null,
    inputs: { kind: "path", digest: files.digest },
    notes: await gitNotes(from),
    async make(settings) {
      await copyFiles(from, files, settings.dir);
      const hasBin = files.items.some(({ path, kind }) => path === "bin" && kind === "directory");
      return { binDirs: hasBin ? ["bin"] : [] };
    },
  });
}
