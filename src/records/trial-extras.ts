/** `.regatta/trial.json` of a trial or try: the whole record, under which launch and definition it ran. */
import { createHash } from "node:crypto";
import { isRecord } from "../base/is-record.ts";
import { stableJson } from "../base/stable-json.ts";
import { cellDefinition } from "../contract/cell-definition.ts";
import type { TrialId } from "../contract/plan.ts";
import type { PlanLock } from "../contract/plan-lock.ts";
import type { TrialRecord } from "../contract/trial-record.ts";

export interface TrialExtras {
  readonly schema_version: 1;
  /** The launch whose lock defines this trial. */
  readonly launch: number;
  /** `sha256:<hex>` of the task's entry, the profile's entry and `run.cell`. */
  readonly definition_digest: string;
  readonly record: TrialRecord;
}

export function definitionDigest(lock: PlanLock, id: Pick<TrialId, "task" | "profile">): string {
  return `sha256:${createHash("sha256")
    .update(stableJson(cellDefinition(lock, id)))
    .digest("hex")}`;
}

const OUTCOMES = new Set(["scored", "not-scored", "cancelled", "not-started"]);

/** Checks what every reader relies on; null when it is not such a file. */
export function asTrialExtras(value: unknown): TrialExtras | null {
  if (!isRecord(value) || !isRecord(value["record"])) return null;
  const { record } = value;
  const { id, outcome, agent, phases } = record;
  if (!isRecord(id) || !isRecord(outcome) || !isRecord(agent) || !isRecord(phases)) return null;
  if (typeof id["task"] !== "string" || typeof id["profile"] !== "string" || typeof id["attempt"] !== "number")
    return null;
  if (typeof record["trialName"] !== "string" || typeof record["try"] !== "number") return null;
  if (typeof record["startedAt"] !== "string" || typeof record["finishedAt"] !== "string") return null;
  if (!Array.isArray(record["earlierTries"]) || !Array.isArray(record["remarks"])) return null;
  if (typeof outcome["kind"] !== "string" || !OUTCOMES.has(outcome["kind"])) return null;
  const decided = outcome["kind"] === "scored" ? isScored(outcome) : isFailure(outcome["failure"]);
  if (!decided) return null;
  return {
    schema_version: 1,
    launch: typeof value["launch"] === "number" ? value["launch"] : 0,
    definition_digest: typeof value["definition_digest"] === "string" ? value["definition_digest"] : "",
    record: record as unknown as TrialRecord,
  };
}

function isScored(outcome: Record<string, unknown>): boolean {
  const { rewards, endedBy } = outcome;
  return isRecord(rewards) && Object.values(rewards).every(Number.isFinite) && isRecord(endedBy);
}

function isFailure(value: unknown): boolean {
  return isRecord(value) && typeof value["code"] === "string" && typeof value["message"] === "string";
}
