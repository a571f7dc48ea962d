/** A profile's treatment tried in a task's sandbox, before any of its trials and apart from them: nothing of it is kept but a log. */
import type { Agent } from "../agents/agent.ts";
import type { Profile } from "../contract/experiment.ts";
import { INSIDE } from "../contract/inside.ts";
import type { Task } from "../contract/task.ts";
import type { Treatment } from "../contract/treatment.ts";
import type { Environment } from "../environments/environment.ts";

/** For all of it: what takes longer would take as long in every trial. */
const LIMIT_MS = 300_000;

export interface PreflightRequest {
  readonly agent: Agent;
  readonly profile: Profile;
  readonly task: Task;
  readonly treatment: Treatment;
  readonly uploads: readonly { readonly from: string; readonly to: string }[];
  /** Not started. */
  readonly environment: Environment;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** @throws TrialFailure when the treatment does not work there, EnvironmentFailure when the sandbox does not. */
export async function preflight(request: PreflightRequest): Promise<void> {
  const { agent, profile, task, treatment, environment, env, log } = request;
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(LIMIT_MS)]);
  try {
    await environment.start({ signal, log });
    const dirs = [INSIDE.agentLogs, INSIDE.sessions, INSIDE.verifierLogs, INSIDE.artifacts, INSIDE.installed].join(" ");
    await environment.exec({
      argv: ["/bin/sh", "-c", `mkdir -p ${dirs} && chmod 777 /logs ${dirs}`],
      cwd: "/",
      user: 0,
      timeoutSec: 60,
      signal,
    });
    for (const { from, to } of request.uploads) await environment.upload(from, to);
    for (const step of agent.prepare(profile, task, treatment)) {
      if (step.kind === "upload") await environment.upload(step.from, step.to);
      if (step.kind === "write")
        await environment.writeFile(step.to, step.content, step.mode === undefined ? {} : { mode: step.mode });
    }
    for (const [to, from] of Object.entries(profile.files)) await environment.upload(from, to);
    await agent.preflight?.({ profile, treatment, workspace: environment, env, user: task.agent.user, signal, log });
  } finally {
    await environment.stop();
  }
}
