/**
 * `[defaults]` and `[profiles.*]`: inheritance, then the rules of the chosen agent.
 *
 * A key is looked for in the profile, then along its `extends` chain, then in `[defaults]`; it is taken whole, arrays
 * and tables are never merged. Nothing is silently dropped: a key that has no effect is an error where the profile
 * itself sets it, and is listed in `unused` where it is inherited.
 */
import type { Origin, Profile, ProfileKey } from "../contract/experiment.ts";
import { keysTaken, type AgentKeys } from "./agent-keys.ts";
import type { ExtendsChains } from "./extends-chain.ts";
import { fromRoot } from "./paths.ts";
import { choice, keyPath, type Position, type Report } from "./problems.ts";
import type { ReadTable } from "./read-table.ts";
import { settingsTable } from "./schema/profile-tables.ts";
import { allUsed, rules } from "./schema/words.ts";

export type SettingsShape = typeof settingsTable.shape;

/** Where each key of a profile ends up. Both the file's keys and the contract's must all be here. */
export const PROFILE_FIELDS = {
  agent: "agent",
  model: "model",
  reasoning: "reasoning",
  env_file: "envFile",
  no_mcp: "noMcp",
  mcp_servers: "mcpServers",
  hooks: "hooks",
  env: "env",
  set_env: "setEnv",
  files: "files",
  setup: "setup",
  cap_add: "capAdd",
  prompt: "prompt",
  command: "command",
  import_path: "importPath",
  kwargs: "kwargs",
  claude_version: "claudeVersion",
  codex_version: "codexVersion",
  skills: "skills",
  system_prompt: "systemPrompt",
  allowed_tools: "allowedTools",
  disallowed_tools: "disallowedTools",
  max_turns: "maxTurns",
  trust_task_config: "trustTaskConfig",
  mcp_git_source: "mcpGitSource",
  mcp_git_ref: "mcpGitRef",
} as const satisfies { readonly [K in ProfileKey]: keyof Profile } & {
  readonly [K in keyof SettingsShape]: keyof Profile;
};

export const PROFILE_KEYS = Object.keys(PROFILE_FIELDS) as readonly ProfileKey[];

export interface ProfileSource {
  readonly key: string;
  readonly at: Position;
  readonly table: ReadTable<SettingsShape>;
}

export interface ResolvedProfile {
  readonly profile: Profile;
  readonly origins: ReadonlyMap<string, Origin>;
}

export interface ProfileContext {
  readonly sources: ReadonlyMap<string, ProfileSource>;
  readonly chains: ExtendsChains;
  readonly defaults: ReadTable<SettingsShape> | null;
  readonly agents: ReadonlyMap<string, AgentKeys>;
  readonly root: string;
  /** Absolute; null = the default env file does not exist. */
  readonly defaultEnvFile: string | null;
}

interface Found {
  /** undefined = set, but not valid: already reported. */
  readonly value: unknown;
  readonly origin: Origin;
  readonly own: boolean;
  readonly at: Position;
}

export function resolveProfile(source: ProfileSource, context: ProfileContext, report: Report): ResolvedProfile {
  const found = new Map<ProfileKey, Found>();
  for (const key of PROFILE_KEYS) {
    const setting = lookUp(key, source, context);
    if (setting !== null) found.set(key, setting);
  }
  // What a broken chain would have brought is not known: nothing is said to be missing then.
  const complete = context.chains.get(source.key)?.broken !== true;
  if (complete && !found.has("agent")) reportNoAgent(source, context, report);
  const agent = chosenAgent(found.get("agent"), context);
  const unused = dropUnused(source, found, agent, report);

  const values: { [K in ProfileKey]?: ReadTable<SettingsShape>["values"][K] } = {};
  const origins = new Map<string, Origin>();
  for (const key of PROFILE_KEYS) {
    const setting = found.get(key);
    if (setting?.value !== undefined) Object.assign(values, { [key]: setting.value });
    origins.set(keyPath("profiles", source.key, key), setting?.origin ?? { kind: "default" });
  }
  if (agent !== null && complete) needs(source, found, agent, report);

  const {
    agent: agentName = "",
    model = null,
    reasoning = null,
    env_file,
    no_mcp = false,
    mcp_servers = [],
    hooks,
    env = [],
    set_env = {},
    files = {},
    setup,
    cap_add = [],
    prompt,
    command = null,
    import_path = null,
    kwargs = {},
    claude_version = null,
    codex_version = null,
    skills = [],
    system_prompt,
    allowed_tools = [],
    disallowed_tools = [],
    max_turns = null,
    trust_task_config = false,
    mcp_git_source = null,
    mcp_git_ref = null,
    ...rest
  } = values;
  allUsed(rest);
  const path = (given: string | undefined): string | null =>
    given === undefined ? null : fromRoot(context.root, given);

  const profile: Profile = {
    key: source.key,
    agent: agentName,
    model,
    reasoning,
    noMcp: no_mcp,
    mcpServers: mcp_servers,
    hooks: path(hooks),
    env,
    setEnv: bare(Object.entries(set_env)),
    files: bare(Object.entries(files).map(([inside, from]) => [inside, fromRoot(context.root, from)])),
    setup: path(setup),
    capAdd: cap_add,
    prompt: path(prompt),
    command,
    importPath: import_path,
    kwargs,
    claudeVersion: claude_version,
    codexVersion: codex_version,
    skills: skills.map((dir) => fromRoot(context.root, dir)),
    systemPrompt: path(system_prompt),
    allowedTools: allowed_tools,
    disallowedTools: disallowed_tools,
    maxTurns: max_turns,
    trustTaskConfig: trust_task_config,
    mcpGitSource: mcp_git_source,
    mcpGitRef: mcp_git_ref,
    envFile: path(env_file) ?? context.defaultEnvFile,
    unused,
  };
  return { profile, origins };
}

/** A record without a prototype: looking up any name finds only what was put in. */
function bare(entries: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  const record: Record<string, string> = Object.create(null);
  for (const [key, value] of entries) record[key] = value;
  return record;
}

function lookUp(key: ProfileKey, source: ProfileSource, context: ProfileContext): Found | null {
  for (const name of [source.key, ...(context.chains.get(source.key)?.links ?? [])]) {
    const link = context.sources.get(name);
    const at = link?.table.at.get(key);
    if (link === undefined || at === undefined) continue;
    const own = link === source;
    const line = at.key.line;
    const origin: Origin = own
      ? { kind: "file", line, table: keyPath("profiles", source.key) }
      : { kind: "extends", profile: name, line };
    return { value: link.table.values[key], origin, own, at: at.key };
  }
  const at = context.defaults?.at.get(key);
  if (at === undefined) return null;
  return {
    value: context.defaults?.values[key],
    origin: { kind: "defaults-table", line: at.key.line },
    own: false,
    at: at.key,
  };
}

function reportNoAgent(source: ProfileSource, context: ProfileContext, report: Report): void {
  const expected = `one of ${choice([...context.agents.keys()])}, here or in [defaults]`;
  report(source.at, { key: keyPath("profiles", source.key, "agent"), found: "nothing", expected });
}

/** Null when it is missing or unknown; an unknown one was reported where it is written. */
function chosenAgent(found: Found | undefined, context: ProfileContext): AgentKeys | null {
  return typeof found?.value === "string" ? (context.agents.get(found.value) ?? null) : null;
}

/** Takes out of `found` what has no effect under this agent, and says so. */
function dropUnused(
  source: ProfileSource,
  found: Map<ProfileKey, Found>,
  agent: AgentKeys | null,
  report: Report,
): Profile["unused"] {
  const unused: { key: ProfileKey; origin: Origin }[] = [];
  const taken = agent === null ? null : keysTaken(agent);
  const noMcp = found.get("no_mcp")?.value === true;
  for (const [key, setting] of found) {
    if (taken !== null && agent !== null && !taken.has(key)) {
      found.delete(key);
      if (setting.own) {
        report(setting.at, {
          key: keyPath("profiles", source.key, key),
          found: `a key that the agent ${JSON.stringify(agent.name)} does not take`,
          expected: `one of ${choice([...taken])}`,
        });
      } else unused.push({ key, origin: setting.origin });
      continue;
    }
    if (noMcp && (key === "mcp_servers" || (key === "hooks" && !setting.own))) {
      found.delete(key);
      unused.push({ key, origin: setting.origin });
    }
  }
  return unused;
}

/** What the agent cannot work without. */
function needs(source: ProfileSource, found: ReadonlyMap<ProfileKey, Found>, agent: AgentKeys, report: Report): void {
  for (const key of agent.requires) {
    if (found.has(key)) continue;
    report(source.at, {
      key: keyPath("profiles", source.key, key),
      found: "nothing",
      expected: rules.get(settingsTable.shape[key].unwrap())?.expected ?? "a value",
      hint: `the agent ${JSON.stringify(agent.name)} needs it`,
    });
  }
  if (!agent.takesMcp || found.get("no_mcp")?.value === true) return;
  const servers = found.get("mcp_servers");
  const known = Array.isArray(servers?.value) ? servers.value.length : servers === undefined ? 0 : null;
  if (known !== 0) return;
  report(servers?.own === true ? servers.at : source.at, {
    key: keyPath("profiles", source.key, "mcp_servers"),
    found: servers === undefined ? "nothing" : "an empty array",
    expected: "at least one server, or no_mcp = true",
    hint: `the agent ${JSON.stringify(agent.name)} takes MCP servers`,
  });
}
