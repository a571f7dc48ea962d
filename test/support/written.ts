import { readFileSync, watch } from "node:fs";
import { join } from "node:path";

/** Resolves when the file in the folder has the text in it. */
export function written(dir: string, name: string, part: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(dir);
    const look = (): void => {
      if (!readFileSync(join(dir, name), "utf8").includes(part)) return;
      watcher.close();
      resolve();
    };
    watcher.on("change", look);
    look();
  });
}
