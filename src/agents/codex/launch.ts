/**
 * How Codex is started: arguments, variables and `config.toml`, as values. No secret is among the arguments.
 *
 * Behaviour of 0.169.0, measured: it takes a key from CODEX_API_KEY and not from OPENAI_API_KEY, and an address from its
 * configuration alone; a server that fails is passed over silently unless it is `required`.
 */
import { stringify } from "smol-toml";
import type { Profile } from "../../contract/experiment.ts";
import { INSIDE } from "../../contract/inside.ts";
import type { McpServer, Treatment } from "../../contract/treatment.ts";
import { expandVariables } from "../mcp-variables.ts";

/** Not collected: it holds databases and skills of its own. Its sessions are links into the logs. */
export const CODEX_HOME = `${INSIDE.installed}/codex`;
const SERVER_START_SEC = 120;

/** What is measured to reach the model as it is. */
const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh"];

export function refusedEffort({ reasoning }: Profile): string | null {
  if (reasoning === null || EFFORTS.includes(reasoning)) return null;
  return `reasoning = "${reasoning}": Codex takes ${EFFORTS.join(", ")}`;
}

export interface CodexLaunch {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly config: string;
}

export function launchOf(profile: Profile, treatment: Treatment, given: Readonly<Record<string, string>>): CodexLaunch {
  const { OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: key, ...env } = given;
  const model = modelName(profile.model);
  return {
    argv: [
      treatment.program ?? "codex",
      "exec",
      "--dangerously-bypass-approvals-and-sandbox",
      "--skip-git-repo-check",
      "--json",
      ...(model === null ? [] : ["--model", model]),
      // The instruction comes on stdin.
      "-",
    ],
    env: {
      CODEX_HOME,
      ...(key === undefined ? {} : { CODEX_API_KEY: key }),
      ...env,
    },
    config: stringify({
      ...(baseUrl === undefined ? {} : { openai_base_url: baseUrl }),
      ...(profile.reasoning === null ? {} : { model_reasoning_effort: profile.reasoning }),
      ...(treatment.systemPrompt === null ? {} : { developer_instructions: treatment.systemPrompt }),
      ...(treatment.servers.length === 0
        ? {}
        : {
            mcp_servers: Object.fromEntries(
              treatment.servers.map((server) => [server.name, serverTable(server, given)]),
            ),
          }),
    }),
  };
}

function serverTable(server: McpServer, env: Readonly<Record<string, string>>): Record<string, unknown> {
  const common = { required: true, startup_timeout_sec: SERVER_START_SEC };
  if (server.kind !== "stdio")
    return { ...common, url: server.url, http_headers: expandVariables(server.headers, env) };
  return { ...common, command: server.command, args: [...server.args], env: expandVariables(server.env, env) };
}

/** As the program takes it: without the name of the provider it talks to. */
export function modelName(model: string | null): string | null {
  return model === null ? null : model.replace(/^openai\//, "");
}
