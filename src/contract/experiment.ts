/**
 * An experiment as the rest of the program sees it: every default filled in, every path absolute,
 * `extends` and `[defaults]` applied, the order of tasks and profiles as written.
 *
 * The file format and its validation are `src/experiment/`.
 */

/** Where a value came from, for `plan --explain`. */
export type Origin =
  | { readonly kind: "default" }
  | { readonly kind: "file"; readonly line: number; readonly table: string }
  | { readonly kind: "extends"; readonly profile: string; readonly line: number }
  | { readonly kind: "defaults-table"; readonly line: number }
  | { readonly kind: "flag"; readonly flag: string };

export interface RunSettings {
  /** Absolute. */
  readonly resultsRoot: string;
  readonly attempts: number;
  /** Infrastructure retries per trial. */
  readonly retries: number;
  /** Trials at once, all profiles together; 0 = chosen from the machine. */
  readonly parallel: number;
  /** Trials of at most this many profiles at any moment; 0 = no such limit. */
  readonly profilesParallel: number;
  readonly containerEnv: string;
  readonly forceRebuild: boolean;
  /** Seconds; 0 = none. */
  readonly runTimeoutSec: number;
  readonly timeoutMultiplier: number;
  /** Seconds; overrides every task's agent limit when set. */
  readonly agentTimeoutSec: number | null;
  /** Of each disk that the run fills, in 10^9 bytes; 0 = never looked at. */
  readonly minFreeGb: number;
  /** Tests of one trial at a time. */
  readonly quietVerify: boolean;
  /** Shell command that is told how the run goes. */
  readonly notify: string | null;
  /** Absolute path or URL. */
  readonly registry: string | null;
  /** Who runs the trials: this program, or the real Harbor. */
  readonly engine: "regatta" | "harbor";
  /** Absolute path, or a name in PATH; null = `uvx` gets it. Of engine harbor alone. */
  readonly harborBin: string | null;
}

/** `[analysis]`: what a result means, and what is compared with what. Changes no trial. */
export interface AnalysisSettings {
  /** The profile that all others are compared with: the declared family; null = all pairs. */
  readonly control: string | null;
  /** Differences of mean reward up to this count as alike. */
  readonly margin: number;
  readonly alpha: number;
  readonly rewardKey: string;
  /** A reward of at least this is a success. */
  readonly successAt: number;
}

/** `[gateway]`: whether models are called through the gateway of this run. */
export interface GatewaySettings {
  readonly mode: "on" | "off" | "record";
  /** By the model's name as it is asked for; before the built-in table. */
  readonly prices: Readonly<Record<string, ModelPrice>>;
}

/** US dollars for a million tokens. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

/** `[budget]`: null = no limit. US dollars; tokens are input, however cached, and output. */
export interface BudgetSettings {
  readonly maxCostUsd: number | null;
  readonly perTrialUsd: number | null;
  readonly perProfileUsd: number | null;
  readonly maxTokens: number | null;
  readonly perTrialTokens: number | null;
}

export interface TaskRef {
  /** The key under `[tasks]`: identity on disk and in the index. */
  readonly id: string;
  /** Effective dataset; null when `path` is given. */
  readonly dataset: string | null;
  /** Absolute path of a task directory; null when it comes from a dataset. */
  readonly path: string | null;
  readonly line: number;
}

/** Every key a profile may have, after `[defaults]` and `extends`. */
export interface Profile {
  readonly key: string;
  readonly agent: string;
  readonly model: string | null;
  readonly reasoning: string | null;
  readonly noMcp: boolean;
  readonly mcpServers: readonly string[];
  /** Absolute path. */
  readonly hooks: string | null;
  /** Names let in from the env file or the host; values are looked up when a trial runs. */
  readonly env: readonly string[];
  readonly setEnv: Readonly<Record<string, string>>;
  /** Path in the sandbox → absolute path on the host (file or directory). */
  readonly files: Readonly<Record<string, string>>;
  /** Absolute path of a script that runs before the agent, on its own clock. */
  readonly setup: string | null;
  /** Linux capabilities that its sandboxes have beyond the usual few, without `CAP_`. */
  readonly capAdd: readonly string[];
  /** Absolute path of a file appended to every instruction. */
  readonly prompt: string | null;
  /** argv of the `command` agent. */
  readonly command: readonly string[] | null;
  /** Of engine harbor: the Python class of an agent, `package.module:Class`. */
  readonly importPath: string | null;
  /** Of engine harbor: what the agent's constructor gets. */
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** Exact versions of the agents of these names; null = the one that this version of Regatta pins. */
  readonly claudeVersion: string | null;
  readonly codexVersion: string | null;
  /** Absolute paths of folders with a SKILL.md each. */
  readonly skills: readonly string[];
  /** Absolute path of a file appended to the agent's system prompt. */
  readonly systemPrompt: string | null;
  /** In the agent's own words; empty = all. */
  readonly allowedTools: readonly string[];
  readonly disallowedTools: readonly string[];
  readonly maxTurns: number | null;
  /** The task's own `.claude`, `.mcp.json` and `CLAUDE.md` are let in. */
  readonly trustTaskConfig: boolean;
  /** The Python project of every server without an `[mcp]` entry of its own. */
  readonly mcpGitSource: string | null;
  readonly mcpGitRef: string | null;
  /** Absolute path; null when there is none. */
  readonly envFile: string | null;
  /** Keys that were inherited but that this agent does not take. */
  readonly unused: readonly { readonly key: ProfileKey; readonly origin: Origin }[];
}

/** The spelling of each profile key in the file. */
export type ProfileKey =
  | "agent"
  | "model"
  | "reasoning"
  | "no_mcp"
  | "mcp_servers"
  | "hooks"
  | "env"
  | "set_env"
  | "files"
  | "setup"
  | "cap_add"
  | "prompt"
  | "command"
  | "import_path"
  | "kwargs"
  | "claude_version"
  | "codex_version"
  | "skills"
  | "system_prompt"
  | "allowed_tools"
  | "disallowed_tools"
  | "max_turns"
  | "trust_task_config"
  | "mcp_git_source"
  | "mcp_git_ref"
  | "env_file";

/** Profile keys that every agent takes. */
export const COMMON_PROFILE_KEYS: readonly ProfileKey[] = [
  "agent",
  "env",
  "set_env",
  "files",
  "setup",
  "cap_add",
  "prompt",
  "env_file",
  "no_mcp",
];

/** Where the code of an MCP server comes from. */
export type McpSource =
  /** Absolute path of a folder. */
  | { readonly kind: "path"; readonly dir: string }
  | { readonly kind: "npm"; readonly spec: string }
  | {
      readonly kind: "python";
      readonly from: { readonly git: string; readonly ref: string | null } | { readonly path: string };
      readonly extras: readonly string[];
    }
  /** The task's image has it. */
  | { readonly kind: "image" };

export interface Experiment {
  readonly slug: string;
  readonly name: string;
  /** Absolute path of the TOML file. */
  readonly file: string;
  /** Absolute project root that relative paths start from. */
  readonly root: string;
  /** The bytes of the file, kept for the batch's copy. */
  readonly source: string;
  readonly run: RunSettings;
  readonly tasks: readonly TaskRef[];
  readonly profiles: readonly Profile[];
  /** Names under `agent/sessions/` mirrored to `artifacts/`. */
  readonly artifactTargets: readonly string[];
  readonly mcpAliases: Readonly<Record<string, string>>;
  /** Where the code of servers comes from, as `[mcp.<server>]` says; one that is not here has no entry. */
  readonly mcp: Readonly<Record<string, McpSource>>;
  readonly analysis: AnalysisSettings;
  readonly gateway: GatewaySettings;
  readonly budget: BudgetSettings;
  /** `run.attempts`, `profiles.text.model`, … → where its value came from. */
  readonly origins: Readonly<Record<string, Origin>>;
}
