/**
 * `agent/trajectory.json` as an agent left it: checked far enough to be used, never trusted.
 *
 * Format: ATIF, versions 1.0 to 1.7. A file that is not one is kept under another name, so that no reader takes it for one.
 */
import { rename } from "node:fs/promises";
import { join } from "node:path";
import type { Usage } from "../contract/trial-record.ts";
import { readUntrustedJson } from "../host/untrusted-json.ts";

const MAX_BYTES = 256 << 20;
const VERSION = /^ATIF-v1\.[0-7]$/;

export interface TrajectoryReading {
  readonly usage: Usage | null;
  readonly agentVersion: string | null;
  readonly remarks: readonly string[];
}

export async function readTrajectory(agentDir: string): Promise<TrajectoryReading> {
  const path = join(agentDir, "trajectory.json");
  const file = await readUntrustedJson(path, MAX_BYTES);
  if (file.kind === "missing") return { usage: null, agentVersion: null, remarks: [] };
  const why = file.kind === "bad" ? file.why : whyNotAtif(file.value);
  if (why !== null) {
    const aside = "trajectory.invalid.json";
    await rename(path, join(agentDir, aside));
    return {
      usage: null,
      agentVersion: null,
      remarks: [`agent/trajectory.json ${why}; kept as agent/${aside}`],
    };
  }
  const value = (file as { value: Atif }).value;
  const totals = value.final_metrics ?? {};
  const usage: Usage = {
    inputTokens: amount(totals.total_prompt_tokens),
    cachedTokens: amount(totals.total_cached_tokens),
    outputTokens: amount(totals.total_completion_tokens),
    costUsd: amount(totals.total_cost_usd),
  };
  return {
    usage: Object.values(usage).some((part) => part !== null) ? usage : null,
    agentVersion: typeof value.agent.version === "string" ? value.agent.version.slice(0, 200) : null,
    remarks: [],
  };
}

interface Atif {
  readonly agent: { readonly version?: unknown };
  readonly final_metrics?: Readonly<Record<string, unknown>> | null;
}

function amount(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
}

/** The rules that a reader depends on: version, agent, at least one step, step ids counted from 1. */
function whyNotAtif(value: unknown): string | null {
  if (!isObject(value)) return "is not an object";
  const version = value["schema_version"] ?? "ATIF-v1.7";
  if (typeof version !== "string" || !VERSION.test(version)) return "has no known ATIF schema_version";
  const agent = value["agent"];
  if (!isObject(agent) || typeof agent["name"] !== "string") return "has no agent name";
  const steps = value["steps"];
  if (!Array.isArray(steps) || steps.length === 0) return "has no steps";
  for (const [index, step] of steps.entries()) {
    if (!isObject(step) || step["step_id"] !== index + 1) return `has no step_id ${index + 1} at its place`;
    if (!["system", "user", "agent"].includes(step["source"] as string))
      return `has a step ${index + 1} of no known source`;
  }
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
