/** Claude Code by its native program, with MCP servers, hooks and reasoning that are checked before, while and after it runs. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { failure, TrialFailure } from "../../contract/failure.ts";
import type { Profile } from "../../contract/experiment.ts";
import type { Treatment } from "../../contract/treatment.ts";
import { type Agent, type AgentReport, reportOf } from "../agent.ts";
import { agentInfo } from "../agent-info.ts";
import { checkHooks, checkProgram, checkServers } from "../preflight.ts";
import { providerFailure } from "../provider-failure.ts";
import { sameModel } from "../same-model.ts";
import { hookRemarks, notTreated, treatmentSeen } from "../treatment-seen.ts";
import { syntheticEvent } from "./hook-events.ts";
import { launchOf, modelName, preparations } from "./launch.ts";
import { reasoningFor } from "./reasoning.ts";
import { gatewayVariables, modelNeed } from "./models.ts";
import { createRunEvents, type InitEvent } from "./run-events.ts";
import { convertClaudeSessions } from "./session/convert.ts";
import { shownOf } from "./shown.ts";

/** What it prints; the sessions are in agent/sessions. */
const STREAM_LOG = "claude-code.txt";
const ERROR_LOG = "claude-code.stderr.log";
/** After SIGINT, for its last message and the result. */
const GRACE_SEC = 10;

export const claudeCodeAgent: Agent = {
  describe: () => ({
    name: "claude-code",
    takes: [
      "model",
      "reasoning",
      "hooks",
      "claude_version",
      "skills",
      "system_prompt",
      "allowed_tools",
      "disallowed_tools",
      "max_turns",
      "trust_task_config",
      "mcp_git_source",
      "mcp_git_ref",
    ],
    requires: [],
    takesMcp: true,
    toolchain: "claude-code",
    versionKey: "claudeVersion",
    variables: [
      "ANTHROPIC_API_KEY",
      "ANTHROPIC_AUTH_TOKEN",
      "CLAUDE_CODE_OAUTH_TOKEN",
      "ANTHROPIC_BASE_URL",
      "CLAUDE_CODE_USE_BEDROCK",
      "AWS_BEARER_TOKEN_BEDROCK",
      "AWS_ACCESS_KEY_ID",
      "AWS_SECRET_ACCESS_KEY",
      "AWS_SESSION_TOKEN",
      "AWS_REGION",
    ],
    needsOneOf: [
      "ANTHROPIC_API_KEY",
      "ANTHROPIC_AUTH_TOKEN",
      "CLAUDE_CODE_OAUTH_TOKEN",
      "AWS_BEARER_TOKEN_BEDROCK",
      "CLAUDE_CODE_USE_BEDROCK",
    ],
    summary: "Anthropic's Claude Code, with MCP servers, hooks and skills",
  }),
  refusesProfile: refusedReasoning,
  refuses: () => null,
  gateway: modelNeed,
  prepare: (_profile, _task, treatment) => preparations(treatment),
  async preflight(context) {
    await checkProgram(context, (printed) => /\d+\.\d+\.\d+\S*/.exec(printed)?.[0] ?? null);
    await checkServers(context);
    await checkHooks(context, syntheticEvent);
  },
  async run(context) {
    const { profile, treatment, workspace, user, timeoutSec, log, gateway } = context;
    const sessionId = randomUUID();
    const env = { ...context.env, ...gatewayVariables(gateway) };
    const ownAddress = gateway?.own ?? env["ANTHROPIC_BASE_URL"] === undefined;
    const launch = launchOf(profile, treatment, { instruction: context.instruction, sessionId, env, ownAddress });
    const untreated = new AbortController();
    let why: string | null = null;
    const events = createRunEvents((init) => {
      why ??= wrongAtStart(init, profile, treatment, context.env);
      // Whatever it did from here on would say nothing of the profile, and cost money.
      if (why !== null) untreated.abort();
    });
    const result = await workspace.exec({
      argv: launch.argv,
      env: launch.env,
      ...(user === null ? {} : { user }),
      stdin: launch.stdin,
      timeoutSec,
      firstSignal: "SIGINT",
      graceSec: GRACE_SEC,
      spareServices: true,
      signal: AbortSignal.any([context.signal, untreated.signal]),
      onOutput: (stream, chunk) => {
        if (stream === "stdout") events.take(chunk);
        return log(stream === "stdout" ? STREAM_LOG : ERROR_LOG, chunk);
      },
    });
    if (why !== null && !context.signal.aborted)
      throw new TrialFailure(
        failure({
          code: "treatment-missing",
          blame: "treatment",
          phase: "agent-run",
          message: `the profile was not really applied, and the agent was stopped: ${String(why)}`,
          evidence: [join("agent", STREAM_LOG)],
        }),
      );
    const report = reportOf(result);
    return { ...withOwnEnd(report, events.result()?.subtype ?? null), sessionId };
  },
  async collect({ profile, instruction, agentDir, report, treatment }) {
    const reading = await convertClaudeSessions({
      agentDir,
      sessionId: report?.sessionId ?? null,
      instruction,
      defaultModel: modelName(profile.model, {}),
      agentName: "claude-code",
    });
    const shown = await shownOf(join(agentDir, STREAM_LOG), profile, treatment, reading);
    const seen = treatmentSeen(profile, treatment, reading, shown);
    return {
      info: agentInfo(profile, reading.agentVersion ?? shown.version ?? "unknown"),
      usage: reading.usage,
      remarks: [...reading.remarks, ...hookRemarks(seen)],
      treatment: seen,
      failure: providerFailure(reading, report) ?? notTreated(seen) ?? nothingAsked(reading.apiCalls, report),
    };
  },
};

function refusedReasoning(profile: Profile): string | null {
  if (profile.reasoning === null) return null;
  const found = reasoningFor(profile.reasoning, modelName(profile.model, {}));
  return "refused" in found ? found.refused : null;
}

/** The start of the run says which servers are connected, and what answers. */
function wrongAtStart(
  init: InitEvent,
  profile: Profile,
  treatment: Treatment,
  env: Readonly<Record<string, string>>,
): string | null {
  const status = new Map(init.servers.map(({ name, status: word }) => [name, word]));
  const server = treatment.servers.find(({ name }) => status.get(name) !== "connected");
  if (server !== undefined) return `the MCP server "${server.name}" is ${status.get(server.name) ?? "not there"}`;
  if (treatment.version !== null && init.version !== null && init.version !== treatment.version)
    return `version ${init.version} runs, and ${treatment.version} was asked for`;
  const asked = modelName(profile.model, env);
  if (asked !== null && init.model !== null && isFullName(asked) && !sameModel(init.model, asked))
    return `the model is ${init.model}, and ${asked} was asked for`;
  return null;
}

/** `sonnet` and the like stand for whatever the program takes them for. */
function isFullName(model: string): boolean {
  return /\d/.test(model);
}

function withOwnEnd(report: AgentReport, subtype: string | null): AgentReport {
  if (report.ended !== "exited") return report;
  if (subtype === "error_max_turns") return { ...report, ended: "max-turns" };
  if (subtype === "error_max_budget_usd") return { ...report, ended: "budget" };
  return report;
}

/** It can end well without having asked a model anything: then nothing was raced. */
function nothingAsked(apiCalls: number, report: AgentReport | null): ReturnType<typeof notTreated> {
  if (apiCalls > 0 || report === null || report.ended !== "exited") return null;
  return failure({
    code: "agent-did-nothing",
    blame: "treatment",
    phase: "agent-run",
    message: `Claude Code ended with ${report.exitCode ?? "a signal"} without one answer of a model`,
    evidence: [`agent/${STREAM_LOG}`, `agent/${ERROR_LOG}`],
  });
}
