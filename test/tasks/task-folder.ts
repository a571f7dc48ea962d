/** Task directories on a real disk, for the tests of this folder. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** A new empty folder, removed after the test. */
export async function scratchFolder(): Promise<string> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), "regatta-tasks-")));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Files by relative path; a path that ends in "/" is an empty directory. */
export async function writeFiles(dir: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    const whole = join(dir, path);
    if (path.endsWith("/")) await mkdir(whole, { recursive: true });
    else {
      await mkdir(dirname(whole), { recursive: true });
      await writeFile(whole, content);
    }
  }
  return dir;
}

/** The least that is a task. */
export const SMALLEST = {
  "task.toml": "",
  "instruction.md": "Do it.\n",
  "environment/Dockerfile": "FROM scratch\n",
  "tests/test.sh": "echo 1 > /logs/verifier/reward.txt\n",
};
