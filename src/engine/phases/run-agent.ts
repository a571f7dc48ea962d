import type { AgentReport } from "../../agents/agent.ts";
import type { ModelAccess } from "../../contract/model-call.ts";
import type { TrialContext } from "../trial-context.ts";

/** The agent on its own clock, then nothing of it alive: whatever it left running must not meet the tests. */
export async function runAgent(
  context: TrialContext,
  gateway: ModelAccess | null,
  timeoutSec: number | null,
  signal: AbortSignal,
): Promise<AgentReport> {
  const { environment, profile, task, agent, files, folder, variables, instruction, treatment } = context;
  return agent.run({
    profile,
    task,
    treatment,
    workspace: environment,
    instruction,
    env: variables.agent,
    gateway,
    solutionEnv: variables.solution,
    user: task.agent.user,
    timeoutSec,
    signal,
    log: (file, chunk) => files.log(folder, "agent", file).write(chunk),
  });
}
