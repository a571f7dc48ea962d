/** `[profiles]`, `[defaults]`, and what of them is mirrored: `[artifacts]`. */
import { z } from "zod";
import { DEFAULT_ENV_FILE } from "../defaults.ts";
import { anyText, folderName, isPlainPath, line, nameExpected, noDuplicates, path, variable } from "./values.ts";
import { element, option } from "./words.ts";

/** None of them opens a closed network, mounts, or reaches a device: what a container may not touch it may not ask for. */
const ADDABLE_CAPABILITIES = ["IPC_LOCK", "MKNOD", "SYS_NICE", "SYS_PTRACE", "SYS_RESOURCE"] as const;

const exactVersion = z.string().regex(/^\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$/);

const servers = z.array(element(folderName(), { expected: nameExpected })).superRefine(noDuplicates("server"));

/** What `[defaults]` and every profile may say. */
export const settingsTable = z.strictObject({
  agent: option(line, {
    description: "Which agent runs: oracle (the task's own solution), nop (does nothing), command (any program).",
    expected: "the name of an agent",
  }),
  model: option(line, {
    description: "The model, as provider/name.",
    expected: 'a model such as "anthropic/claude-haiku-4-5"',
  }),
  reasoning: option(line, {
    description: "Reasoning effort, in the agent's own words.",
    expected: 'an effort such as "low"',
  }),
  env_file: option(path, {
    description: `File of NAME=value lines that env names are taken from; only its path is ever recorded. Default: ${DEFAULT_ENV_FILE} when it exists.`,
    expected: "the path of a file",
  }),
  no_mcp: option(z.boolean(), {
    description: "No MCP servers: mcp_servers is ignored, and hooks count only where the profile itself sets them.",
    expected: "true or false",
    default: false,
  }),
  mcp_servers: option(servers, {
    description: "MCP servers of this profile, by name.",
    expected: "an array of server names",
  }),
  hooks: option(path, {
    description: "Hooks file, relative to the project root.",
    expected: "the path of a file",
  }),
  env: option(
    z
      .array(
        element(variable, {
          expected: 'the name of a variable such as "OPENAI_API_KEY", never its value',
          secret: true,
        }),
      )
      .superRefine(noDuplicates("name")),
    {
      description: "Names of variables that are let in from the env file or the host. Names only, never values.",
      expected: 'an array of variable names such as ["OPENAI_API_KEY"]',
      secret: true,
    },
  ),
  set_env: option(
    z.record(
      element(variable, {
        expected: "a variable's name: letters, digits and _, not beginning with a digit",
        secret: true,
      }),
      element(anyText, { expected: "a string", secret: true }),
    ),
    {
      description:
        "Variables set to plain values. They are recorded with the results: put secrets in env_file and name them in env.",
      expected: 'a table of strings such as { NAME = "value" }',
      secret: true,
    },
  ),
  files: option(
    z.record(
      element(
        z
          .string()
          .regex(/^\/.*[^/]$/)
          .refine(isPlainPath),
        {
          expected: 'an absolute path in the sandbox, without "." or ".." parts and without "/" at the end',
        },
      ),
      element(path, { expected: "the path of a file or folder" }),
    ),
    {
      description: "Files and folders brought into the sandbox: path inside = path here, relative to the project root.",
      expected: 'a table such as { "/opt/agent" = "agent" }',
    },
  ),
  setup: option(path, {
    description: "Script that runs in the sandbox before the agent, on its own clock.",
    expected: "the path of a file",
  }),
  cap_add: option(
    z
      .array(element(z.enum(ADDABLE_CAPABILITIES), { expected: `one of ${ADDABLE_CAPABILITIES.join(", ")}` }))
      .superRefine(noDuplicates("capability")),
    {
      description:
        "Linux capabilities that root has in this profile's containers beyond the usual few, such as SYS_PTRACE for debuggers. Docker only.",
      expected: 'an array such as ["SYS_PTRACE"]',
    },
  ),
  prompt: option(path, {
    description: "File whose text is appended to every instruction.",
    expected: "the path of a file",
  }),
  import_path: option(z.string().regex(/^[A-Za-z_][\w.]*:[A-Za-z_]\w*$/), {
    description: "With engine harbor and agent import: the Python class of the agent.",
    expected: 'a Python class such as "my_package.agents:MyAgent"',
  }),
  kwargs: option(z.record(z.string(), z.any()), {
    description: "With engine harbor: what the agent's constructor gets beside the model.",
    expected: 'a table such as { reasoning_effort = "low" }',
  }),
  claude_version: option(exactVersion, {
    description: "Exact version of Claude Code. Default: the one that this version of Regatta pins.",
    expected: 'an exact version such as "2.1.197"',
  }),
  codex_version: option(exactVersion, {
    description: "Exact version of Codex. Default: the one that this version of Regatta pins.",
    expected: 'an exact version such as "0.169.0"',
  }),
  skills: option(z.array(element(path, { expected: "the path of a folder" })).superRefine(noDuplicates("folder")), {
    description: "Skills: folders with a SKILL.md each, relative to the project root.",
    expected: 'an array of folders such as ["skills/review"]',
  }),
  system_prompt: option(path, {
    description: "File whose text is appended to the agent's system prompt.",
    expected: "the path of a file",
  }),
  allowed_tools: option(z.array(element(line, { expected: "the name of a tool" })).superRefine(noDuplicates("tool")), {
    description: "Tools that the agent may use without asking, in its own words. Default: all.",
    expected: 'an array such as ["Read", "Bash(git *)"]',
  }),
  disallowed_tools: option(
    z.array(element(line, { expected: "the name of a tool" })).superRefine(noDuplicates("tool")),
    {
      description: "Tools that the agent must not use, in its own words.",
      expected: 'an array such as ["WebSearch"]',
    },
  ),
  max_turns: option(z.int().min(1).max(100_000), {
    description: "Turns that the agent gets; out of turns counts as ended by max-turns, and is verified.",
    expected: "a whole number from 1 to 100000",
    integer: true,
  }),
  trust_task_config: option(z.boolean(), {
    description: "Let the task's own .claude, .mcp.json and CLAUDE.md steer the agent.",
    expected: "true or false",
    default: false,
  }),
  mcp_git_source: option(line, {
    description: "Git repository with the Python project of every server that has no [mcp] entry.",
    expected: "the URL of a git repository",
  }),
  mcp_git_ref: option(line, {
    description: "Branch, tag or commit of mcp_git_source; resolved to a commit when planned. Default: its head.",
    expected: "a branch, tag or commit",
  }),
  command: option(z.array(element(anyText, { expected: "a string" })).min(1), {
    description: "What the command agent runs: program and arguments. The instruction comes on stdin and as a file.",
    expected: 'an array with at least one string, such as ["my-agent", "--flag"]',
  }),
});

export const profileTable = z.strictObject({
  ...settingsTable.shape,
  extends: option(z.string(), {
    description: "Another profile whose keys stand where this one says nothing. No cycles.",
    expected: "the key of another profile",
  }),
});

export const artifactsTable = z.strictObject({
  targets: option(z.array(element(folderName(), { expected: nameExpected })).superRefine(noDuplicates("target")), {
    description: "Folders under agent/sessions/ of every trial that are mirrored to artifacts/<target>/<trial>/.",
    expected: "an array of folder names",
  }),
});
