import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { UserError } from "../../src/contract/failure.ts";
import type { Task } from "../../src/contract/task.ts";
import { loadTask } from "../../src/tasks/load-task.ts";
import { bareTask } from "../support/bare.ts";
import { scratchFolder, SMALLEST, writeFiles } from "./task-folder.ts";

const DIGEST = expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string;

async function load(files: Readonly<Record<string, string>>): Promise<Task> {
  const dir = join(await scratchFolder(), "my-task");
  return loadTask(await writeFiles(dir, files), { id: "t", source: "set" });
}

async function withToml(toml: string): Promise<Task> {
  return load({ ...SMALLEST, "task.toml": toml });
}

/** The message and its lines, with the folder shown as `…`. */
async function errorOf(work: (dir: string) => Promise<unknown>): Promise<string[]> {
  const dir = await scratchFolder();
  try {
    await work(dir);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [error.message, ...error.lines].map((line) => line.replaceAll(dir, "…"));
  }
  throw new Error("nothing was thrown");
}

function tomlError(toml: string): Promise<string[]> {
  return errorOf(async (dir) =>
    loadTask(await writeFiles(dir, { ...SMALLEST, "task.toml": toml }), { id: "t", source: null }),
  );
}

function filesError(files: Readonly<Record<string, string>>): Promise<string[]> {
  return errorOf(async (dir) => loadTask(await writeFiles(dir, files), { id: "t", source: null }));
}

test("the smallest task has Harbor's defaults", async () => {
  const dir = join(await scratchFolder(), "my-task");
  await writeFiles(dir, SMALLEST);
  const bare = bareTask("t", dir);
  expect(await loadTask(dir, { id: "t", source: null })).toStrictEqual({
    ...bare,
    name: "my-task",
    digest: DIGEST,
    instruction: "Do it.\n",
    environment: { ...bare.environment, dockerfile: join(dir, "environment/Dockerfile") },
  } satisfies Task);
});

test("a rich task.toml", async () => {
  const dir = join(await scratchFolder(), "my-task");
  const toml = `
schema_version = "1.3"
source = "somewhere"
artifacts = [
  "/app/out.txt",
  { source = "/var/log/app", destination = "logs/app", exclude = ["*.tmp"], service = "main" },
  { source = "/x", destination = "" },
]
[task]
name = "acme/fix-parser"
version = "2"
description = "d"
keywords = ["k"]
authors = [{ name = "A", email = "a@example.org" }]
[metadata]
difficulty = "hard"
when = 2025-01-02T03:04:05Z
nested = { list = [1, { a = true }] }
[agent]
timeout_sec = 90.5
user = "agent"
network_mode = "no-network"
[verifier]
timeout_sec = 30
user = 1000
env = { API_KEY = "\${API_KEY}", MODE = "x" }
environment_mode = "shared"
[environment]
build_timeout_sec = 60
docker_image = "busybox:1"
os = "Linux"
cpus = 2
memory_mb = 2048
storage_mb = 100
gpus = 0
workdir = "/app"
network_mode = "no-network"
[environment.env]
"A.B" = ""
__proto__ = "kept"
[environment.healthcheck]
command = "curl -f localhost"
interval_sec = 0.5
timeout_sec = 0
start_period_sec = 1
start_interval_sec = 0.25
retries = 9
[solution.env]
TOKEN = "\${TOKEN:-none}"
`;
  await writeFiles(dir, { ...SMALLEST, "task.toml": toml, "solution/solve.sh": "true\n" });
  expect(await loadTask(dir, { id: "t", source: "set" })).toStrictEqual({
    id: "t",
    name: "acme/fix-parser",
    dir,
    source: "set",
    git: null,
    digest: DIGEST,
    instruction: "Do it.\n",
    agent: { timeoutSec: 90.5, user: "agent" },
    // oxlint-disable-next-line no-template-curly-in-string -- a template of Harbor's
    verifier: { timeoutSec: 30, user: 1000, env: { API_KEY: "${API_KEY}", MODE: "x" } },
    environment: {
      buildTimeoutSec: 60,
      dockerImage: "busybox:1",
      dir: join(dir, "environment"),
      dockerfile: join(dir, "environment/Dockerfile"),
      cpus: 2,
      memoryMb: 2048,
      storageMb: 100,
      env: Object.fromEntries([
        ["A.B", ""],
        ["__proto__", "kept"],
      ]),
      workdir: "/app",
      network: "no-network",
      healthcheck: {
        command: "curl -f localhost",
        intervalSec: 0.5,
        timeoutSec: 0,
        startPeriodSec: 1,
        startIntervalSec: 0.25,
        retries: 9,
      },
    },
    // oxlint-disable-next-line no-template-curly-in-string -- a template of Harbor's
    solution: { dir: join(dir, "solution"), env: { TOKEN: "${TOKEN:-none}" } },
    artifacts: [
      { source: "/app/out.txt", destination: null, exclude: [] },
      { source: "/var/log/app", destination: "logs/app", exclude: ["*.tmp"] },
      { source: "/x", destination: null, exclude: [] },
    ],
    metadata: { difficulty: "hard", when: "2025-01-02T03:04:05.000Z", nested: { list: [1, { a: true }] } },
    unsupported: [],
    notes: [],
  } satisfies Task);
});

describe("older spellings", () => {
  test.each([
    ['memory = "2G"', { memoryMb: 2048 }],
    ['memory = " 1.5g "', { memoryMb: 1536 }],
    ['memory = "512M"', { memoryMb: 512 }],
    ['memory = "2048K"', { memoryMb: 2 }],
    ['memory = "2G"\nmemory_mb = 2048', { memoryMb: 2048 }],
    ['storage = "10G"', { storageMb: 10240 }],
    ["allow_internet = false", { network: "no-network" }],
    ["allow_internet = true", { network: "public" }],
    ['allow_internet = false\nnetwork_mode = "public"', { network: "public" }],
    ['allow_internet = true\nnetwork_mode = "no-network"', { network: "no-network" }],
  ])("[environment] %s", async (lines, expected) => {
    const task = await withToml(`version = "1.0"\n[environment]\n${lines}\n`);
    expect(task.environment).toMatchObject(expected);
    expect(task.notes).toEqual([]);
    expect(task.unsupported).toEqual([]);
  });
});

test("blank optional texts are as good as none", async () => {
  const task = await withToml('source = ""\n[environment]\ndocker_image = ""\nworkdir = " "\nskills_dir = ""');
  expect(task.environment).toMatchObject({ dockerImage: null, workdir: null });
  expect([task.unsupported, task.notes]).toEqual([[], []]);
});

describe("notes", () => {
  test.each([
    [
      "[agent]\ntimeout = 5",
      "agent.timeout in task.toml is not a known key and is ignored (did you mean timeout_sec?)",
    ],
    ["[environment]\nzzz = 5", "environment.zzz in task.toml is not a known key and is ignored"],
    ["[verifer]\ntimeout_sec = 5", "verifer in task.toml is not a known key and is ignored (did you mean verifier?)"],
    [
      "[environment.healthcheck]\ncommand = 'x'\nretrys = 1",
      "environment.healthcheck.retrys in task.toml is not a known key and is ignored (did you mean retries?)",
    ],
    [
      "artifacts = [{ source = '/a', sevice = 'main' }]",
      "artifacts[0].sevice in task.toml is not a known key and is ignored (did you mean service?)",
    ],
    ['[agent]\ntimeout_sec = "90"', "agent.timeout_sec is text in task.toml; taken as the number 90"],
    ['schema_version = "9.9"', 'task.toml is of version "9.9", newer than 1.4: what is new is not understood'],
  ])("%j", async (toml, note) => {
    expect((await withToml(toml)).notes).toEqual([note]);
  });

  test("free tables have no unknown keys", async () => {
    const toml =
      "[metadata]\nx = 1\n[[steps]]\nname = 'a'\n[verifier.environment]\nfoo = 1\n[environment.tpu]\ntype = 'v4'";
    expect((await withToml(toml)).notes).toEqual([]);
  });

  test("nothing that docker could start", async () => {
    const { "environment/Dockerfile": _, ...rest } = SMALLEST;
    const task = await load({ ...rest, "environment/": "" });
    expect(task.environment.dockerfile).toBeNull();
    expect(task.notes).toEqual([
      "there is neither environment/Dockerfile nor a docker_image in task.toml: docker has nothing to start",
    ]);
  });
});

describe("what is not supported yet", () => {
  test.each([
    ["[[steps]]\nname = 'one'", ["multi-step (steps)"]],
    ["steps = []", []],
    ["[environment]\nos = 'windows'", ["Windows (environment.os)"]],
    ["[environment]\ngpus = 1\ngpu_types = ['H100']", ["GPUs (environment.gpus)"]],
    ["[environment.tpu]\ntype = 'v4'\ntopology = '2x4'", ["TPUs (environment.tpu)"]],
    ["[[environment.mcp_servers]]\nname = 'a'\nurl = 'http://x'", ["MCP servers of a task (environment.mcp_servers)"]],
    ["[environment]\nmcp_servers = []", []],
    ["[environment]\nskills_dir = '/skills'", ["skills of a task (environment.skills_dir)"]],
    ["[environment]\nnetwork_mode = 'allowlist'", ["network allowlist (environment.network_mode)"]],
    ["[agent]\nnetwork_mode = 'public'", []],
    ["[agent]\nnetwork_mode = 'no-network'", ["another network policy for one phase (agent.network_mode)"]],
    ["[verifier]\nnetwork_mode = 'allowlist'\nallowed_hosts = ['a.b']", ["network allowlist (verifier.network_mode)"]],
    ["[verifier]\nenvironment_mode = 'separate'", ["separate verifier (verifier.environment_mode)"]],
    ["[verifier.environment]\ndocker_image = 'x'", ["separate verifier (verifier.environment_mode)"]],
    ["[[verifier.collect]]\ncommand = 'x'", ["collect commands (verifier.collect)"]],
    ["artifacts = [{ source = '/a', service = 'db' }]", ['artifacts of another service ("db")']],
  ])("%j", async (toml, unsupported) => {
    const files = { ...SMALLEST, "task.toml": toml, "tests/test.bat": "" };
    expect((await load(files)).unsupported).toEqual(unsupported);
  });

  test("files that ask for it", async () => {
    const task = await load({ ...SMALLEST, "environment/docker-compose.yaml": "", "trajectory.json": "{}" });
    expect(task.unsupported).toEqual([
      "docker compose (environment/docker-compose.yaml)",
      "prior context (trajectory.json)",
    ]);
  });

  test("an allowlist never means an open network", async () => {
    const task = await withToml("[environment]\nnetwork_mode = 'allowlist'\nallowed_hosts = ['a.b']");
    expect(task.environment.network).toBe("no-network");
  });

  test("several steps need neither instruction nor tests, a separate verifier no tests, Windows another script", async () => {
    const bare = { "environment/": "" };
    const steps = await load({ ...bare, "task.toml": "[[steps]]\nname = 'a'" });
    expect(steps.instruction).toBe("");
    await load({ ...bare, "instruction.md": "x", "task.toml": "verifier.environment_mode = 'separate'" });
    const windows = { ...bare, "instruction.md": "x", "task.toml": "environment.os = 'windows'" };
    await load({ ...windows, "tests/test.bat": "" });
    expect(await filesError(windows)).toEqual(['task "t": …: there is no tests/test.bat, which gives the reward']);
  });
});

describe("what is missing", () => {
  test.each([
    ["task.toml", "there is no task.toml, so this is not a task directory"],
    ["environment", "there is no environment/ directory (it may be empty if task.toml names a docker_image)"],
    ["instruction.md", "there is no instruction.md"],
    ["tests/test.sh", "there is no tests/test.sh, which gives the reward"],
    [".", "no such directory"],
  ])("%s", async (path, message) => {
    const error = await errorOf(async (dir) => {
      await writeFiles(dir, SMALLEST);
      await rm(join(dir, path), { recursive: true });
      await loadTask(dir, { id: "t", source: null });
    });
    expect(error).toEqual([`task "t": …: ${message}`]);
  });
});

describe("files that cannot be read", () => {
  test("not UTF-8", async () => {
    const error = await errorOf(async (dir) => {
      await writeFiles(dir, SMALLEST);
      await writeFile(join(dir, "instruction.md"), Buffer.from([0x41, 0xff]));
      await loadTask(dir, { id: "t", source: null });
    });
    expect(error).toEqual(['task "t": …/instruction.md is not UTF-8 text']);
  });

  test("a directory in a file's place", async () => {
    const error = await errorOf(async (dir) => {
      await writeFiles(dir, SMALLEST);
      await rm(join(dir, "task.toml"));
      await mkdir(join(dir, "task.toml"));
      await loadTask(dir, { id: "t", source: null });
    });
    expect(error).toEqual(['task "t": …/task.toml is a directory, expected a file']);
  });

  test("broken TOML, with the place", async () => {
    expect(await tomlError("[agent]\ntimeout_sec = = 5\n")).toEqual([
      expect.stringMatching(/^task "t": …\/task\.toml:2:\d+: not valid TOML: /),
      "1:  [agent]",
      "2:  timeout_sec = = 5",
      expect.stringMatching(/^ +\^$/),
    ]);
  });
});

describe("bad values", () => {
  const NUMBER = "a number of seconds greater than 0";
  test.each([
    ["[agent]\ntimeout_sec = -1", `2:15: agent.timeout_sec: found -1, expected ${NUMBER}`],
    ["[agent]\ntimeout_sec = inf", `2:15: agent.timeout_sec: found Infinity, expected ${NUMBER}`],
    ["[agent]\ntimeout_sec = 'soon'", `2:15: agent.timeout_sec: found "soon", expected ${NUMBER}`],
    ["[agent]\ntimeout_sec = true", `2:15: agent.timeout_sec: found true, expected ${NUMBER}`],
    ["agent = 'x'", '1:9: agent: found "x", expected a table [agent]'],
    ["[agent]\nuser = ''", '2:8: agent.user: found "", expected a user name or a numeric id'],
    ["[agent]\nuser = -1", "2:8: agent.user: found -1, expected a user name or a numeric id"],
    ["[environment]\ncpus = 1.5", "2:8: environment.cpus: found 1.5, expected a whole number of 1 or more"],
    ["environment.memory_mb = 0", "1:25: environment.memory_mb: found 0, expected a whole number of 1 or more"],
    [
      "[environment]\nmemory = 2048",
      '2:10: environment.memory: found 2048, expected a size such as "2G" or "512M", or memory_mb for a number of megabytes',
    ],
    ["[environment]\nmemory = '2GB'", '2:10: environment.memory: found "2GB", expected a size such as "2G" or "512M"'],
    [
      "[environment]\nstorage_mb = 5\nstorage = '1G'",
      '3:11: environment.storage: found "1G", which is 1024 MB, expected the same as storage_mb = 5, or only one of the two keys',
    ],
    [
      "[environment]\nnetwork_mode = 'off'",
      '2:16: environment.network_mode: found "off", expected one of "public", "no-network", "allowlist"',
    ],
    [
      "[agent]\nallowed_hosts = ['a']",
      '2:17: agent.allowed_hosts: found hosts, expected network_mode = "allowlist" beside it, or no such key',
    ],
    ["[environment]\nos = 'mac'", '2:6: environment.os: found "mac", expected "linux" or "windows"'],
    [
      "[environment]\nworkdir = 'app'",
      '2:11: environment.workdir: found "app", expected an absolute path in the sandbox',
    ],
    ["[environment]\nallow_internet = 'no'", '2:18: environment.allow_internet: found "no", expected true or false'],
    [
      "[environment.healthcheck]\nretries = 1",
      "1:2: environment.healthcheck: found no command, expected command, a shell command that exits 0 when healthy",
    ],
    ["[verifier.env]\nPORT = 80", "2:8: verifier.env.PORT: found a number, expected text (in quotes, without NUL)"],
    [
      "[verifier.env]\n'A=B' = 'secret'",
      '2:9: verifier.env."A=B": found "A=B", expected a variable name: not empty, without = and control characters',
    ],
    [
      "[verifier]\nenvironment_mode = 'shared'\nenvironment = {}",
      '2:20: verifier.environment_mode: found "shared" beside [verifier.environment], expected one of the two, or "separate"',
    ],
    ["[task]\nname = 'solo'", '2:8: task.name: found "solo", expected a name such as "organisation/task"'],
    ["[task]\nversion = '1'", '1:2: task: found no name, expected name, a name such as "organisation/task"'],
    ["version = 1.0", '1:11: version: found 1, expected a version in quotes, such as "1.4"'],
    [
      "artifacts = ['/a', '/b/../c']",
      '1:20: artifacts[1]: found "/b/../c", expected a path in the sandbox without ".."',
    ],
    [
      "artifacts = [{ destination = 'x' }]",
      '1:14: artifacts[0]: found no source, expected source, a path in the sandbox without ".."',
    ],
    ["artifacts = '/a'", '1:13: artifacts: found "/a", expected an array'],
    ["metadata = 1", "1:12: metadata: found 1, expected a table [metadata]"],
  ])("%j", async (toml, line) => {
    expect(await tomlError(toml)).toEqual(['task "t": …/task.toml has 1 problem:', `…/task.toml:${line}`]);
  });

  test.each(["/abs", "a/../b", "..", ".", "manifest.json", "./manifest.json", "a\\b", "a/.."])(
    "an artifact's destination %j",
    async (destination) => {
      const place = JSON.stringify(destination);
      expect(await tomlError(`[[artifacts]]\nsource = "/a"\ndestination = ${place}`)).toEqual([
        'task "t": …/task.toml has 1 problem:',
        `…/task.toml:3:15: artifacts[0].destination: found ${place}, expected a relative path with forward slashes, without ".." and other than manifest.json`,
      ]);
    },
  );

  test("all at once, in the order of the file", async () => {
    expect(await tomlError("[verifier]\ntimeout_sec = 0\n[agent]\nuser = 1.5\ntimeout_sec = []")).toEqual([
      'task "t": …/task.toml has 3 problems:',
      `…/task.toml:2:15: verifier.timeout_sec: found 0, expected ${NUMBER}`,
      "…/task.toml:4:8: agent.user: found 1.5, expected a user name or a numeric id",
      `…/task.toml:5:15: agent.timeout_sec: found an empty array, expected ${NUMBER}`,
    ]);
  });
});

test("the instruction loses canaries and carriage returns", async () => {
  const task = await load({ ...SMALLEST, "instruction.md": "<!-- Canary GUID x -->\r\n\r\nDo\r\nit.\r\n" });
  expect(task.instruction).toBe("Do\nit.\n");
});
