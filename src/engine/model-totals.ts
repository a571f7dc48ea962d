/** What the agent says it used against what went through the gateway. Pure. */
import type { ModelSpend } from "../contract/model-call.ts";
import type { Usage } from "../contract/trial-record.ts";

/** The gateway's figures in place of an agent's that tells none; a sum with an unknown part is unknown. */
export function usageOf(models: ModelSpend | null): Usage | null {
  if (models === null || models.calls === 0) return null;
  const known = models.unmetered === 0;
  return {
    inputTokens: known ? models.inputTokens : null,
    cachedTokens: known ? models.cacheReadTokens : null,
    outputTokens: known ? models.outputTokens : null,
    costUsd: known ? models.costUsd : null,
  };
}

/** One line for each count that differs; none where one of the two does not know. */
export function disagreements(agent: Usage | null, models: ModelSpend | null): readonly string[] {
  if (models === null) return [];
  const lines: string[] = [];
  if (models.unmetered > 0) {
    lines.push(`the model's provider did not say what ${models.unmetered} of ${models.calls} calls took`);
  }
  if (agent === null || models.unmetered > 0) return lines;
  const pairs = [
    ["input tokens", agent.inputTokens, models.inputTokens],
    ["cached tokens", agent.cachedTokens, models.cacheReadTokens],
    ["output tokens", agent.outputTokens, models.outputTokens],
  ] as const;
  for (const [what, said, counted] of pairs) {
    if (said !== null && said !== counted) {
      lines.push(`${what}: the agent says ${said}, ${counted} went through the gateway`);
    }
  }
  return lines;
}
