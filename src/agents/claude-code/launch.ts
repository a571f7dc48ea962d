/**
 * How Claude Code is started: arguments, variables and files, as values. No secret is among the arguments or in a file.
 *
 * Behaviour of 2.1.197, measured: without `--setting-sources` and `--strict-mcp-config` a task's own files steer it; it does not wait
 * for MCP servers unless told to; it replaces older models by newer ones unless told not to; a first word with `/` is a command
 * to it and `@file` is read, instead of reaching the model as text.
 */
import type { Profile } from "../../contract/experiment.ts";
import { INSIDE } from "../../contract/inside.ts";
import type { McpServer, Treatment } from "../../contract/treatment.ts";
import type { Preparation } from "../agent.ts";
import { toolServerName } from "../mcp-tool-names.ts";
import { reasoningFor } from "./reasoning.ts";

const MCP_FILE = `${INSIDE.installed}/claude-mcp.json`;
const SETTINGS_FILE = `${INSIDE.installed}/claude-settings.json`;
const PROMPT_FILE = `${INSIDE.installed}/claude-system-prompt.md`;
/** CLAUDE_CONFIG_DIR: all it keeps is under it, the sessions too, so that they are collected however it ends. */
const CONFIG_DIR = INSIDE.sessions;
/** For a server to answer. */
const SERVER_START_MS = 120_000;

export function preparations(treatment: Treatment): readonly Preparation[] {
  const { servers, hooks, systemPrompt, skills } = treatment;
  return [
    { kind: "write", to: MCP_FILE, content: json({ mcpServers: Object.fromEntries(servers.map(serverEntry)) }) },
    { kind: "write", to: SETTINGS_FILE, content: json(settings(hooks)) },
    ...(systemPrompt === null ? [] : [{ kind: "write" as const, to: PROMPT_FILE, content: systemPrompt }]),
    ...skills.map(({ name, dir }): Preparation => ({ kind: "upload", from: dir, to: `${CONFIG_DIR}/skills/${name}` })),
  ];
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function serverEntry(server: McpServer): readonly [string, object] {
  if (server.kind !== "stdio") return [server.name, { type: server.kind, url: server.url, headers: server.headers }];
  const { name, command, args, env } = server;
  return [name, { type: "stdio", command, args, env }];
}

function settings(hooks: Treatment["hooks"]): object {
  const events: Record<string, object[]> = {};
  for (const { event, matcher, command, timeoutSec } of hooks) {
    const entry = { type: "command", command, ...(timeoutSec === null ? {} : { timeout: timeoutSec }) };
    (events[event] ??= []).push({ ...(matcher === null ? {} : { matcher }), hooks: [entry] });
  }
  return { hooks: events };
}

export interface Launch {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
}

export function launchOf(
  profile: Profile,
  treatment: Treatment,
  given: {
    readonly instruction: string;
    readonly sessionId: string;
    /** The profile's variables. */
    readonly env: Readonly<Record<string, string>>;
    /** Its calls end up at Anthropic's. */
    readonly ownAddress: boolean;
  },
): Launch {
  const { allowedTools, disallowedTools, maxTurns, reasoning, trustTaskConfig } = profile;
  const model = modelName(profile.model, given.env);
  const thinking = reasoning === null ? null : reasoningFor(reasoning, model);
  // Refused when planned.
  const { args: effort, env: thinkingEnv } =
    thinking === null || "refused" in thinking ? { args: [], env: {} } : thinking;
  const argv = [
    treatment.program ?? "claude",
    "--print",
    "--verbose",
    "--output-format=stream-json",
    "--include-hook-events",
    ...(allowedTools.length === 0
      ? ["--dangerously-skip-permissions"]
      : [
          "--permission-mode=dontAsk",
          "--allowedTools",
          ...allowedTools,
          ...treatment.servers.map(({ name }) => `mcp__${toolServerName(name)}`),
        ]),
    ...(disallowedTools.length === 0 ? [] : ["--disallowedTools", ...disallowedTools]),
    ...(trustTaskConfig ? ["--setting-sources=user,project,local"] : ["--setting-sources=user", "--strict-mcp-config"]),
    "--mcp-config",
    MCP_FILE,
    "--settings",
    SETTINGS_FILE,
    "--session-id",
    given.sessionId,
    ...(model === null ? [] : ["--model", model]),
    ...effort,
    ...(maxTurns === null ? [] : ["--max-turns", String(maxTurns)]),
    ...(treatment.systemPrompt === null ? [] : ["--append-system-prompt-file", PROMPT_FILE]),
  ];
  const { text, mentions } = asText(given.instruction);
  return {
    argv,
    stdin: text,
    env: {
      CLAUDE_CONFIG_DIR: CONFIG_DIR,
      IS_SANDBOX: "1",
      DISABLE_AUTOUPDATER: "1",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      CLAUDE_CODE_DISABLE_LEGACY_MODEL_REMAP: "1",
      MCP_CONNECTION_NONBLOCKING: "0",
      MCP_TIMEOUT: String(SERVER_START_MS),
      // It would list no skills either.
      ...(mentions && treatment.skills.length === 0 ? { CLAUDE_CODE_DISABLE_ATTACHMENTS: "1" } : {}),
      ...(given.ownAddress ? {} : otherModels(model)),
      ...thinkingEnv,
      ...given.env,
    },
  };
}

/** Over an address of one's own there may be no other model than the one asked for. */
function otherModels(model: string | null): Readonly<Record<string, string>> {
  if (model === null) return {};
  return Object.fromEntries(
    [
      "ANTHROPIC_DEFAULT_HAIKU_MODEL",
      "ANTHROPIC_DEFAULT_SONNET_MODEL",
      "ANTHROPIC_DEFAULT_OPUS_MODEL",
      "CLAUDE_CODE_SUBAGENT_MODEL",
    ].map((name) => [name, model]),
  );
}

/** As the program takes it: without the name of the provider it talks to. */
export function modelName(model: string | null, env: Readonly<Record<string, string>>): string | null {
  if (model === null) return null;
  const bedrock = env["CLAUDE_CODE_USE_BEDROCK"] !== undefined || env["AWS_BEARER_TOKEN_BEDROCK"] !== undefined;
  return model.replace(bedrock ? /^[^/]+\// : /^anthropic\//, "");
}

/**
 * A line break before what it would take for a command of its own: the one way to have it reach the model, which then sees that
 * line break too. `@` that it would read a file for is left as it is.
 */
function asText(instruction: string): { readonly text: string; readonly mentions: boolean } {
  return {
    text: /^\/[^/\s]*(\s|$)/.test(instruction) ? `\n${instruction}` : instruction,
    mentions: /(^|\s)@\S/.test(instruction),
  };
}
