/** Harbor's TrialResult of one record: every field, nulls included, in Harbor's order. */
import { pathToFileURL } from "node:url";
import type { Phase } from "../../contract/failure.ts";
import type { Task } from "../../contract/task.ts";
import type { TrialRecord } from "../../contract/trial-record.ts";
import { exceptionInfo } from "./exception.ts";
import { float } from "./json.ts";
import { utcMicroseconds } from "./times.ts";

type Json = Readonly<Record<string, unknown>>;

/** @param trialDir absolute, the final one. */
export function trialResult(
  record: TrialRecord,
  task: Pick<Task, "name" | "dir" | "source" | "digest">,
  config: Json,
  trialDir: string,
): Json {
  return {
    id: record.uuid,
    task_name: task.name,
    trial_name: record.trialName,
    trial_uri: pathToFileURL(trialDir).href,
    task_id: { path: task.dir },
    source: task.source,
    task_checksum: task.digest.replace(/^sha256:/, ""),
    config,
    agent_info: agentInfo(record),
    agent_result: agentResult(record),
    verifier_result: verifierResult(record),
    verifier_environment_mode: "shared",
    exception_info: exceptionInfo(record),
    started_at: utcMicroseconds(record.startedAt),
    finished_at: utcMicroseconds(record.finishedAt),
    environment_setup: timing(record, "environment-start"),
    agent_setup: timing(record, "agent-setup"),
    agent_execution: timing(record, "agent-run"),
    verifier: timing(record, "verification"),
    step_results: null,
  };
}

function agentInfo({ agent }: TrialRecord): Json {
  return { name: agent.name, version: agent.version, model_info: agent.model };
}

/** Null until the agent was started, as in Harbor. */
function agentResult({ usage, phases }: TrialRecord): Json | null {
  if (usage === null && phases["agent-run"] === undefined) return null;
  return {
    n_input_tokens: usage?.inputTokens ?? null,
    n_cache_tokens: usage?.cachedTokens ?? null,
    n_output_tokens: usage?.outputTokens ?? null,
    cost_usd: usage === null || usage.costUsd === null ? null : float(usage.costUsd),
    rollout_details: null,
    metadata: null,
  };
}

function verifierResult({ outcome }: TrialRecord): Json | null {
  if (outcome.kind !== "scored") return null;
  const rewards = Object.entries(outcome.rewards).map(([key, value]) => [key, float(value)] as const);
  return { rewards: Object.fromEntries(rewards) };
}

function timing({ phases }: TrialRecord, phase: Phase): Json | null {
  const span = phases[phase];
  if (span === undefined) return null;
  return {
    started_at: utcMicroseconds(span.startedAt),
    finished_at: span.finishedAt === null ? null : utcMicroseconds(span.finishedAt),
  };
}
