/**
 * Any command-line program as an agent.
 *
 * `files` and `setup` bring it into the sandbox on their own clock. It gets the instruction on stdin and as a file
 * ($REGATTA_INSTRUCTION); its output is the log. What it writes to $REGATTA_TRAJECTORY (ATIF) and $REGATTA_USAGE
 * (JSON) is collected; both are untrusted input.
 */
import { failure, TrialFailure } from "../../contract/failure.ts";
import type { Profile } from "../../contract/experiment.ts";
import type { ModelNeed } from "../../contract/model-call.ts";
import { INSIDE } from "../../contract/inside.ts";
import { type Agent, type AgentContext, reportOf } from "../agent.ts";
import { agentInfo } from "../agent-info.ts";
import { readTrajectory } from "../trajectory.ts";
import { readUsage } from "./usage.ts";
import { NO_PROGRAM, NO_TREATMENT_SEEN } from "../without-program.ts";

/** Shell convention: 127 = not found, 126 = found and not executable. */
const CANNOT_START = new Set([126, 127]);

/** What clients of each provider look for in their environment; a profile that lets in a key means to call that one. */
const NO_OTHERS = { otherWays: [], otherKeys: [] };
const PROVIDERS: readonly ModelNeed[] = [
  {
    provider: "anthropic",
    keyNames: ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"],
    urlName: "ANTHROPIC_BASE_URL",
    ...NO_OTHERS,
  },
  { provider: "openai", keyNames: ["OPENAI_API_KEY"], urlName: "OPENAI_BASE_URL", ...NO_OTHERS },
];

/** A token is good for one provider: of two that a profile names keys of, the model says which. */
function needOf({ env, model }: Profile): ModelNeed | null {
  const named = PROVIDERS.filter(({ keyNames }) => keyNames.some((name) => env.includes(name)));
  if (named.length < 2) return named[0] ?? null;
  return named.find(({ provider }) => model?.startsWith(`${provider}/`) === true) ?? null;
}

export const commandAgent: Agent = {
  describe: () => ({
    name: "command",
    takes: ["command", "model", "reasoning"],
    requires: ["command"],
    takesMcp: false,
    ...NO_PROGRAM,
    summary: "runs any program: instruction on stdin, output is the log",
  }),
  refuses: () => null,
  gateway: needOf,
  prepare: () => [],
  async run(context) {
    const argv = context.profile.command ?? [];
    const result = await context.workspace.exec({
      argv,
      env: {
        REGATTA_TRAJECTORY: `${INSIDE.agentLogs}/trajectory.json`,
        REGATTA_USAGE: `${INSIDE.agentLogs}/usage.json`,
        ...(context.profile.model === null ? {} : { REGATTA_MODEL: context.profile.model }),
        ...(context.profile.reasoning === null ? {} : { REGATTA_REASONING: context.profile.reasoning }),
        ...context.env,
        ...throughGateway(context),
      },
      ...(context.user === null ? {} : { user: context.user }),
      stdin: context.instruction,
      timeoutSec: context.timeoutSec,
      spareServices: true,
      signal: context.signal,
      onOutput: (stream, chunk) => context.log(stream === "stdout" ? "command.log" : "command.stderr.log", chunk),
    });
    if (result.ended === "exited" && CANNOT_START.has(result.exitCode ?? 0)) {
      await refuseIfMissing(context, argv[0] ?? "");
    }
    return reportOf(result);
  },
  async collect({ profile, agentDir }) {
    const trajectory = await readTrajectory(agentDir);
    const usage = await readUsage(agentDir);
    return {
      info: agentInfo(profile, trajectory.agentVersion ?? "unknown"),
      usage: usage.usage ?? trajectory.usage,
      remarks: [...trajectory.remarks, ...usage.remarks],
      ...NO_TREATMENT_SEEN,
    };
  },
};

/** The variables that the provider's clients know, with what stands in their place. */
function throughGateway({ gateway, profile }: AgentContext): Readonly<Record<string, string>> {
  const need = needOf(profile);
  if (gateway === null || need === null) return {};
  const keys = need.keyNames.filter((name) => profile.env.includes(name));
  return { ...Object.fromEntries(keys.map((name) => [name, gateway.token])), [need.urlName]: gateway.baseUrl };
}

/** A program that is not there was never raced: not-treated, instead of a failed attempt of the agent's. */
async function refuseIfMissing(context: AgentContext, program: string): Promise<void> {
  const found = await context.workspace.exec({
    argv: ["/bin/sh", "-c", 'command -v -- "$1" >/dev/null 2>&1 && [ -x "$(command -v -- "$1")" ]', "sh", program],
    env: context.env,
    ...(context.user === null ? {} : { user: context.user }),
    timeoutSec: 10,
    signal: context.signal,
  });
  if (found.ended === "exited" && found.exitCode === 0) return;
  throw new TrialFailure(
    failure({
      code: "command-not-found",
      blame: "treatment",
      phase: "agent-run",
      message: `the profile's command "${program}" does not exist in the sandbox or is not executable; bring it in with files = { … } or setup = "…"`,
      evidence: ["agent/command.stderr.log"],
    }),
  );
}
