/**
 * What each profile's treatment comes to: read and checked when planned, its toolchains made before the first trial, its paths
 * known from then on.
 */
import { readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import type { AgentDescription } from "../agents/agent.ts";
import { serverOfTool, toolServerName } from "../agents/mcp-tool-names.ts";
import { UserError } from "../contract/failure.ts";
import type { Experiment, McpSource, Profile } from "../contract/experiment.ts";
import { type Platform, type Toolchain, type ToolchainRequest, withNeeds } from "../contract/toolchain.ts";
import type { HookCommand, Skill, StdioServer, Treatment } from "../contract/treatment.ts";
import { shownUrl } from "../host/shown-url.ts";
import type { PlannedToolchain } from "../toolchains/planned.ts";
import type { Toolchains } from "../toolchains/toolchains.ts";
import { type InsideCode, insideLine, insideServer } from "../treatments/commands.ts";
import { readHooksFile } from "../treatments/hooks-file.ts";
import { plainSecrets, withoutSecrets } from "../treatments/plain-secrets.ts";
import { hasFile, readServerDirectory, type ServerDirectory } from "../treatments/server-directory.ts";
import { readSkills } from "../treatments/skills.ts";

interface PlannedServer {
  readonly directory: ServerDirectory;
  readonly source: McpSource;
  /** Null = the image has its code. */
  readonly code: PlannedToolchain | null;
  /** A Node for a server that is started by `node`. */
  readonly node: PlannedToolchain | null;
}

export interface PlannedTreatment {
  readonly program: PlannedToolchain | null;
  readonly servers: readonly PlannedServer[];
  readonly hooks: readonly HookCommand[];
  /** The server whose directory the hooks file is in. */
  readonly hooksOf: PlannedServer | null;
  readonly systemPrompt: string | null;
  readonly skills: readonly Skill[];
  /** All of them, each once. */
  readonly toolchains: readonly PlannedToolchain[];
  readonly notes: readonly string[];
}

export interface BuiltTreatment {
  readonly treatment: Treatment;
  /** To be mounted, those that others need included. */
  readonly toolchains: readonly Toolchain[];
}

/** @throws UserError for a server, hooks file or skill that cannot be used. */
export async function planTreatment(
  profile: Profile,
  experiment: Experiment,
  agent: AgentDescription,
  platform: Platform,
  toolchains: Pick<Toolchains, "plan">,
): Promise<PlannedTreatment> {
  const plan = (request: ToolchainRequest): Promise<PlannedToolchain> => toolchains.plan(request);
  const program =
    agent.toolchain === null
      ? null
      : await plan({ kind: agent.toolchain, version: profile[agent.versionKey ?? "claudeVersion"], ...platform });
  demandDistinct(profile);
  const servers: PlannedServer[] = [];
  for (const name of profile.mcpServers) servers.push(await planServer(name, profile, experiment, platform, plan));
  const hooks = profile.hooks === null ? [] : await readHooksFile(profile.hooks);
  const hooksOf = await ownerOfHooks(profile, experiment, servers, (name) =>
    planServer(name, profile, experiment, platform, plan),
  );
  const texts = [
    profile.systemPrompt === null ? null : await readFile(profile.systemPrompt, "utf8"),
    ...servers.map(({ directory }) => directory.usage),
  ].filter((text) => text !== null);
  const withCode = hooksOf === null || servers.includes(hooksOf) ? servers : [...servers, hooksOf];
  const all = [program, ...withCode.flatMap(({ code, node }) => [code, node])].filter((each) => each !== null);
  const once = [...new Map(all.map((each) => [each.hash, each])).values()];
  return {
    program,
    servers,
    hooks,
    hooksOf,
    systemPrompt: texts.length === 0 ? null : texts.map((text) => text.trim()).join("\n\n"),
    skills: await readSkills(profile.skills),
    toolchains: once,
    notes: [...once.flatMap(({ notes }) => notes), ...servers.flatMap(({ directory }) => plainSecrets(directory))],
  };
}

/**
 * The server whose folder the hooks file is in: its code is what the commands mean, also where the profile leaves the server
 * itself out.
 */
async function ownerOfHooks(
  { hooks }: Profile,
  { root, mcpAliases }: Experiment,
  servers: readonly PlannedServer[],
  planned: (name: string) => Promise<PlannedServer>,
): Promise<PlannedServer | null> {
  if (hooks === null) return null;
  const own = servers.find(({ directory }) => hooks.startsWith(`${directory.dir}/`));
  if (own !== undefined) return own;
  const dir = dirname(hooks);
  const alias = Object.entries(mcpAliases).find(([, folder]) => join(root, folder) === dir)?.[0];
  const name = alias ?? relative(root, dir);
  if (name === "" || name.includes(sep) || !existsSync(join(dir, ".mcp.json"))) return null;
  return planned(name);
}

/** Agents show tools by names that take fewer characters than ours: two servers may come to the same. */
function demandDistinct({ key, mcpServers }: Profile): void {
  const seen = new Map<string, string>();
  for (const server of mcpServers) {
    const shown = serverOfTool(`mcp__${toolServerName(server)}__tool`) ?? server;
    const other = seen.get(shown);
    if (other !== undefined)
      throw new UserError(
        `profile "${key}": the MCP servers "${other}" and "${server}" have tools of the same names.`,
        [`The agent shows both as mcp__${shown}__…: rename one of them.`],
      );
    seen.set(shown, server);
  }
}

async function planServer(
  name: string,
  profile: Profile,
  { root, mcp, mcpAliases }: Experiment,
  platform: Platform,
  plan: (request: ToolchainRequest) => Promise<PlannedToolchain>,
): Promise<PlannedServer> {
  const dir = join(root, mcpAliases[name] ?? name);
  const directory = await readServerDirectory(name, dir);
  const source = mcp[name] ?? sourceWithoutEntry(directory, profile);
  const code = await codeOf(name, source, platform, plan);
  const byNode = directory.entry.kind === "stdio" && /^(node|npx|npm)$/.test(directory.entry.command);
  const node = byNode && source.kind === "path" ? await plan({ kind: "node", ...platform }) : null;
  return { directory, source, code, node };
}

function sourceWithoutEntry({ dir, hasCode }: ServerDirectory, { mcpGitSource, mcpGitRef }: Profile): McpSource {
  if (mcpGitSource !== null) return { kind: "python", from: { git: mcpGitSource, ref: mcpGitRef }, extras: [] };
  return hasCode ? { kind: "path", dir } : { kind: "image" };
}

async function codeOf(
  name: string,
  source: McpSource,
  platform: Platform,
  plan: (request: ToolchainRequest) => Promise<PlannedToolchain>,
): Promise<PlannedToolchain | null> {
  switch (source.kind) {
    case "image":
      return null;
    case "path":
      return plan({ kind: "path", dir: source.dir, name });
    case "npm":
      return plan({ kind: "npm", spec: source.spec, ...platform });
    case "python":
      return plan({ kind: "python", source: source.from, extras: source.extras, name, ...platform });
  }
}

/** What is recorded of a treatment with a launch: contents by digest, so that another content is another profile. */
export function treatmentLock({
  toolchains,
  servers,
  hooks,
  systemPrompt,
  skills,
}: PlannedTreatment): Readonly<Record<string, unknown>> {
  return {
    toolchains: toolchains.map(({ name, version, hash, inputs }) => ({ name, version, hash, inputs })),
    servers: servers.map(({ directory }) => ({ name: directory.name, entry: withoutSecrets(directory.entry) })),
    hooks,
    system_prompt: systemPrompt,
    skills: skills.map(({ name }) => name),
  };
}

export function treatmentLines({ program, servers, hooks, skills }: PlannedTreatment): readonly string[] {
  const events = [...new Set(hooks.map(({ event }) => event))];
  return [
    ...(program === null ? [] : [`${program.name} ${program.version ?? ""} (${program.hash.slice(0, 12)})`]),
    ...servers.map(({ directory, source, code }) => `server ${directory.name}: ${sourceText(source, code)}`),
    ...(events.length === 0 ? [] : [`hooks on ${events.join(", ")}`]),
    ...(skills.length === 0 ? [] : [`skills ${skills.map(({ name }) => name).join(", ")}`]),
  ];
}

function sourceText(source: McpSource, code: PlannedToolchain | null): string {
  const exact = code === null ? "" : ` ${code.version ?? ""} (${code.hash.slice(0, 12)})`.replace("  ", " ");
  switch (source.kind) {
    case "image":
      return "the task's image has it";
    case "path":
      return `${source.dir}${exact}`;
    case "npm":
      return `npm ${source.spec}${exact}`;
    case "python": {
      const { from } = source;
      return `python ${"git" in from ? `${shownUrl(from.git)}${from.ref === null ? "" : ` at ${from.ref}`}` : from.path}${exact}`;
    }
  }
}

/** Makes what is not in the store yet. @throws UserError */
export async function buildTreatment(
  planned: PlannedTreatment,
  toolchains: Toolchains,
  settings: { readonly log: (line: string) => void; readonly signal: AbortSignal },
): Promise<BuiltTreatment> {
  const built = new Map<string, Toolchain>();
  for (const each of planned.toolchains) built.set(each.hash, await toolchains.build(each, settings));
  const of = (plan: PlannedToolchain | null): Toolchain | null =>
    plan === null ? null : (built.get(plan.hash) ?? null);
  const program = of(planned.program);
  const codeOfServer = (server: PlannedServer): InsideCode => insideCode(server, of(server.code), of(server.node));
  const treatment: Treatment = {
    version: program?.version ?? null,
    program: program === null ? null : `${program.binDirs[0] ?? program.mountPath}/${programName(planned)}`,
    servers: planned.servers.map((server) => {
      const { name, entry } = server.directory;
      if (entry.kind !== "stdio") return { ...entry, name };
      const plain: StdioServer = { ...entry, name };
      return insideServer(plain, codeOfServer(server));
    }),
    hooks: planned.hooks.map((hook) =>
      planned.hooksOf === null ? hook : { ...hook, command: insideLine(hook.command, codeOfServer(planned.hooksOf)) },
    ),
    systemPrompt: planned.systemPrompt,
    skills: planned.skills,
    path: [],
  };
  return { treatment, toolchains: withNeeds([...built.values()]) };
}

function programName({ program }: PlannedTreatment): string {
  return program?.inputs["kind"] === "codex" ? "codex" : "claude";
}

function insideCode({ directory, source }: PlannedServer, code: Toolchain | null, node: Toolchain | null): InsideCode {
  if (code === null) return { root: null, bin: [], has: () => false };
  const bin = [...code.binDirs, ...withNeeds(code.needs).flatMap(({ binDirs }) => binDirs), ...(node?.binDirs ?? [])];
  const root = source.kind === "path" ? code.mountPath : source.kind === "python" ? `${code.mountPath}/src` : null;
  const local = source.kind === "path" ? source.dir : directory.dir;
  return { root, bin: [...new Set(bin)], has: hasFile(local) };
}
