/** What a trial's record says of its treatment, checked: it is a file like any other. Unknown is null. */
import { isRecord } from "../base/is-record.ts";
import type { TreatmentSeen } from "../contract/treatment.ts";

type Seen = TreatmentSeen["seen"];

/** Null when it is none, or of another shape. */
export function asTreatmentSeen(value: unknown): TreatmentSeen | null {
  if (!isRecord(value) || !isRecord(value["asked"]) || !isRecord(value["seen"])) return null;
  const { asked, seen, missing } = value;
  return {
    schema_version: 1,
    asked: {
      version: textOr(asked["version"]),
      model: textOr(asked["model"]),
      reasoning: textOr(asked["reasoning"]),
      servers: texts(asked["servers"]),
      hooks: texts(asked["hooks"]),
    },
    seen: {
      version: textOr(seen["version"]),
      models: texts(seen["models"]),
      effective_reasoning: textOr(seen["effective_reasoning"]),
      servers: records(seen["servers"]).flatMap(serverOf),
      hooks: records(seen["hooks"]).flatMap(hookOf),
    },
    missing: texts(missing),
  };
}

function serverOf(value: Readonly<Record<string, unknown>>): Seen["servers"] {
  const { name, status, tools, calls, errors } = value;
  if (typeof name !== "string" || !isCount(calls) || !isCount(errors)) return [];
  return [{ name, status: textOr(status), tools: isCount(tools) ? tools : null, calls, errors }];
}

function hookOf(value: Readonly<Record<string, unknown>>): Seen["hooks"] {
  const { event, runs, failures, seconds } = value;
  if (typeof event !== "string" || !isCount(runs) || !isCount(failures)) return [];
  return [{ event, runs, failures, seconds: isCount(seconds) ? seconds : null }];
}

/** Or seconds: finite, and not negative. */
function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function textOr(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

function records(value: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
