/** Brings the agent into a sandbox: its toolchains where they are not mounted, what it needs by content, the profile's files, its setup script. */
import type { Agent, Preparation } from "../../agents/agent.ts";
import type { Profile } from "../../contract/experiment.ts";
import { failure, TrialFailure } from "../../contract/failure.ts";
import { INSIDE } from "../../contract/inside.ts";
import type { Task } from "../../contract/task.ts";
import type { Treatment } from "../../contract/treatment.ts";
import type { Workspace } from "../../environments/environment.ts";

export interface BroughtIn {
  readonly workspace: Workspace;
  readonly agent: Pick<Agent, "prepare">;
  readonly profile: Profile;
  readonly task: Task;
  readonly treatment: Treatment;
  readonly uploads: readonly { readonly from: string; readonly to: string }[];
  /** Of the agent: what its scripts get. */
  readonly env: Readonly<Record<string, string>>;
  /** Output of a script, by its name. */
  readonly onOutput: (script: string, chunk: Uint8Array) => void | Promise<void>;
}

/** @throws TrialFailure when a script fails */
export async function bringIn(given: BroughtIn, signal: AbortSignal): Promise<void> {
  const { workspace, agent, profile, task, treatment, uploads } = given;
  for (const { from, to } of uploads) {
    signal.throwIfAborted();
    await workspace.upload(from, to);
  }
  for (const step of preparations(profile, agent.prepare(profile, task, treatment))) {
    signal.throwIfAborted();
    switch (step.kind) {
      case "upload":
        await workspace.upload(step.from, step.to);
        break;
      case "write":
        await workspace.writeFile(step.to, step.content, step.mode === undefined ? {} : { mode: step.mode });
        break;
      case "script":
        await runScript(given, step, signal);
        break;
    }
  }
}

function preparations(profile: Profile, own: readonly Preparation[]): Preparation[] {
  return [
    ...own,
    ...Object.entries(profile.files).map(([to, from]): Preparation => ({ kind: "upload", from, to })),
    ...(profile.setup === null ? [] : [{ kind: "script" as const, name: "setup", hostPath: profile.setup }]),
  ];
}

async function runScript(
  { workspace, task, env, onOutput }: BroughtIn,
  { name, hostPath }: Extract<Preparation, { kind: "script" }>,
  signal: AbortSignal,
): Promise<void> {
  const inside = `${INSIDE.installed}/${name}`;
  await workspace.upload(hostPath, inside);
  const result = await workspace.exec({
    argv: ["/bin/sh", "-c", `chmod +x ${inside} 2>/dev/null; exec ${inside}`],
    env,
    ...(task.agent.user === null ? {} : { user: task.agent.user }),
    signal,
    onOutput: (_stream, chunk) => onOutput(name, chunk),
  });
  signal.throwIfAborted();
  if (result.exitCode === 0) return;
  throw new TrialFailure(
    failure({
      code: "setup-failed",
      blame: "treatment",
      phase: "agent-setup",
      message: `the profile's ${name} script exited with ${result.exitCode ?? "a signal"}`,
      evidence: [`agent/${name}.log`],
    }),
  );
}
