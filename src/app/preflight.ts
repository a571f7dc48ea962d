/** A profile's treatment tried in a task's sandbox, before any of its trials and apart from them: nothing of it is kept but a log. */
import type { Agent } from "../agents/agent.ts";
import type { Profile } from "../contract/experiment.ts";
import type { Task } from "../contract/task.ts";
import type { Treatment } from "../contract/treatment.ts";
import { bringIn } from "../engine/phases/bring-in.ts";
import { makeDirectories } from "../engine/phases/make-directories.ts";
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
  const { agent, profile, task, treatment, uploads, environment, env, log } = request;
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(LIMIT_MS)]);
  try {
    await environment.start({ signal, log });
    await makeDirectories(environment, signal);
    const told = new TextDecoder();
    await bringIn(
      {
        workspace: environment,
        agent,
        profile,
        task,
        treatment,
        uploads,
        env,
        onOutput: (script, chunk) => log(`${script}: ${told.decode(chunk, { stream: true }).trimEnd()}`),
      },
      signal,
    );
    await agent.preflight?.({ profile, treatment, workspace: environment, env, user: task.agent.user, signal, log });
  } finally {
    await environment.stop();
  }
}
