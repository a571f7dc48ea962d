/**
 * Builds `dist` before the first test, for tests that start the real command.
 *
 * A source that cannot be built fails those tests and no others: `dist` is then removed, so that none of them runs an old build.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { BuildError, ensureBuilt, projectRoot } from "../scripts/set-up.mjs";

export default async function buildOnce(): Promise<void> {
  try {
    await ensureBuilt();
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    rmSync(join(projectRoot, "dist"), { recursive: true, force: true });
    console.error(`${error.message}\nTests that start dist/cli.mjs will fail.`);
  }
}
