/** What a project's results hold, read by nothing of ours: names of finished trials, and a hash of every file of them. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Trial name → hash over names and contents of all its files. Only of trials with a whole result.json. */
export function finishedTrials(batchDir: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const runs = join(batchDir, "runs");
  for (const job of foldersIn(runs))
    for (const trial of foldersIn(join(runs, job))) {
      const dir = join(runs, job, trial);
      if (!isScored(join(dir, "result.json"))) continue;
      found.set(trial, hashOf(dir));
    }
  return found;
}

function isScored(file: string): boolean {
  if (!existsSync(file)) return false;
  const { verifier_result } = JSON.parse(readFileSync(file, "utf8")) as { verifier_result: unknown };
  return verifier_result !== null;
}

function hashOf(dir: string): string {
  const hash = createHash("sha256");
  const visit = (path: string): void => {
    for (const name of readdirSync(path).sort()) {
      const at = join(path, name);
      hash.update(`${at.slice(dir.length)}\0`);
      if (statSync(at).isDirectory()) visit(at);
      else hash.update(readFileSync(at));
    }
  };
  visit(dir);
  return hash.digest("hex");
}

export function foldersIn(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
