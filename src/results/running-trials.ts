/** Which trials a live run has right now, and what models took so far, folded from its journal: a cut last line is normal, other lines are events. */
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

/** What models took that were called through the gateway, by the latest word of the journal; all launches of the batch together. */
interface SpentSoFar {
  /** Null = some of it has no known price. */
  readonly costUsd: number | null;
  readonly tokens: number;
}

export interface JournalState {
  readonly running: readonly RunningTrial[];
  /** Null = no model was called through the gateway. */
  readonly spent: SpentSoFar | null;
}

export async function readJournalState(batchDir: string): Promise<JournalState> {
  const running = new Map<string, RunningTrial>();
  let spent: SpentSoFar | null = null;
  const lines = createInterface({ input: createReadStream(journalFile(batchDir), "utf8"), crlfDelay: Infinity });
  try {
    for await (const line of lines) {
      const read = parseJsonTolerant(line);
      if (read.state !== "ok" || !isRecord(read.value)) continue;
      fold(running, read.value);
      spent = spentIn(read.value) ?? spent;
    }
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
  return { running: [...running.values()], spent };
}

function spentIn(event: Record<string, unknown>): SpentSoFar | null {
  if (event["type"] !== "models-spent" || typeof event["tokens"] !== "number") return null;
  const cost = event["costUsd"];
  return { costUsd: typeof cost === "number" ? cost : null, tokens: event["tokens"] };
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
