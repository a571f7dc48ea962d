/** What is in a job directory while Harbor writes it: trials that have begun, and those that are over. */
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { isRecord } from "../base/is-record.ts";
import { isErrno, readJsonTolerant } from "../host/files.ts";

export interface SeenTrial {
  /** The directory's name. */
  readonly name: string;
  /** Name of the task's directory; null while its config is not there. */
  readonly task: string | null;
  readonly over: boolean;
}

/** @param known trials that were over before: they are not looked at again */
export async function scanJob(jobDir: string, known: ReadonlySet<string>): Promise<readonly SeenTrial[]> {
  const seen: SeenTrial[] = [];
  for (const name of await foldersIn(jobDir)) {
    if (known.has(name)) continue;
    const dir = join(jobDir, name);
    const result = await readJsonTolerant(join(dir, "result.json"));
    const over = result.state === "ok" && isRecord(result.value) && typeof result.value["finished_at"] === "string";
    seen.push({ name, task: await taskOf(dir), over });
  }
  return seen;
}

/** From the trial's own config, since a directory's name is cut. */
async function taskOf(trialDir: string): Promise<string | null> {
  const read = await readJsonTolerant(join(trialDir, "config.json"));
  const task = read.state === "ok" && isRecord(read.value) ? read.value["task"] : null;
  if (!isRecord(task)) return null;
  const { path, name } = task;
  if (typeof path === "string" && path !== "") return basename(path);
  return typeof name === "string" ? name : null;
}

async function foldersIn(dir: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(dir, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}
