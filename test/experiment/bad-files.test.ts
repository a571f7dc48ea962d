/** Every way to get an experiment file wrong, with the whole message. `<root>` is the project folder. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { experiment, project } from "./project.ts";

const FILE = "<root>/experiments/x.toml";
const RUN_KEYS =
  '"results_root", "attempts", "retries", "parallel", "profiles_parallel", "container_env", "force_rebuild", "run_timeout_sec", "timeout_multiplier", "agent_timeout_sec", "min_free_gb", "quiet_verify", "notify", "engine", "harbor_bin" or "registry"';
const NAME = 'a name of letters, digits, ".", "_" and "-", beginning with a letter or digit';

/** Title, the file, and each problem after `<file>:`. */
const PROBLEMS: readonly (readonly [string, string, readonly string[]])[] = [
  // The file as a whole.
  ["empty", "", ["1:1: found an empty file, expected an experiment (`regatta init` writes one)"]],
  [
    "comments only",
    "# hi\n\n",
    ["1:1: found nothing but comments, expected an experiment (`regatta init` writes one)"],
  ],
  [
    "no schema_version",
    'slug = "x"\n',
    [
      "1:1: schema_version: found nothing, expected 2 (the first line of every experiment is schema_version = 2, above every [table])",
    ],
  ],
  [
    "the format before this one",
    'slug = "x"\nattempts = "many"\n[tasks]\nids = ["a"]\n[[profiles]]\nkey = "a"\n',
    [
      "1:1: schema_version: found nothing, expected 2 (the file is in an older format, which is not read: tasks are tables [tasks.<id>], profiles are tables [profiles.<key>])",
    ],
  ],
  [
    "schema_version 1",
    "schema_version = 1\n",
    ["1:18: schema_version: found 1, expected 2 (there is no older schema and no conversion)"],
  ],
  [
    "schema_version 3",
    "schema_version = 3\n",
    ["1:18: schema_version: found 3, expected 2 (this Regatta reads no other version)"],
  ],
  [
    "schema_version as text",
    'schema_version = "2"\n',
    ['1:18: schema_version: found "2", expected 2 (this Regatta reads no other version)'],
  ],
  [
    "schema_version as float",
    "schema_version = 2.0\n",
    ["1:18: schema_version: found 2.0, expected 2 (this Regatta reads no other version)"],
  ],
  [
    "nothing but the version",
    "schema_version = 2\n",
    [
      '1:1: slug: found nothing, expected the experiment\'s name on disk (slug = "…")',
      "1:1: tasks: found no [tasks], expected at least one of the tables [tasks.<id>]",
      "1:1: profiles: found no [profiles], expected at least one of the tables [profiles.<key>]",
    ],
  ],
  [
    "tables of the wrong kind",
    'schema_version = 2\nslug = "x"\nrun = 3\ntasks = ["a"]\n[[profiles]]\nkey = "a"\n',
    [
      "3:1: run: found 3, expected a table [run]",
      "4:1: tasks: found an array, expected tables [tasks.<id>]",
      "5:3: profiles: found an array of tables [[…]], expected tables [profiles.<key>]",
    ],
  ],
  // Names.
  ["slug with a slash", experiment().replace('"x"', '"a/b"'), [`2:8: slug: found "a/b", expected ${NAME}`]],
  [
    "slug that climbs",
    experiment().replace('"x"', '"a..b"'),
    ['2:8: slug: found "a..b", expected a name without ".."'],
  ],
  ["slug empty", experiment().replace('"x"', '""'), ['2:8: slug: found "", expected a name that is not empty']],
  [
    "slug too long",
    experiment().replace('"x"', `"${"a".repeat(101)}"`),
    [`2:8: slug: found "${"a".repeat(79)}…", expected a name of at most 100 characters (this one has 101)`],
  ],
  [
    "slug reserved",
    experiment().replace('"x"', '"NUL.toml"'),
    ['2:8: slug: found "NUL.toml", expected a name that no file system reserves'],
  ],
  ["slug not text", experiment().replace('"x"', "7"), [`2:8: slug: found 7, expected ${NAME}`]],
  ["name of two lines", experiment({ top: 'name = "a\\nb"' }), ['3:8: name: found "a\\nb", expected one line of text']],
  [
    "task id with a space",
    experiment({ tasks: '[tasks."a b"]' }),
    [`3:8: tasks."a b": found a task id "a b", expected ${NAME}`],
  ],
  [
    "ids that differ in case only",
    experiment({ tasks: "[tasks.Foo]\n[tasks.foo]" }),
    [
      '4:8: tasks.foo: found a task id "foo" that differs from "Foo" (line 3) in case only, expected names that stay apart on every disk',
    ],
  ],
  [
    "profile keys that differ in case only",
    experiment({ profiles: '[defaults]\nagent = "nop"\n[profiles.A]\n[profiles.a]' }),
    [
      '7:11: profiles.a: found a profile key "a" that differs from "A" (line 6) in case only, expected names that stay apart on every disk',
    ],
  ],
  [
    "__proto__ as names",
    experiment({
      tasks: "[tasks.__proto__]",
      profiles: '[profiles.__proto__]\nagent = "nop"\nset_env = { __proto__ = "x" }',
    }),
    [
      `3:8: tasks.__proto__: found a task id "__proto__", expected ${NAME}`,
      `4:11: profiles.__proto__: found a profile key "__proto__", expected ${NAME}`,
      "6:13: profiles.__proto__.set_env.__proto__: found a reserved key, expected another name",
    ],
  ],
  // Unknown keys.
  [
    "a slip",
    experiment({ more: "[run]\natempts = 2" }),
    [`7:1: run.atempts: found an unknown key, expected one of ${RUN_KEYS} (did you mean "attempts"?)`],
  ],
  [
    "a key of a later version",
    experiment({ more: "[run]\nhost = 5" }),
    [`7:1: run.host: found an unknown key, expected one of ${RUN_KEYS}`],
  ],
  [
    "a table of a later version",
    experiment({ more: "[survive]\nkeep = 5.0" }),
    [
      '6:2: survive: found an unknown key, expected one of "schema_version", "name", "slug", "run", "tasks", "defaults", "artifacts", "profiles", "mcp_aliases", "mcp", "analysis", "gateway" or "budget"',
    ],
  ],
  [
    "a key of another table",
    experiment({ more: '[run]\nslug = "y"' }),
    [
      `7:1: run.slug: found an unknown key, expected one of ${RUN_KEYS} (it belongs at the top of the file, above every [table])`,
    ],
  ],
  [
    "a task's key",
    experiment({ tasks: '[tasks.t]\ndatset = "a@1"' }),
    ['4:1: tasks.t.datset: found an unknown key, expected one of "dataset" or "path" (did you mean "dataset"?)'],
  ],
  [
    "__proto__ at the top",
    experiment({ more: "[__proto__]\npolluted = true" }),
    [
      '6:2: __proto__: found an unknown key, expected one of "schema_version", "name", "slug", "run", "tasks", "defaults", "artifacts", "profiles", "mcp_aliases", "mcp", "analysis", "gateway" or "budget"',
    ],
  ],
  // Types and ranges.
  [
    "[run] all wrong",
    experiment({
      more: `[run]
results_root = ""
attempts = 0
retries = -1
parallel = "3"
profiles_parallel = 1.0
container_env = "dokcer"
force_rebuild = "yes"
run_timeout_sec = inf
timeout_multiplier = 0
agent_timeout_sec = 1e9
registry = "ftp://example.org/x"`,
    }),
    [
      '7:16: run.results_root: found "", expected a path',
      "8:12: run.attempts: found 0, expected a whole number from 1 to 10000",
      "9:11: run.retries: found -1, expected a whole number from 0 to 100",
      '10:12: run.parallel: found "3", expected a whole number from 0 to 1000',
      "11:21: run.profiles_parallel: found 1.0, expected a whole number from 0 to 1000",
      '12:17: run.container_env: found "dokcer", expected "local" or "docker"',
      '13:17: run.force_rebuild: found "yes", expected true or false',
      "14:19: run.run_timeout_sec: found inf, expected seconds from 0 to 2000000",
      "15:22: run.timeout_multiplier: found 0, expected a number above 0, at most 1000",
      "16:21: run.agent_timeout_sec: found 1e9, expected seconds above 0, at most 2000000",
      '17:12: run.registry: found "ftp://example.org/x", expected a path or an http(s) URL',
    ],
  ],
  [
    "a date where text is meant",
    experiment({ top: "name = 2024-05-01" }),
    ["3:8: name: found the date or time 2024-05-01, expected one line of text"],
  ],
  [
    "lists",
    experiment({ more: '[artifacts]\ntargets = ["a", "", "b/c", 3]' }),
    [
      '7:17: artifacts.targets[1]: found "", expected a name that is not empty',
      `7:21: artifacts.targets[2]: found "b/c", expected ${NAME}`,
      `7:28: artifacts.targets[3]: found 3, expected ${NAME}`,
    ],
  ],
  [
    "an alias that is no text",
    experiment({ more: "[mcp_aliases]\na = 1" }),
    ["7:5: mcp_aliases.a: found 1, expected the path of a folder"],
  ],
  // Tasks.
  [
    "empty [tasks]",
    experiment({ tasks: '[tasks]\ndefault_dataset = "a@1"' }),
    ["3:2: tasks: found no tasks, expected at least one table [tasks.<id>]"],
  ],
  [
    "a slip beside the ids",
    experiment({ tasks: '[tasks]\ndefault_dataste = "a@1"\n[tasks.t]' }),
    [
      '4:1: tasks.default_dataste: found "a@1", expected a table [tasks.default_dataste] (did you mean "default_dataset"?)',
    ],
  ],
  [
    "an id that is no table",
    experiment({ tasks: "[tasks]\nfoo = 3" }),
    [
      "4:1: tasks.foo: found 3, expected a table [tasks.foo] (each task is a table of its own; its name is the task's id)",
    ],
  ],
  [
    "a dotted id in a header",
    experiment({ tasks: '[tasks.my.task]\npath = "a"' }),
    ['3:11: tasks.my.task: found an unquoted dot in a task id, expected quotes around it: [tasks."my.task"]'],
  ],
  [
    "a dotted id as a key",
    experiment({ tasks: '[tasks]\nmy.task.v2.path = "a"' }),
    ['4:4: tasks.my.task.v2: found an unquoted dot in a task id, expected quotes around it: [tasks."my.task.v2"]'],
  ],
  [
    "a dotted id that ends in a known key",
    experiment({ tasks: "[tasks.my.path]" }),
    ['3:11: tasks.my.path: found an unquoted dot in a task id, expected quotes around it: [tasks."my.path"]'],
  ],
  [
    "a dotted id with an inline table",
    experiment({ tasks: "[tasks]\nmy.task = {}" }),
    ['4:4: tasks.my.task: found an unquoted dot in a task id, expected quotes around it: [tasks."my.task"]'],
  ],
  [
    "an unknown inline table in a task is no dotted id",
    experiment({ tasks: "[tasks.t]\nlimits = { cpus = 1 }" }),
    ['4:1: tasks.t.limits: found an unknown key, expected one of "dataset" or "path"'],
  ],
  [
    "dataset and path, and the path is missing",
    experiment({ tasks: '[tasks.t]\ndataset = "a@1"\npath = "none"' }),
    [
      "5:1: tasks.t.path: found both dataset and path, expected one of them",
      "5:8: tasks.t.path: found nothing at <root>/none, expected a folder",
    ],
  ],
  [
    "a task path that is a file",
    experiment({ tasks: '[tasks.t]\npath = "here.txt"' }),
    ["4:8: tasks.t.path: found a file at <root>/here.txt, expected a folder"],
  ],
  [
    "a dataset folder that is missing",
    experiment({ tasks: '[tasks]\ndefault_dataset = "./none"\n[tasks.t]' }),
    ["4:19: tasks.default_dataset: found nothing at <root>/none, expected a folder"],
  ],
  [
    "a dataset with blanks around",
    experiment({ tasks: '[tasks.t]\ndataset = " a "' }),
    [
      '4:11: tasks.t.dataset: found " a ", expected a dataset such as "terminal-bench@2.0", or a folder such as "./my-dataset"',
    ],
  ],
  // Profiles.
  [
    "empty [profiles]",
    experiment({ profiles: "[profiles]" }),
    ["4:2: profiles: found no profiles, expected at least one table [profiles.<key>]"],
  ],
  [
    "a profile that is no table",
    experiment({ profiles: "profiles.a = 1" }).replace("[tasks.t]\nprofiles.a = 1", "profiles.a = 1\n[tasks.t]"),
    ["3:10: profiles.a: found 1, expected a table [profiles.a]"],
  ],
  [
    "a dotted profile key",
    experiment({ profiles: '[profiles.gpt-5.1]\nagent = "nop"' }),
    ['4:17: profiles.gpt-5.1: found an unquoted dot in a profile key, expected quotes around it: [profiles."gpt-5.1"]'],
  ],
  [
    "no agent",
    experiment({ profiles: "[profiles.a]" }),
    [
      '4:11: profiles.a.agent: found nothing, expected one of "oracle", "nop", "command", "claude-code", "codex" or "mcp-agent", here or in [defaults]',
    ],
  ],
  [
    "an unknown agent, told where it is written, once",
    experiment({ profiles: '[defaults]\nagent = "comand"\n[profiles.a]\n[profiles.b]' }),
    [
      '5:9: defaults.agent: found "comand", expected one of "oracle", "nop", "command", "claude-code", "codex" or "mcp-agent" (did you mean "command"?)',
    ],
  ],
  [
    "a key the agent does not take",
    experiment({ profiles: '[profiles.a]\nagent = "oracle"\nmodel = "x"' }),
    [
      '6:1: profiles.a.model: found a key that the agent "oracle" does not take, expected one of "agent", "env", "set_env", "files", "setup", "cap_add", "prompt", "env_file" or "no_mcp"',
    ],
  ],
  [
    "a key the agent needs",
    experiment({ profiles: '[profiles.a]\nagent = "command"' }),
    [
      '4:11: profiles.a.command: found nothing, expected an array with at least one string, such as ["my-agent", "--flag"] (the agent "command" needs it)',
    ],
  ],
  [
    "a command that is empty or no array",
    experiment({
      profiles:
        '[defaults]\nagent = "command"\n[profiles.a]\ncommand = []\n[profiles.b]\ncommand = "ls"\n[profiles.c]\ncommand = ["ls", 1]',
    }),
    [
      '7:11: profiles.a.command: found an empty array, expected an array with at least one string, such as ["my-agent", "--flag"]',
      '9:11: profiles.b.command: found "ls", expected an array with at least one string, such as ["my-agent", "--flag"]',
      "11:18: profiles.c.command[1]: found 1, expected a string",
    ],
  ],
  [
    "no word about MCP",
    experiment({ profiles: '[profiles.a]\nagent = "mcp-agent"\n[profiles.b]\nagent = "mcp-agent"\nmcp_servers = []' }),
    [
      '4:11: profiles.a.mcp_servers: found nothing, expected at least one server, or no_mcp = true (the agent "mcp-agent" takes MCP servers)',
      '8:1: profiles.b.mcp_servers: found an empty array, expected at least one server, or no_mcp = true (the agent "mcp-agent" takes MCP servers)',
    ],
  ],
  [
    "a server twice",
    experiment({ profiles: '[profiles.a]\nagent = "mcp-agent"\nmcp_servers = ["s", "s"]' }),
    ['6:21: profiles.a.mcp_servers[1]: found "s", expected each server once'],
  ],
  [
    "extends itself, a cycle, and nothing",
    experiment({
      profiles:
        '[defaults]\nagent = "nop"\n[profiles.self]\nextends = "self"\n[profiles.a]\nextends = "b"\n[profiles.b]\nextends = "a"\n[profiles.c]\nextends = "slef"\n[profiles.d]\nextends = "a"',
    }),
    [
      '7:11: profiles.self.extends: found a cycle ("self" → "self"), expected profiles that do not extend themselves',
      '9:11: profiles.a.extends: found a cycle ("a" → "b" → "a"), expected profiles that do not extend themselves',
      '13:11: profiles.c.extends: found "slef", expected another profile: "self", "a", "b" or "d" (did you mean "self"?)',
    ],
  ],
  [
    "extends in [defaults]",
    experiment({ profiles: '[defaults]\nextends = "p"\n[profiles.p]\nagent = "nop"' }),
    [
      '5:1: defaults.extends: found an unknown key, expected one of "agent", "model", "reasoning", "env_file", "no_mcp", "mcp_servers", "hooks", "env", "set_env", "files", "setup", "cap_add", "prompt", "import_path", "kwargs", "claude_version", "codex_version", "skills", "system_prompt", "allowed_tools", "disallowed_tools", "max_turns", "trust_task_config", "mcp_git_source", "mcp_git_ref" or "command" (it belongs under a profile)',
    ],
  ],
  [
    "paths that are missing or of the wrong kind",
    experiment({
      profiles: `[profiles.p]
agent = "mcp-agent"
no_mcp = true
env_file = "none.env"
hooks = "folder"
setup = "none.sh"
prompt = "none.md"
files = { "/opt/a" = "none", "opt/b" = "here.txt", "/opt/../c" = "here.txt" }`,
    }),
    [
      "7:12: profiles.p.env_file: found nothing at <root>/none.env, expected a file",
      "8:9: profiles.p.hooks: found a folder at <root>/folder, expected a file",
      "9:9: profiles.p.setup: found nothing at <root>/none.sh, expected a file",
      "10:10: profiles.p.prompt: found nothing at <root>/none.md, expected a file",
      '11:30: profiles.p.files: found the key "opt/b", expected an absolute path in the sandbox, without "." or ".." parts and without "/" at the end',
      '11:52: profiles.p.files: found the key "/opt/../c", expected an absolute path in the sandbox, without "." or ".." parts and without "/" at the end',
    ],
  ],
  [
    "a results folder that is a file",
    experiment({ more: '[run]\nresults_root = "here.txt"\nregistry = "none.json"' }),
    [
      "7:16: run.results_root: found a file at <root>/here.txt, expected a folder, or nothing yet",
      "8:12: run.registry: found nothing at <root>/none.json, expected a file",
    ],
  ],
  // Values that may be secrets are never shown.
  [
    "secrets pasted",
    experiment({
      profiles: `[defaults]
agent = "nop"
[profiles.a]
env = ["OPENAI_API_KEY=sk-1234567890"]
[profiles.b]
env = "sk-1234567890"
[profiles.c]
set_env = { "sk-1234567890" = "x", GOOD = 1234567890 }`,
    }),
    [
      '7:8: profiles.a.env[0]: found text that is not shown, as it may be a secret, expected the name of a variable such as "OPENAI_API_KEY", never its value',
      '9:7: profiles.b.env: found text that is not shown, as it may be a secret, expected an array of variable names such as ["OPENAI_API_KEY"]',
      "11:13: profiles.c.set_env: found a key that is none (not shown, it may be a secret), expected a variable's name: letters, digits and _, not beginning with a digit",
      "11:43: profiles.c.set_env.GOOD: found a value of type integer, expected a string",
    ],
  ],
];

describe("problems of a file, all at once, with their places", () => {
  test.each(PROBLEMS)("%s", async (_title, text, wanted) => {
    const { errors } = await project({ "experiments/x.toml": text, "here.txt": "x", "folder/x": "x" });
    const [summary, ...lines] = await errors();
    expect(lines).toEqual(wanted.map((line) => `${FILE}:${line}`));
    const count = wanted.length === 1 ? "1 problem" : `${wanted.length} problems`;
    expect(summary).toBe(`${FILE} has ${count}:`);
  });
});

describe("texts that are no TOML", () => {
  const BROKEN: readonly (readonly [string, string, readonly string[]])[] = [
    [
      "an unfinished string",
      'schema_version = 2\nslug = "x\n',
      [
        "2:10: found broken TOML (a string is not closed on its line), expected valid TOML",
        '2 | slug = "x',
        "             ^",
      ],
    ],
    [
      "a key twice",
      "schema_version = 2\r\nschema_version = 2\r\n",
      [
        "2:1: found broken TOML (trying to redefine an already defined table or value), expected valid TOML",
        "2 | schema_version = 2",
        "    ^",
      ],
    ],
    [
      "a number too big",
      "a = 99999999999999999999",
      [
        "1:5: found broken TOML (integer value cannot be represented losslessly), expected valid TOML",
        "1 | a = 99999999999999999999",
        "        ^",
      ],
    ],
    [
      "a long line is cut around the place",
      `a = "${"x".repeat(300)}" y`,
      [
        "1:308: found broken TOML (each key-value declaration must be followed by an end-of-line), expected valid TOML",
        `1 | ${"x".repeat(47)}" y`,
        `    ${" ".repeat(49)}^`,
      ],
    ],
    [
      "a secret on the broken line",
      '[profiles.a]\nset_env = { MY_TOKEN = "sk-1234567890 }\n',
      [
        "2:40: found broken TOML (a string is not closed on its line), expected valid TOML",
        "2 | set_env = … (not shown)",
        "              ^",
      ],
    ],
    ["nested without end", `a = ${"[".repeat(100_000)}`, []],
    ["dotted without end", `${"a.".repeat(100_000)}b = 1`, []],
  ];
  test.each(BROKEN)("%s", async (_title, text, wanted) => {
    const { errors } = await project({ "experiments/x.toml": text });
    const [summary, first = "", ...frame] = await errors();
    expect(summary).toBe(`${FILE} has 1 problem:`);
    if (wanted.length === 0) expect(first).toMatch(/^<root>\/experiments\/x\.toml:1:\d+: found broken TOML \(/);
    else expect([first, ...frame].slice(0, wanted.length)).toEqual([`${FILE}:${wanted[0]}`, ...wanted.slice(1)]);
    expect([first, ...frame].every((line) => line.length < 200)).toBe(true);
  });
});

describe("files that are no experiment at all", () => {
  test("not UTF-8", async () => {
    const { errors } = await project({ "experiments/x.toml": Uint8Array.of(0x61, 0xff, 0xfe) });
    expect(await errors()).toEqual([`${FILE} is not UTF-8 text; an experiment is TOML in UTF-8.`]);
  });

  test("a zero byte", async () => {
    const { errors } = await project({ "experiments/x.toml": "\x7fELF\0\0" });
    expect(await errors()).toEqual([
      `${FILE} is not a text file (a zero byte at offset 4); an experiment is TOML in UTF-8.`,
    ]);
  });

  test("too big", async () => {
    const { errors } = await project({ "experiments/x.toml": new Uint8Array(17 * 1024 * 1024) });
    expect(await errors()).toEqual([`${FILE} is too big to be an experiment file (17825792 bytes, at most 16777216).`]);
  });

  test("a folder", async () => {
    const { errors } = await project({ "experiments/a.toml": "", "experiments/b.toml": "" });
    expect(await errors("experiments")).toEqual([
      "<root>/experiments is a folder, not an experiment file.",
      "Files there: a.toml, b.toml",
    ]);
  });

  test("missing, with one that is near", async () => {
    const { errors } = await project({ "experiments/core7.toml": "", "experiments/other.toml": "" });
    expect(await errors("experiments/cor7.toml")).toEqual([
      "There is no file <root>/experiments/cor7.toml.",
      "Looked at <root>/experiments/cor7.toml",
      "Did you mean <root>/experiments/core7.toml?",
    ]);
  });

  test("missing, with none that is near", async () => {
    const { errors } = await project({ "experiments/core7.toml": "" });
    expect(await errors("experiments/zebra.toml")).toEqual([
      "There is no file <root>/experiments/zebra.toml.",
      "Looked at <root>/experiments/zebra.toml",
      "Files there: core7.toml",
    ]);
  });

  test("missing with its folder", async () => {
    const { errors } = await project();
    expect(await errors("nowhere/x.toml")).toEqual([
      "There is no file <root>/nowhere/x.toml.",
      "Looked at <root>/nowhere/x.toml",
    ]);
  });

  test("a folder on the way that is a file", async () => {
    const { errors, root } = await project({ a: "x" });
    await mkdir(join(root, "b"));
    expect(await errors("a/x.toml")).toEqual(["There is no file <root>/a/x.toml.", "Looked at <root>/a/x.toml"]);
  });
});

test("flags out of range", async () => {
  const { errors } = await project({ "experiments/x.toml": experiment() });
  expect(await errors(undefined, { attempts: 0, parallel: 1.5 })).toEqual([
    "A flag has a value that cannot be used:",
    "--attempts: found 0, expected a whole number from 1 to 10000",
    "-n: found 1.5, expected a whole number from 0 to 1000",
  ]);
});
