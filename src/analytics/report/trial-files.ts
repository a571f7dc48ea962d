/** What stands in a trial's directory for a reader to open. Only files that are there, so that no link leads nowhere. */
import { type Dirent, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "../../host/files.ts";
import { RESULT } from "../../records/trial-directory.ts";

export interface TrialFile {
  readonly label: string;
  /** Relative to the trial's directory. */
  readonly path: string;
}

/** More than this of one folder is a flood: the folder itself is linked. */
const MOST_LOGS = 3;

/** @param evidence of why it was not scored: paths that the trial names, of which only those inside it count */
export function trialFiles(dir: string, evidence: readonly string[]): readonly TrialFile[] {
  const top = namesIn(dir);
  const agent = top.has("agent") ? namesIn(join(dir, "agent")) : NONE;
  const found: TrialFile[] = [];
  const add = (names: Names, label: string, path: string): void => {
    if (names.has(path.slice(path.lastIndexOf("/") + 1))) found.push({ label, path });
  };
  add(top, "result", RESULT);
  add(agent, "trajectory", "agent/trajectory.json");
  add(top, "log", "trial.log");
  const logs = [...agent].filter(([name, isFile]) => isFile && /\.(?:txt|log)$/.test(name)).map(([name]) => name);
  if (logs.length > MOST_LOGS) found.push({ label: "agent logs", path: "agent" });
  else for (const name of logs) found.push({ label: logs.length === 1 ? "agent log" : name, path: `agent/${name}` });
  const tests = "verifier/test-stdout.txt";
  // To ask for one file is cheaper than to list a folder, and there are ten thousand of them.
  if (top.has("verifier") && existsSync(join(dir, tests))) found.push({ label: "tests", path: tests });
  add(top, "exception", "exception.txt");
  for (const path of evidence) {
    const known = found.some((file) => file.path === path);
    if (!known && isInside(path) && existsSync(join(dir, path))) found.push({ label: path, path });
  }
  return found;
}

function isInside(path: string): boolean {
  return path !== "" && !path.startsWith("/") && !path.split("/").includes("..");
}

/** Name → is a file. */
type Names = ReadonlyMap<string, boolean>;
const NONE: Names = new Map();

/** In order of names: directories are listed differently by different file systems. */
function namesIn(dir: string): Names {
  let entries: Dirent[];
  try {
    entries = readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES", "ELOOP")) return NONE;
    throw error;
  }
  return new Map(
    entries.map((entry) => [entry.name, entry.isFile()] as const).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  );
}
