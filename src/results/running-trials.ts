/** Which trials a live run has right now, folded from its journal: a cut last line is normal, other lines are events. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { isRecord } from "../base/is-record.ts";
import type { Phase } from "../contract/failure.ts";
import { cellKey, type TrialId } from "../contract/plan.ts";
import { isErrno, parseJsonTolerant } from "../host/files.ts";
import { journalFile } from "./layout.ts";

export interface RunningTrial {
  readonly trial: TrialId;
  readonly try: number;
  /** null = between phases */
  readonly phase: Phase | null;
  /** When this try started; ISO, UTC. */
  readonly since: string;
}

export async function readRunningTrials(batchDir: string): Promise<readonly RunningTrial[]> {
  const running = new Map<string, RunningTrial>();
  const lines = createInterface({ input: createReadStream(journalFile(batchDir), "utf8"), crlfDelay: Infinity });
  try {
    for await (const line of lines) {
      const read = parseJsonTolerant(line);
      if (read.state === "ok" && isRecord(read.value)) fold(running, read.value);
    }
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
  return [...running.values()];
}

function fold(running: Map<string, RunningTrial>, event: Record<string, unknown>): void {
  // An earlier launch's trials died with it.
  if (event["type"] === "batch-started") running.clear();
  const trial = trialOf(event["trial"]);
  if (trial === null) return;
  const key = cellKey(trial);
  const known = running.get(key);
  switch (event["type"]) {
    case "trial-started":
      running.set(key, { trial, try: Number(event["try"]), phase: null, since: String(event["at"]) });
      break;
    case "phase-started":
      if (known !== undefined) running.set(key, { ...known, phase: event["phase"] as Phase });
      break;
    case "trial-ended":
    case "trial-retrying":
      running.delete(key);
      break;
  }
}

function trialOf(value: unknown): TrialId | null {
  if (!isRecord(value)) return null;
  const { task, profile, attempt } = value;
  if (typeof task !== "string" || typeof profile !== "string" || typeof attempt !== "number") return null;
  return { task, profile, attempt };
}
