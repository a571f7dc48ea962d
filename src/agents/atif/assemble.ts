/** Steps → a trajectory, and a trajectory → `agent/trajectory.json`. */
import { join } from "node:path";
import type { Usage } from "../../contract/trial-record.ts";
import { ATIF_VERSION, type AtifFinalMetrics, type AtifTrajectory, type Extra } from "./atif.ts";
import { known } from "./plain.ts";
import { finished, newStep, type StepDraft, textPart } from "./step-draft.ts";
import { writeTrajectory } from "./write-trajectory.ts";

export interface ConversationParts {
  readonly id: string;
  readonly sessionId: string | null;
  readonly name: string;
  readonly version: string;
  readonly model: string | null;
  readonly steps: readonly StepDraft[];
  /** Of a root, over all that is embedded in it too. */
  readonly usage: Partial<Usage> | null;
  readonly finalExtra: Extra | null;
  readonly extra: Extra | null;
  readonly embedded: readonly AtifTrajectory[];
}

export function trajectoryOf(parts: ConversationParts): AtifTrajectory {
  return {
    schema_version: ATIF_VERSION,
    ...known({ session_id: parts.sessionId }),
    trajectory_id: parts.id,
    agent: { name: parts.name, version: parts.version, ...known({ model_name: parts.model }) },
    steps: parts.steps.map((step, at) => finished(step, at + 1)),
    final_metrics: finalMetrics(parts.usage, parts.steps.length, parts.finalExtra),
    ...known({
      subagent_trajectories: parts.embedded.length === 0 ? null : parts.embedded,
      extra: parts.extra,
    }),
  };
}

function finalMetrics(usage: Partial<Usage> | null, steps: number, extra: Extra | null): AtifFinalMetrics {
  return {
    ...known({
      total_prompt_tokens: usage?.inputTokens,
      total_completion_tokens: usage?.outputTokens,
      total_cached_tokens: usage?.cachedTokens,
      total_cost_usd: usage?.costUsd,
      extra,
    }),
    total_steps: steps,
  };
}

/** A trajectory has a step at least: of a run that ended before its first message, what it was to do. */
export function instructionStep(instruction: string): StepDraft {
  const step = newStep("user", null, [textPart(instruction)]);
  step.extra["from"] = "the instruction; the session holds no message";
  return step;
}

export async function saveTrajectory(
  agentDir: string,
  trajectory: AtifTrajectory,
): Promise<{ readonly path: string | null; readonly problem: string | null }> {
  try {
    await writeTrajectory(join(agentDir, "trajectory.json"), trajectory);
    return { path: "agent/trajectory.json", problem: null };
  } catch (error) {
    return { path: null, problem: `agent/trajectory.json could not be written: ${(error as Error).message}` };
  }
}
