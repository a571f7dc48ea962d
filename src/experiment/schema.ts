/**
 * The experiment file, defined once: types, validation, messages and the JSON Schema all come from here.
 *
 * Adding a key here does not compile until the resolver of its table (`run-settings.ts`, `task-list.ts`, `profiles.ts`)
 * uses it: a knob that has no effect cannot exist.
 */
import { z } from "zod";

import {
  ANALYSIS_DEFAULTS,
  DEFAULT_DATASET,
  DEFAULT_ENV_FILE,
  GATEWAY_DEFAULTS,
  RUN_DEFAULTS,
  SCHEMA_VERSION,
} from "./defaults.ts";
import { NAME_PATTERN, NAME_RULE, nameFault } from "./names.ts";

/** What messages and editors say about a value beyond its type. */
export interface Rule {
  /** Completes "expected …". */
  readonly expected: string;
  /** TOML tells `1` from `1.0`, JavaScript does not: 1.0 is refused where a whole number is meant. */
  readonly integer?: boolean;
  /** Never quoted in a message: people paste secrets here. */
  readonly secret?: boolean;
}

export const rules = z.registry<Rule>();

interface Words extends Rule {
  /** For editors; sentences. */
  readonly description: string;
  readonly default?: unknown;
}

function described<S extends z.ZodType>(schema: S, words: Words): S {
  const { description, default: fallback, ...rule } = words;
  const meta = fallback === undefined ? { description } : { description, default: fallback };
  const named = schema.meta(meta);
  rules.add(named, rule);
  return named;
}

/** An optional key of a table. Absent stays absent here; the resolver fills in defaults and knows that it did. */
function option<S extends z.ZodType>(schema: S, words: Words): z.ZodOptional<S> {
  return described(schema, words).optional();
}

/** A copy, as the same schema may have other words elsewhere. */
function element<S extends z.ZodType>(schema: S, rule: Rule): S {
  const own = schema.clone();
  rules.add(own, rule);
  return own;
}

/** Node's timers run at most 2^31 ms; a longer one would fire at once. */
const LONGEST_SEC = 2_000_000;

/** Control characters have no place in names, paths and datasets. */
function isPrintable(text: string): boolean {
  for (const character of text) if (character < " " || character === "\x7f") return false;
  return true;
}

/** No argument or variable of a process can hold a zero byte. */
function noZero(text: string): boolean {
  return !text.includes("\0");
}

// Patterns go into the JSON Schema, which editors read with engines of their own: no lookaheads, no \p.
const line = z.string().regex(/\S/).refine(isPrintable);
const path = line;
const anyText = z.string().refine(noZero);
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/);

const nameExpected = `a name of ${NAME_RULE}`;

/** A name that becomes a folder. The pattern is for editors, the check has the better words. */
function folderName(): z.ZodString {
  return z
    .string()
    .max(100)
    .regex(NAME_PATTERN)
    .superRefine((name, context) => {
      const fault = nameFault(name);
      if (fault !== null) context.addIssue({ code: "custom", message: fault, params: { expected: fault } });
    });
}

function noDuplicates(what: string) {
  return (list: readonly string[], context: z.RefinementCtx): void => {
    const seen = new Set<string>();
    for (const [index, item] of list.entries()) {
      if (seen.has(item)) {
        context.addIssue({
          code: "custom",
          path: [index],
          message: "duplicate",
          params: { expected: `each ${what} once` },
        });
      }
      seen.add(item);
    }
  };
}

/** No part of an absolute path is empty, `.` or `..`. */
function isPlainPath(inside: string): boolean {
  return inside
    .split("/")
    .slice(1)
    .every((part) => part !== "" && part !== "." && part !== "..");
}

const seconds = (least: "zero" | "more") => (least === "zero" ? z.number().min(0) : z.number().gt(0)).max(LONGEST_SEC);

/** None of them opens a closed network, mounts, or reaches a device: what a container may not touch it may not ask for. */
const ADDABLE_CAPABILITIES = ["IPC_LOCK", "MKNOD", "SYS_NICE", "SYS_PTRACE", "SYS_RESOURCE"] as const;

const CONTAINER_ENVS = ["local", "docker"] as const;

export const runTable = z.strictObject({
  results_root: option(path, {
    description:
      "Where batches are written: <results_root>/<slug>/<batch>/. Relative to the project root; made when missing.",
    expected: "a path",
    default: RUN_DEFAULTS.results_root,
  }),
  attempts: option(z.int().min(1).max(10_000), {
    description: "Attempts per cell (one task under one profile).",
    expected: "a whole number from 1 to 10000",
    integer: true,
    default: RUN_DEFAULTS.attempts,
  }),
  retries: option(z.int().min(0).max(100), {
    description:
      "How often a trial that failed for infrastructure reasons is tried again. Nothing else is ever retried.",
    expected: "a whole number from 0 to 100",
    integer: true,
    default: RUN_DEFAULTS.retries,
  }),
  parallel: option(z.int().min(0).max(1000), {
    description: "Trials at once, all profiles together; 0 = chosen from the machine.",
    expected: "a whole number from 0 to 1000",
    integer: true,
    default: RUN_DEFAULTS.parallel,
  }),
  profiles_parallel: option(z.int().min(0).max(1000), {
    description: "Trials of at most this many profiles at any moment; never changes the order; 0 = no such limit.",
    expected: "a whole number from 0 to 1000",
    integer: true,
    default: RUN_DEFAULTS.profiles_parallel,
  }),
  container_env: option(z.enum(CONTAINER_ENVS), {
    description: "Where trials run: local (namespaces over this machine's own file system, needs nothing) or docker.",
    expected: '"local" or "docker"',
    default: RUN_DEFAULTS.container_env,
  }),
  force_rebuild: option(z.boolean(), {
    description: "Build from the Dockerfile without cache, even where the task names a docker_image.",
    expected: "true or false",
    default: RUN_DEFAULTS.force_rebuild,
  }),
  run_timeout_sec: option(seconds("zero"), {
    description: "Wall clock of the whole batch in seconds; 0 = none.",
    expected: `seconds from 0 to ${LONGEST_SEC}`,
    default: RUN_DEFAULTS.run_timeout_sec,
  }),
  timeout_multiplier: option(z.number().gt(0).max(1000), {
    description: "Every limit of every task is multiplied by this.",
    expected: "a number above 0, at most 1000",
    default: RUN_DEFAULTS.timeout_multiplier,
  }),
  agent_timeout_sec: option(seconds("more"), {
    description: "Seconds that an agent has, in place of each task's own limit.",
    expected: `seconds above 0, at most ${LONGEST_SEC}`,
  }),
  min_free_gb: option(z.number().min(0).max(1_000_000), {
    description:
      "No new trial starts while a disk that the run fills has less than this many GB free; they go on by themselves. 0 = never checked.",
    expected: "GB from 0 to 1000000",
    default: RUN_DEFAULTS.min_free_gb,
  }),
  quiet_verify: option(z.boolean(), {
    description: "Tests of one trial at a time, for tests that measure time; agents go on meanwhile.",
    expected: "true or false",
    default: RUN_DEFAULTS.quiet_verify,
  }),
  notify: option(line, {
    description:
      "A shell command that is run when the run is finished, blocked (a disk is nearly full), or has spent a budget. It is told by REGATTA_EVENT, REGATTA_MESSAGE, REGATTA_BATCH and REGATTA_BATCH_DIR, and by JSON on its stdin.",
    expected: "a shell command",
  }),
  engine: option(z.enum(["regatta", "harbor"]), {
    description: "Who runs the trials: regatta, or harbor (the real Harbor, one job per profile; needs Docker and uv).",
    expected: '"regatta" or "harbor"',
    default: RUN_DEFAULTS.engine,
  }),
  harbor_bin: option(path, {
    description:
      "With engine harbor: the program to run, a path from the project root or a name in PATH. Default: uvx --python 3.13 harbor.",
    expected: "the path or name of a program",
  }),
  registry: option(line, {
    description: "Path or http(s) URL of a dataset registry. Without it Harbor's public registry is used.",
    expected: "a path or an http(s) URL",
  }),
});

const dataset = z
  .string()
  .regex(/^\S(.*\S)?$/)
  .refine(isPrintable);
const datasetExpected = 'a dataset such as "terminal-bench@2.0", or a folder such as "./my-dataset"';

export const taskTable = z.strictObject({
  dataset: option(dataset, {
    description:
      'The dataset that has this task: name@version, or a folder ("./…" or absolute). Default: tasks.default_dataset.',
    expected: datasetExpected,
  }),
  path: option(path, {
    description: "A task directory, relative to the project root. Stands in place of a dataset.",
    expected: "the path of a task directory",
  }),
});

/** The keys of `[tasks]` that are not task ids. */
export const tasksHead = z.strictObject({
  default_dataset: option(dataset, {
    description: "The dataset of every task that names neither a dataset nor a path.",
    expected: datasetExpected,
    default: DEFAULT_DATASET,
  }),
});

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

export const analysisTable = z.strictObject({
  control: option(z.string(), {
    description: "The profile that all others are compared with. Without it all pairs are, which needs more evidence.",
    expected: "the key of a profile",
  }),
  margin: option(z.number().gt(0).max(1000), {
    description: "Profiles whose mean rewards differ by less than this count as equivalent.",
    expected: "a number above 0",
    default: ANALYSIS_DEFAULTS.margin,
  }),
  alpha: option(z.number().gt(0).lt(0.5), {
    description: "Chance of a false alarm that is accepted, over all comparisons together.",
    expected: "a number above 0 and below 0.5",
    default: ANALYSIS_DEFAULTS.alpha,
  }),
  reward_key: option(line, {
    description: "Which of a verifier's rewards counts; where there is only one, that one does.",
    expected: "the name of a reward",
    default: ANALYSIS_DEFAULTS.reward_key,
  }),
  success_at: option(z.number(), {
    description: "A reward of at least this is a success.",
    expected: "a number",
    default: ANALYSIS_DEFAULTS.success_at,
  }),
});

const pythonSource = z.strictObject({
  git: option(line, { description: "Git repository of the project.", expected: "the URL of a git repository" }),
  path: option(path, { description: "Folder of the project.", expected: "the path of a folder" }),
  ref: option(line, { description: "Branch, tag or commit. Default: its head.", expected: "a branch, tag or commit" }),
  extras: option(z.array(element(line, { expected: "the name of an extra" })), {
    description: "Extras to install.",
    expected: 'an array such as ["server"]',
  }),
});

export const mcpTable = z.strictObject({
  path: option(path, {
    description: "Folder with the server's code. Wins over mcp_git_source.",
    expected: "the path of a folder",
  }),
  npm: option(z.string().regex(/^(@[\w.-]+\/)?[\w.-]+(@\S+)?$/), {
    description: "The npm package of the server.",
    expected: 'a package such as "@scope/server@1.2.3"',
  }),
  python: option(pythonSource, {
    description: "The Python project of the server.",
    expected: 'a table such as { git = "https://…", ref = "main" }',
  }),
});

const dollarsPerMillion = z.number().min(0).max(100_000);
const dollarsExpected = "US dollars for a million tokens";

const priceTable = z.strictObject({
  input: described(dollarsPerMillion, { description: "Input, nothing of it cached.", expected: dollarsExpected }),
  output: described(dollarsPerMillion, { description: "Output, with reasoning.", expected: dollarsExpected }),
  cache_read: option(dollarsPerMillion, {
    description: "Input read from a cache. Default: as input.",
    expected: dollarsExpected,
  }),
  cache_write: option(dollarsPerMillion, {
    description: "Input written to a cache. Default: as input.",
    expected: dollarsExpected,
  }),
});

export const gatewayTable = z.strictObject({
  mode: option(z.enum(["on", "off", "record"]), {
    description:
      "on: models are called through a proxy on this machine, which keeps keys out of sandboxes, counts and keeps budgets; record: it also keeps what was asked and answered; off: agents get the keys and call by themselves.",
    expected: '"on", "off" or "record"',
    default: GATEWAY_DEFAULTS.mode,
  }),
  prices: option(
    z.record(
      element(line, { expected: "the name of a model" }),
      element(priceTable, { expected: "a table such as { input = 1.0, output = 5.0 }" }),
    ),
    {
      description: "Prices of models that the built-in table does not have, by the name that is asked for.",
      expected: 'a table such as { "my/model" = { input = 1.0, output = 5.0 } }',
    },
  ),
});

const dollars = z.number().gt(0).max(10_000_000);
const tokens = z.int().min(1).max(1_000_000_000_000);

export const budgetTable = z.strictObject({
  max_cost_usd: option(dollars, {
    description: "What the whole batch may cost; then nothing new starts, and agents that run get no more answers.",
    expected: "US dollars above 0",
  }),
  per_trial_usd: option(dollars, {
    description: "What a trial may cost, with all its tries; then its agent gets no more answers, and is verified.",
    expected: "US dollars above 0",
  }),
  per_profile_usd: option(dollars, {
    description: "What all trials of a profile may cost; then nothing new starts, of no profile.",
    expected: "US dollars above 0",
  }),
  max_tokens: option(tokens, {
    description: "Tokens that the whole batch may use: input, however cached, and output.",
    expected: "a whole number above 0",
    integer: true,
  }),
  per_trial_tokens: option(tokens, {
    description: "Tokens that a trial may use, with all its tries.",
    expected: "a whole number above 0",
    integer: true,
  }),
});

export const aliasesTable = z
  .record(element(folderName(), { expected: nameExpected }), element(path, { expected: "the path of a folder" }))
  .meta({ description: "MCP server → its directory, where they differ." });

const slug = described(folderName(), {
  description: "Identity of the experiment on disk: <taskset>__<profileset>__<variant>.",
  expected: nameExpected,
});

/** The top of the file, tables aside. */
export const head = z.strictObject({
  schema_version: described(z.literal(SCHEMA_VERSION), {
    description: "Version of this format.",
    expected: String(SCHEMA_VERSION),
    integer: true,
  }),
  name: option(line, { description: "For people. Default: the slug.", expected: "one line of text" }),
  slug,
});

export const experimentFile = z.strictObject({
  ...head.shape,
  run: runTable.meta({ description: "How the batch runs." }).optional(),
  tasks: z
    .strictObject(tasksHead.shape)
    .catchall(taskTable.meta({ description: "One task; the table's name is its id. An id with a dot needs quotes." }))
    .meta({ description: "The tasks, in the order they run." }),
  defaults: settingsTable.meta({ description: "Keys for every profile that does not set them itself." }).optional(),
  artifacts: artifactsTable.meta({ description: "What is mirrored out of the trials." }).optional(),
  profiles: z
    .record(folderName(), profileTable.meta({ description: "One profile; the table's name is its key." }))
    .meta({ description: "The profiles, in their order of the file." }),
  mcp_aliases: aliasesTable.optional(),
  mcp: z
    .record(
      folderName(),
      mcpTable.meta({ description: "One server: path, npm or python; with none of them the image has it." }),
    )
    .meta({ description: "Where the code of MCP servers comes from." })
    .optional(),
  analysis: analysisTable
    .meta({ description: "What a result means, and what is compared. Changes no trial." })
    .optional(),
  gateway: gatewayTable.meta({ description: "How agents reach their models." }).optional(),
  budget: budgetTable.meta({ description: "What may be spent. Without a key there is no such limit." }).optional(),
});

/** Every table and key at the top of the file. */
export type ExperimentFile = z.output<typeof experimentFile>;

/** Compiles only when a rest object has no keys left: `const { a, b, ...rest } = table; allUsed(rest);` */
export function allUsed(_rest: Record<string, never>): void {
  // The whole check is the parameter's type.
}
