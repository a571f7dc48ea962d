import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The folder of the installed package: the nearest one upwards with a package.json, since the built program and the
 * source lie at different depths.
 */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    if (readPackage(folder) !== null) return folder;
    const parent = dirname(folder);
    if (parent === folder) throw new Error("the package.json of regatta was not found above its own program");
    folder = parent;
  }
}

export function packageVersion(): string {
  const { version } = JSON.parse(readPackage(packageRoot()) ?? "{}") as { version?: string };
  return version ?? "unknown";
}

function readPackage(folder: string): string | null {
  try {
    return readFileSync(join(folder, "package.json"), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
