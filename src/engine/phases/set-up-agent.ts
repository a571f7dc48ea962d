/** Brings the agent in: what it needs by content, the profile's files, the instruction, then the profile's setup script. */
import type { Preparation } from "../../agents/agent.ts";
import { failure, TrialFailure } from "../../contract/failure.ts";
import { INSIDE } from "../../contract/inside.ts";
import type { TrialContext } from "../trial-context.ts";

export async function setUpAgent(context: TrialContext, signal: AbortSignal): Promise<void> {
  const { environment, profile, task, agent, instruction, treatment, uploads } = context;
  for (const { from, to } of uploads) {
    signal.throwIfAborted();
    await environment.upload(from, to);
  }
  await environment.writeFile(INSIDE.instruction, instruction, { mode: 0o644 });
  for (const step of preparations(context, agent.prepare(profile, task, treatment))) {
    signal.throwIfAborted();
    switch (step.kind) {
      case "upload":
        await environment.upload(step.from, step.to);
        break;
      case "write":
        await environment.writeFile(step.to, step.content, step.mode === undefined ? {} : { mode: step.mode });
        break;
      case "script":
        await runScript(context, step, signal);
        break;
    }
  }
}

function preparations({ profile }: TrialContext, own: readonly Preparation[]): Preparation[] {
  return [
    ...own,
    ...Object.entries(profile.files).map(([to, from]): Preparation => ({ kind: "upload", from, to })),
    ...(profile.setup === null ? [] : [{ kind: "script" as const, name: "setup", hostPath: profile.setup }]),
  ];
}

async function runScript(
  context: TrialContext,
  step: Extract<Preparation, { kind: "script" }>,
  signal: AbortSignal,
): Promise<void> {
  const { environment, task, files, folder, variables } = context;
  const inside = `${INSIDE.installed}/${step.name}`;
  await environment.upload(step.hostPath, inside);
  const log = `${step.name}.log`;
  const sink = files.log(folder, "agent", log);
  const result = await environment.exec({
    argv: ["/bin/sh", "-c", `chmod +x ${inside} 2>/dev/null; exec ${inside}`],
    env: variables.agent,
    ...(task.agent.user === null ? {} : { user: task.agent.user }),
    signal,
    onOutput: (_stream, chunk) => sink.write(chunk),
  });
  signal.throwIfAborted();
  if (result.exitCode === 0) return;
  throw new TrialFailure(
    failure({
      code: "setup-failed",
      blame: "treatment",
      phase: "agent-setup",
      message: `the profile's ${step.name} script exited with ${result.exitCode ?? "a signal"}`,
      evidence: [`agent/${log}`],
    }),
  );
}
