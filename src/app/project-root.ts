import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** The project a folder belongs to: the nearest one upwards that holds `experiments/`, else the folder itself. */
export function projectRootOf(cwd: string): string {
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (basename(folder) !== "experiments" && existsSync(join(folder, "experiments"))) return folder;
    if (dirname(folder) === folder) return cwd;
  }
}
