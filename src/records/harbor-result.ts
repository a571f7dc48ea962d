/**
 * A TrialResult of Harbor's (or ours) without our extras → a record, as far as the file tells.
 *
 * A reward beside an exception stays a verdict, as in Harbor. Reads what both of its layouts have; unknown stays null.
 */
import { isRecord } from "../base/is-record.ts";
import { type Blame, failure, type Phase } from "../contract/failure.ts";
import type { EndedBy, Outcome } from "../contract/outcome.ts";
import type { TrialId } from "../contract/plan.ts";
import { DEFAULT_RULE } from "../contract/reward-rule.ts";
import type { AgentInfo, Span, TrialRecord, Usage } from "../contract/trial-record.ts";
import { AGENT_EXIT, AGENT_TIMEOUT, CANCELLED } from "./exception-names.ts";

export interface HarborTrial {
  readonly taskName: string;
  readonly trialName: string;
  readonly startedAt: string;
  /** The record once it is known which cell this is. */
  toRecord(id: TrialId): TrialRecord;
}

/** @returns what is wrong, in words, when it is no finished TrialResult. */
export function readHarborResult(value: unknown): HarborTrial | { readonly problem: string } {
  if (!isRecord(value)) return { problem: "it is not an object" };
  const { id, task_name, trial_name } = value;
  if (typeof task_name !== "string" || typeof trial_name !== "string") {
    return { problem: "task_name or trial_name is missing" };
  }
  const startedAt = text(value["started_at"]) ?? "";
  return {
    taskName: task_name,
    trialName: trial_name,
    startedAt,
    toRecord: (cell) => ({
      id: cell,
      uuid: typeof id === "string" ? id : "",
      trialName: trial_name,
      try: 1,
      outcome: outcomeOf(value),
      agent: agentOf(value["agent_info"]),
      agentExitCode: exitCode(value),
      usage: usageOf(value["agent_result"]) ?? usageOfSteps(value["step_results"]),
      startedAt,
      finishedAt: text(value["finished_at"]) ?? startedAt,
      phases: phasesOf(value),
      remarks: ["read from Harbor's result.json alone"],
      earlierTries: [],
    }),
  };
}

function outcomeOf(result: Record<string, unknown>): Outcome {
  const exception = isRecord(result["exception_info"]) ? result["exception_info"] : null;
  const rewards = rewardsOf(result["verifier_result"]);
  if (rewards !== null) return { kind: "scored", rewards, endedBy: endedBy(exception) };
  const type = text(exception?.["exception_type"]) ?? "";
  const message = text(exception?.["exception_message"]) ?? "";
  if (type === CANCELLED) return { kind: "cancelled", failure: caused("cancelled", "user", message) };
  const verifier = /^(Verifier|RewardFile)/.test(type) || exception === null;
  return {
    kind: "not-scored",
    reason: verifier ? "verifier-failed" : "infrastructure",
    failure: caused(codeOf(type), blameFor(type, verifier), message),
  };
}

function caused(code: string, blame: Blame, message: string): ReturnType<typeof failure> {
  return failure({ code, blame, phase: null, message: message === "" ? code : message });
}

/** An agent that failed and was not verified for it is not the machine's fault, though there is no verdict either. */
function blameFor(type: string, verifier: boolean): Blame {
  if (type === AGENT_TIMEOUT || type === AGENT_EXIT) return "agent";
  return verifier ? "task" : "infrastructure";
}

/** `RewardFileNotFoundError` → `reward-file-not-found`. */
function codeOf(type: string): string {
  if (type === "") return "no-verdict";
  return type
    .replace(/(Error|Exception)$/, "")
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, "-")
    .toLowerCase();
}

/**
 * A reward that is not a finite number is no verdict. Beside a finite one of the usual key it does not matter; without that
 * key the others are all or nothing, or a single one left over would be taken for the reward.
 */
function rewardsOf(verifier: unknown): Record<string, number> | null {
  if (!isRecord(verifier) || !isRecord(verifier["rewards"])) return null;
  const { rewards } = verifier;
  const entries = Object.entries(rewards);
  const finite = entries.filter((entry): entry is [string, number] => Number.isFinite(entry[1]));
  const enough = finite.length === entries.length || Number.isFinite(rewards[DEFAULT_RULE.key]);
  return enough && finite.length > 0 ? Object.fromEntries(finite) : null;
}

function endedBy(exception: Record<string, unknown> | null): EndedBy {
  const type = exception?.["exception_type"];
  if (type === AGENT_TIMEOUT) return { kind: "agent-timeout" };
  if (type === AGENT_EXIT) return { kind: "agent-exit", code: codeInMessage(exception) ?? UNKNOWN_EXIT };
  return { kind: "done" };
}

/** No process exits with it: known to be non-zero, and no more than that. */
const UNKNOWN_EXIT = -1;

function exitCode(result: Record<string, unknown>): number | null {
  const exception = result["exception_info"];
  return isRecord(exception) && exception["exception_type"] === AGENT_EXIT ? codeInMessage(exception) : null;
}

function codeInMessage(exception: Record<string, unknown> | null): number | null {
  const match = /\bcode:?\s+(-?\d+)/i.exec(text(exception?.["exception_message"]) ?? "");
  return match === null ? null : Number(match[1]);
}

function agentOf(info: unknown): AgentInfo {
  if (!isRecord(info)) return { name: "unknown", version: "unknown", model: null };
  const model = isRecord(info["model_info"]) ? info["model_info"] : null;
  const modelName = text(model?.["name"]);
  return {
    name: text(info["name"]) ?? "unknown",
    version: text(info["version"]) ?? "unknown",
    model: modelName === null ? null : { name: modelName, provider: text(model?.["provider"]) },
  };
}

function usageOf(result: unknown): Usage | null {
  if (!isRecord(result)) return null;
  return {
    inputTokens: number(result["n_input_tokens"]),
    cachedTokens: number(result["n_cache_tokens"]),
    outputTokens: number(result["n_output_tokens"]),
    costUsd: number(result["cost_usd"]),
  };
}

/** A trial of several steps has its usage in them; a part that one of them does not tell is unknown. */
function usageOfSteps(steps: unknown): Usage | null {
  if (!Array.isArray(steps) || steps.length === 0) return null;
  const usages = steps.map((step: unknown) => (isRecord(step) ? usageOf(step["agent_result"]) : null));
  const sum = (part: keyof Usage): number | null =>
    usages.reduce<number | null>((total, usage) => {
      const value = usage?.[part] ?? null;
      return total === null || value === null ? null : total + value;
    }, 0);
  return {
    inputTokens: sum("inputTokens"),
    cachedTokens: sum("cachedTokens"),
    outputTokens: sum("outputTokens"),
    costUsd: sum("costUsd"),
  };
}

const PHASE_KEYS: Readonly<Record<string, Phase>> = {
  environment_setup: "environment-start",
  agent_setup: "agent-setup",
  agent_execution: "agent-run",
  verifier: "verification",
};

function phasesOf(result: Record<string, unknown>): Partial<Record<Phase, Span>> {
  const phases: Partial<Record<Phase, Span>> = {};
  for (const [key, phase] of Object.entries(PHASE_KEYS)) {
    const timing = result[key];
    const startedAt = isRecord(timing) ? text(timing["started_at"]) : null;
    if (isRecord(timing) && startedAt !== null) phases[phase] = { startedAt, finishedAt: text(timing["finished_at"]) };
  }
  return phases;
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
