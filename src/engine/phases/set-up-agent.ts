/** The instruction as a file, and the agent with all that its profile gives it. */
import { INSIDE } from "../../contract/inside.ts";
import type { TrialContext } from "../trial-context.ts";
import { bringIn } from "./bring-in.ts";

export async function setUpAgent(context: TrialContext, signal: AbortSignal): Promise<void> {
  const { environment, profile, task, agent, treatment, uploads, files, folder, variables } = context;
  await environment.writeFile(INSIDE.instruction, context.instruction, { mode: 0o644 });
  await bringIn(
    {
      workspace: environment,
      agent,
      profile,
      task,
      treatment,
      uploads,
      env: variables.agent,
      onOutput: (script, chunk) => files.log(folder, "agent", `${script}.log`).write(chunk),
    },
    signal,
  );
}
