/** What a valid experiment resolves to: values, order, inheritance, paths, and where each value came from. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { explain } from "../../src/experiment/explain.ts";
import { experimentNotes } from "../../src/experiment/notes.ts";
import { bareProfile, bareRun } from "../support/bare.ts";
import { experiment, project } from "./project.ts";

const FULL = `#:schema ./x.json
schema_version = 2
name = "All of it"
slug = "all-of-it"

[run]
results_root = "out"
attempts = 3
retries = 2
parallel = 4
profiles_parallel = 1
container_env = "docker"
force_rebuild = true
run_timeout_sec = 600
timeout_multiplier = 2
agent_timeout_sec = 1.5
min_free_gb = 0.5
quiet_verify = true
notify = "logger"
registry = "registry.json"

[tasks]
default_dataset = "terminal-bench@2.0"
[tasks.sanitize]
[tasks.custom]
dataset = "mine@1.0"
[tasks."my.task"]
path = "tasks/my-task"
[tasks.local]
dataset = "./folder"

[defaults]
agent = "mcp-agent"
model = "anthropic/claude-haiku-4-5"
env_file = "other.env"

[artifacts]
targets = ["codecanvas"]

[profiles.text]
no_mcp = true
[profiles.graph]
mcp_servers = ["graph"]
env = ["A_KEY"]
hooks = "hooks.json"
[profiles.canvas]
extends = "graph"
mcp_servers = ["canvas"]
reasoning = "low"
[profiles.hooks-only]
extends = "canvas"
no_mcp = true
hooks = "hooks.json"
[profiles.quiet]
extends = "canvas"
no_mcp = true
[profiles.script]
agent = "command"
command = ["sh", "-c", "true"]
set_env = { NAME = "value" }
files = { "/opt/a" = "folder" }
setup = "setup.sh"
prompt = "extra.md"

[mcp_aliases]
graph = "locagent"
`;

const FILES = {
  "registry.json": "[]",
  "other.env": "A_KEY=secret-value\n",
  "hooks.json": "{}",
  "setup.sh": "",
  "extra.md": "",
  "folder/x": "",
  "tasks/my-task/task.toml": "",
};

test("every key, resolved", async () => {
  const { root, load } = await project({ ...FILES, "experiments/all.toml": FULL });
  const loaded = await load("experiments/all.toml");
  const at = (path: string): string => join(root, path);

  expect(loaded).toMatchObject({
    slug: "all-of-it",
    name: "All of it",
    file: at("experiments/all.toml"),
    root,
    source: FULL,
    artifactTargets: ["codecanvas"],
    mcpAliases: { graph: "locagent" },
  });
  expect(loaded.run).toEqual({
    resultsRoot: at("out"),
    attempts: 3,
    retries: 2,
    parallel: 4,
    profilesParallel: 1,
    containerEnv: "docker",
    forceRebuild: true,
    runTimeoutSec: 600,
    timeoutMultiplier: 2,
    agentTimeoutSec: 1.5,
    minFreeGb: 0.5,
    quietVerify: true,
    notify: "logger",
    registry: at("registry.json"),
    engine: "regatta",
    harborBin: null,
  });
  expect(loaded.tasks).toEqual([
    { id: "sanitize", dataset: "terminal-bench@2.0", path: null, line: 24 },
    { id: "custom", dataset: "mine@1.0", path: null, line: 25 },
    { id: "my.task", dataset: null, path: at("tasks/my-task"), line: 27 },
    { id: "local", dataset: at("folder"), path: null, line: 29 },
  ]);
  const inherited = bareProfile("", {
    agent: "mcp-agent",
    model: "anthropic/claude-haiku-4-5",
    noMcp: false,
    envFile: at("other.env"),
  });
  const servers = { key: "mcp_servers", origin: { kind: "extends", profile: "canvas", line: 48 } };
  const hooks = { key: "hooks", origin: { kind: "extends", profile: "graph", line: 45 } };
  const low = { env: ["A_KEY"], reasoning: "low" };
  expect(loaded.profiles).toEqual([
    { ...inherited, key: "text", noMcp: true },
    { ...inherited, key: "graph", mcpServers: ["graph"], env: ["A_KEY"], hooks: at("hooks.json") },
    { ...inherited, key: "canvas", mcpServers: ["canvas"], ...low, hooks: at("hooks.json") },
    { ...inherited, key: "hooks-only", noMcp: true, ...low, hooks: at("hooks.json"), unused: [servers] },
    { ...inherited, key: "quiet", noMcp: true, ...low, unused: [servers, hooks] },
    {
      ...inherited,
      key: "script",
      agent: "command",
      command: ["sh", "-c", "true"],
      setEnv: { NAME: "value" },
      files: { "/opt/a": at("folder") },
      setup: at("setup.sh"),
      prompt: at("extra.md"),
    },
  ]);
});

test("origins name the line, the table, the profile or the flag", async () => {
  const { load } = await project({ ...FILES, "experiments/all.toml": FULL });
  const { origins } = await load("experiments/all.toml", { parallel: 9 });
  expect(origins["slug"]).toEqual({ kind: "file", line: 4, table: "" });
  expect(origins["run.attempts"]).toEqual({ kind: "file", line: 8, table: "run" });
  expect(origins["run.parallel"]).toEqual({ kind: "flag", flag: "-n" });
  expect(origins["tasks.sanitize.dataset"]).toEqual({ kind: "file", line: 23, table: "tasks" });
  expect(origins["tasks.custom.dataset"]).toEqual({ kind: "file", line: 26, table: "tasks.custom" });
  expect(origins['tasks."my.task".path']).toEqual({ kind: "file", line: 28, table: 'tasks."my.task"' });
  expect(origins["profiles.text.model"]).toEqual({ kind: "defaults-table", line: 34 });
  expect(origins["profiles.canvas.mcp_servers"]).toEqual({ kind: "file", line: 48, table: "profiles.canvas" });
  expect(origins["profiles.hooks-only.env"]).toEqual({ kind: "extends", profile: "graph", line: 44 });
  expect(origins["profiles.text.setup"]).toEqual({ kind: "default" });
  expect(origins["mcp_aliases.graph"]).toEqual({ kind: "file", line: 66, table: "mcp_aliases" });
});

test("a file that says the least has every default", async () => {
  const { root, load } = await project({ "x.toml": experiment() });
  const loaded = await load("x.toml");
  expect(loaded.root).toBe(root);
  expect(loaded.name).toBe("x");
  expect(loaded.run).toEqual(bareRun(root));
  expect(loaded.tasks).toEqual([{ id: "t", dataset: "terminal-bench@2.0", path: null, line: 3 }]);
  expect(loaded.profiles[0]?.envFile).toBeNull();
  expect(loaded.artifactTargets).toEqual([]);
});

describe("text", () => {
  test("CRLF, a byte order mark and TOML 1.1", async () => {
    const text = `\uFEFF${experiment({ top: "name = 'a'", profiles: '[profiles.p]\nagent = "nop"\nset_env = {\n A = "1",\n}' })}`;
    const { load } = await project({ "experiments/x.toml": text.replaceAll("\n", "\r\n") });
    const loaded = await load();
    expect(loaded.name).toBe("a");
    expect(loaded.source.startsWith("\uFEFFschema_version = 2\r\n")).toBe(true);
    expect(loaded.profiles[0]?.setEnv).toEqual({ A: "1" });
  });

  test("a byte order mark moves no column", async () => {
    const { errors } = await project({ "experiments/x.toml": "\uFEFFschema_version = 3\n" });
    expect((await errors())[1]).toContain("x.toml:1:18:");
  });
});

test("the order is that of the file, for names that look like integers too", async () => {
  const ids = ["10", "2", "b", "1", "a", "0"];
  const { load } = await project({
    "experiments/x.toml": experiment({
      tasks: ids.map((id) => `[tasks.${id}]`).join("\n"),
      profiles: ids.map((id) => `[profiles.${id}]\nagent = "nop"`).join("\n"),
    }),
  });
  const loaded = await load();
  expect(loaded.tasks.map(({ id }) => id)).toEqual(ids);
  expect(loaded.profiles.map(({ key }) => key)).toEqual(ids);
});

test("names that every object has are names like any other, and nothing is polluted", async () => {
  const { load } = await project({
    "experiments/x.toml": experiment({
      tasks: "[tasks.constructor]\n[tasks.toString]",
      profiles: `[profiles.hasOwnProperty]
agent = "nop"
set_env = { constructor = "a", valueOf = "b" }
[profiles.constructor]
extends = "hasOwnProperty"`,
      more: '[mcp_aliases]\nconstructor = "dir"',
    }),
  });
  const loaded = await load();
  expect(loaded.tasks.map(({ id }) => id)).toEqual(["constructor", "toString"]);
  expect(loaded.profiles.map(({ key }) => key)).toEqual(["hasOwnProperty", "constructor"]);
  expect(Object.entries(loaded.profiles[1]?.setEnv ?? {})).toEqual([
    ["constructor", "a"],
    ["valueOf", "b"],
  ]);
  expect(Object.entries(loaded.mcpAliases)).toEqual([["constructor", "dir"]]);
  expect(loaded.mcpAliases["toString"]).toBeUndefined();
  expect(loaded.origins["valueOf"]).toBeUndefined();
  expect(Object.keys({})).toEqual([]);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

test("the default env file counts only when it exists", async () => {
  const { root, load, write } = await project({ "experiments/x.toml": experiment() });
  expect((await load()).profiles[0]?.envFile).toBeNull();
  await write("experiments/.env", "A=1\n");
  expect((await load()).profiles[0]?.envFile).toBe(join(root, "experiments/.env"));
});

test("a URL as registry stays one", async () => {
  const { load } = await project({
    "experiments/x.toml": experiment({ more: '[run]\nregistry = "https://example.org/registry.json"' }),
  });
  expect((await load()).run.registry).toBe("https://example.org/registry.json");
});

test("an inherited key that the agent does not take is listed, and has no effect", async () => {
  const { load } = await project({
    "experiments/x.toml": experiment({
      profiles: `[defaults]
model = "x/y"
command = ["ls"]
[profiles.a]
agent = "oracle"
no_mcp = true
[profiles.b]
agent = "command"`,
    }),
  });
  const [a, b] = (await load()).profiles;
  expect(a).toMatchObject({ model: null, command: null, importPath: null, kwargs: {}, noMcp: true });
  expect(a?.unused).toEqual([
    { key: "model", origin: { kind: "defaults-table", line: 5 } },
    { key: "command", origin: { kind: "defaults-table", line: 6 } },
  ]);
  expect(b).toMatchObject({ model: "x/y", importPath: null, kwargs: {}, command: ["ls"], unused: [] });
});

test("a profile may undo what it inherits", async () => {
  const { load } = await project({
    "experiments/x.toml": experiment({
      profiles: `[defaults]
agent = "mcp-agent"
no_mcp = true
[profiles.a]
no_mcp = false
mcp_servers = ["s"]
[profiles.b]`,
    }),
  });
  const [a, b] = (await load()).profiles;
  expect(a).toMatchObject({ noMcp: false, mcpServers: ["s"], unused: [] });
  expect(b).toMatchObject({ noMcp: true, mcpServers: [] });
});

test("flags win over the file", async () => {
  const { load } = await project({ "experiments/x.toml": experiment({ more: "[run]\nattempts = 2" }) });
  const loaded = await load(undefined, { attempts: 7 });
  expect(loaded.run.attempts).toBe(7);
  expect(loaded.origins["run.attempts"]).toEqual({ kind: "flag", flag: "--attempts" });
});

test("explain tells every value with its origin, and no secret", async () => {
  const text = FULL.replace('NAME = "value"', 'NAME = "value", MY_TOKEN = "sk-1234567890"');
  const { root, load } = await project({ ...FILES, "experiments/all.toml": text });
  const loaded = await load("experiments/all.toml");
  const lines = explain(loaded);
  const line = (key: string): unknown => lines.find((explained) => explained.key === key);

  expect(line("run.attempts")).toEqual({
    key: "run.attempts",
    value: 3,
    origin: { kind: "file", line: 8, table: "run" },
  });
  expect(line("profiles.text.env_file")).toEqual({
    key: "profiles.text.env_file",
    value: join(root, "other.env"),
    origin: { kind: "defaults-table", line: 35 },
  });
  expect(line("profiles.quiet.hooks")).toEqual({
    key: "profiles.quiet.hooks",
    value: null,
    origin: { kind: "extends", profile: "graph", line: 45 },
    unused: "no_mcp = true",
  });
  expect(line("profiles.script.set_env")).toMatchObject({ value: { NAME: "value", MY_TOKEN: "(not shown)" } });
  const keys = lines.map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
  // Every origin is explained, apart from the default that each task's own line already shows.
  expect(Object.keys(loaded.origins).filter((key) => !keys.includes(key))).toEqual(["tasks.default_dataset"]);
  expect(JSON.stringify(lines)).not.toMatch(/sk-1234567890|secret-value/);
});

test("a value in set_env whose name speaks of a secret is worth a note, without the value", async () => {
  const { load } = await project({
    "experiments/x.toml": experiment({
      profiles: '[profiles.a]\nagent = "nop"\nset_env = { API_KEY = "sk-1", LEVEL = "x" }\n[profiles.b]\nextends = "a"',
    }),
  });
  expect(experimentNotes(await load())).toEqual([
    'line 6: set_env sets API_KEY, and set_env is recorded with the results: for a secret use env = ["API_KEY"] and put the value in the env file.',
  ]);
});
