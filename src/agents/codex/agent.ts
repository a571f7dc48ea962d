/** OpenAI's Codex by its native program, with MCP servers that it cannot start without. */
import { join } from "node:path";
import { failure, TrialFailure } from "../../contract/failure.ts";
import { INSIDE } from "../../contract/inside.ts";
import { type Agent, type AgentContext, reportOf } from "../agent.ts";
import { agentInfo } from "../agent-info.ts";
import { checkProgram, checkServers } from "../preflight.ts";
import { providerFailure } from "../provider-failure.ts";
import { notTreated, type Shown, treatmentSeen } from "../treatment-seen.ts";
import { CODEX_HOME, launchOf, modelName, refusedEffort } from "./launch.ts";
import { convertCodexRollouts } from "./rollout/convert.ts";

const STREAM_LOG = "codex.txt";
const ERROR_LOG = "codex.stderr.log";
const GRACE_SEC = 10;
/** On stderr, when one of the required servers does not come up. */
const SERVERS_FAILED = /required MCP servers? failed to initialize[^\n]*/;

export const codexAgent: Agent = {
  describe: () => ({
    name: "codex",
    takes: ["model", "reasoning", "codex_version", "system_prompt", "mcp_git_source", "mcp_git_ref"],
    requires: [],
    takesMcp: true,
    toolchain: "codex",
    versionKey: "codexVersion",
    variables: ["OPENAI_API_KEY", "CODEX_API_KEY", "OPENAI_BASE_URL"],
    needsOneOf: ["OPENAI_API_KEY", "CODEX_API_KEY"],
    summary: "OpenAI's Codex, with MCP servers",
  }),
  refusesProfile: refusedEffort,
  refuses: () => null,
  gateway: () => ({
    provider: "openai",
    keyNames: ["CODEX_API_KEY", "OPENAI_API_KEY"],
    urlName: "OPENAI_BASE_URL",
    otherWays: [],
    otherKeys: [],
  }),
  prepare: () => [],
  async preflight(context) {
    await checkProgram(context, (printed) => /\d+\.\d+\.\d+\S*/.exec(printed)?.[0] ?? null);
    await checkServers(context);
  },
  async run(context) {
    const { profile, treatment, workspace, user, timeoutSec, signal, log, gateway } = context;
    const models = gateway === null ? {} : { OPENAI_API_KEY: gateway.token, OPENAI_BASE_URL: gateway.baseUrl };
    const launch = launchOf(profile, treatment, { ...context.env, ...models });
    await makeHome(context, launch.config);
    let errors = "";
    const result = await workspace.exec({
      argv: launch.argv,
      env: launch.env,
      ...(user === null ? {} : { user }),
      stdin: context.instruction,
      timeoutSec,
      firstSignal: "SIGINT",
      graceSec: GRACE_SEC,
      spareServices: true,
      signal,
      onOutput: (stream, chunk) => {
        if (stream === "stderr") errors = (errors + Buffer.from(chunk).toString()).slice(-20_000);
        return log(stream === "stdout" ? STREAM_LOG : ERROR_LOG, chunk);
      },
    });
    const failed = SERVERS_FAILED.exec(errors)?.[0];
    if (failed !== undefined && result.ended === "exited" && result.exitCode !== 0)
      throw new TrialFailure(
        failure({
          code: "treatment-missing",
          blame: "treatment",
          phase: "agent-run",
          message: `the profile was not really applied, and Codex did not begin: ${failed.slice(0, 500)}`,
          evidence: [join("agent", ERROR_LOG)],
        }),
      );
    return reportOf(result);
  },
  async collect({ profile, instruction, agentDir, report, treatment }) {
    const asked = modelName(profile.model);
    const reading = await convertCodexRollouts({ agentDir, instruction, defaultModel: asked, agentName: "codex" });
    const others = asked === null ? [] : reading.servedModels.filter((model) => model !== asked);
    const began = reading.apiCalls > 0;
    const shown: Shown = {
      version: reading.agentVersion,
      effectiveReasoning: profile.reasoning === null ? null : `effort ${profile.reasoning}`,
      // It does not begin without them.
      servers: new Map(began ? treatment.servers.map(({ name }) => [name, "connected"]) : []),
      toolsOf: () => null,
      happened: new Set(),
      wrong: [
        ...(treatment.version !== null && reading.agentVersion !== null && reading.agentVersion !== treatment.version
          ? [`version ${reading.agentVersion} ran, and ${treatment.version} was asked for`]
          : []),
        ...(others.length === 0 ? [] : [`${others.join(", ")} answered, and ${String(asked)} was asked for`]),
      ],
      tellsServers: began,
    };
    const seen = treatmentSeen(profile, treatment, reading, shown);
    return {
      info: agentInfo(profile, reading.agentVersion ?? "unknown"),
      usage: reading.usage,
      remarks: reading.remarks,
      treatment: seen,
      failure: providerFailure(reading, report) ?? notTreated(seen),
    };
  },
};

/** As the agent's own user: it writes there. The sessions lie in the logs, so that they are collected however it ends. */
async function makeHome({ workspace, user, signal, env }: AgentContext, config: string): Promise<void> {
  const made = await workspace.exec({
    argv: [
      "/bin/sh",
      "-c",
      `mkdir -p ${CODEX_HOME} && ln -sfn ${INSIDE.sessions} ${CODEX_HOME}/sessions && cat > ${CODEX_HOME}/config.toml`,
    ],
    env,
    ...(user === null ? {} : { user }),
    stdin: config,
    timeoutSec: 60,
    signal,
  });
  if (made.exitCode === 0) return;
  signal.throwIfAborted();
  throw new TrialFailure(
    failure({
      code: "setup-failed",
      blame: "treatment",
      phase: "agent-run",
      message: `${CODEX_HOME} could not be made in the sandbox`,
    }),
  );
}
