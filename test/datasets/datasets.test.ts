/** Datasets by name: a registry on loopback, repositories on disk, the real program. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { makeProject, ORACLE, type Project, task } from "../support/project.ts";

const GIT_USER = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];

function git(dir: string, ...args: readonly string[]): string {
  return execFileSync("git", [...GIT_USER, ...args], { cwd: dir, encoding: "utf8" }).trim();
}

interface Registry {
  readonly url: string;
  /** Requests so far, with what they were answered. */
  readonly answers: number[];
  text: string;
  /** Null = answers; otherwise what goes wrong. */
  broken: "500" | "cut" | null;
  stop(): Promise<void>;
}

async function serve(text: string): Promise<Registry> {
  const registry = {
    url: "",
    answers: [] as number[],
    text,
    broken: null as Registry["broken"],
    stop: () => close(server),
  };
  const server = createServer((request, response) => {
    const etag = `"${Buffer.from(registry.text).toString("base64").slice(-24)}"`;
    if (registry.broken === "500") {
      registry.answers.push(500);
      response.writeHead(500).end("no");
      return;
    }
    if (request.headers["if-none-match"] === etag) {
      registry.answers.push(304);
      response.writeHead(304).end();
      return;
    }
    registry.answers.push(200);
    const body = registry.broken === "cut" ? registry.text.slice(0, -20) : registry.text;
    response.writeHead(200, { etag, "content-type": "application/json" }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  registry.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/registry.json`;
  onTestFinished(() => close(server));
  return registry;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

interface Set_ {
  readonly project: Project;
  readonly repo: string;
  readonly commit: string;
  readonly registry: Registry;
  readonly env: Readonly<Record<string, string>>;
}

/** A repository with tasks `bench/<name>`, a registry that names them at their commit, and an experiment that wants two. */
async function setUp(names: readonly string[] = ["one", "two", "three"]): Promise<Set_> {
  const project = await makeProject({});
  for (const name of names) {
    const files = Object.entries(task(name)).map(([path, text]) => [path.replace("tasks/", "repo/bench/"), text]);
    await project.write(Object.fromEntries(files) as Record<string, string>);
  }
  const repo = project.path("repo");
  git(repo, "init", "--quiet", "--initial-branch=main", ".");
  git(repo, "config", "uploadpack.allowFilter", "true");
  git(repo, "config", "uploadpack.allowAnySHA1InWant", "true");
  git(repo, "add", ".");
  git(repo, "commit", "--quiet", "-m", "tasks");
  const commit = git(repo, "rev-parse", "HEAD");
  const registry = await serve(registryText(repo, commit, names));
  await project.write(experimentOf(registry.url, ["one", "two"]));
  return { project, repo, commit, registry, env: { XDG_CACHE_HOME: project.path("cache") } };
}

function registryText(repo: string, commit: string | null, names: readonly string[]): string {
  const tasks = names.map((name) => ({
    name,
    git_url: `file://${repo}`,
    git_commit_id: commit,
    path: `bench/${name}`,
  }));
  return JSON.stringify([{ name: "bench", version: "1.0", description: "A few tasks", tasks }]);
}

function experimentOf(registry: string, tasks: readonly string[], dataset = "bench@1.0"): Record<string, string> {
  const text = [
    'schema_version = 2\nslug = "x"\n[run]\ncontainer_env = "local"',
    `registry = "${registry}"`,
    `[tasks]\ndefault_dataset = "${dataset}"`,
    ...tasks.map((name) => `[tasks.${name}]`),
    ORACLE,
  ].join("\n");
  return { "experiments/x.toml": text };
}

test("by name from a registry at a URL: fetched once, run, recorded with its commit, and run again without any network", async () => {
  const { project, repo, commit, registry, env } = await setUp();
  const first = await project.regatta(["run", "experiments/x.toml"], env);
  expect(first.code).toBe(0);
  expect(first.stderr + first.stdout).toContain(`fetching 2 tasks from file://${repo} at ${commit.slice(0, 12)}`);
  const job = (await project.list("results/x/0/runs")).find((name) => name.endsWith("__oracle")) ?? "";
  const lock = (await project.json(`results/x/0/runs/${job}/lock.json`)) as { trials: { task: object }[] };
  expect(lock.trials.map((trial) => trial.task)).toMatchObject([
    { type: "git", git_url: `file://${repo}`, git_commit_id: commit, path: "bench/one", source: "bench" },
    { type: "git", path: "bench/two" },
  ]);

  await registry.stop();
  rmSync(repo, { recursive: true });
  const cached = join(project.path("cache"), "regatta/datasets/registries");
  for (const name of readdirSync(cached)) {
    const kept = JSON.parse(readFileSync(join(cached, name), "utf8")) as { checkedAt: number };
    writeFileSync(join(cached, name), JSON.stringify({ ...kept, checkedAt: kept.checkedAt - 3 * 24 * 3600_000 }));
  }
  const second = await project.regatta(["run", "experiments/x.toml"], env);
  expect(second.code).toBe(0);
  expect(second.stderr).toMatch(/cannot be had \(.*\): using the copy of 3 days ago/);
  expect(second.stderr).not.toContain("fetching");
});

test("without network what is missing is named, all of it", async () => {
  const { project, registry, env } = await setUp();
  await registry.stop();
  const ended = await project.regatta(["plan", "experiments/x.toml"], env);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toMatch(/2 tasks cannot be used/);
  expect(ended.stderr).toMatch(/x\.toml:\d+: task "one": dataset "bench@1\.0": the dataset registry .* cannot be had/);
  expect(ended.stderr).toMatch(/x\.toml:\d+: task "two"/);
});

test("a registry is asked whether it changed, and one that answers badly does not replace a good copy", async () => {
  const { project, registry, env, repo, commit } = await setUp();
  const list = async (): Promise<string> =>
    (await project.regatta(["datasets", "--registry", registry.url], env)).stdout;
  const stale = (): void => {
    const dir = join(project.path("cache"), "regatta/datasets/registries");
    for (const name of readdirSync(dir)) {
      const kept = JSON.parse(readFileSync(join(dir, name), "utf8")) as { checkedAt: number };
      writeFileSync(join(dir, name), JSON.stringify({ ...kept, checkedAt: kept.checkedAt - 3600_000 }));
    }
  };
  expect(await list()).toContain("bench@1.0      3  A few tasks");
  expect(await list()).toContain("bench@1.0");
  expect(registry.answers).toEqual([200]);
  stale();
  expect(await list()).toContain("bench@1.0");
  expect(registry.answers).toEqual([200, 304]);
  for (const broken of ["cut", "500"] as const) {
    stale();
    registry.text = registryText(repo, commit, ["one"]);
    registry.broken = broken;
    const ended = await project.regatta(["datasets", "--registry", registry.url], env);
    expect(ended.stdout).toContain("bench@1.0      3  A few tasks");
    expect(ended.stderr).toMatch(/using the copy of (60 min|2 h) ago/);
  }
  stale();
  registry.broken = null;
  expect(await list()).toContain("bench@1.0      1  A few tasks");
});

test("unknown datasets, versions and tasks come with what is near", async () => {
  const { project, registry, env } = await setUp();
  for (const [dataset, name, said] of [
    ["bnech@1.0", "one", /there is no dataset "bnech@1\.0" in http.*did you mean "bench"/],
    ["bench@1.1", "one", /has no version "1\.1" of bench \(did you mean "1\.0"\?\)/],
    ["bench@1.0", "onne", /there is no such task in bench@1\.0 of http.* \(did you mean "one"\?\)/],
  ] as const) {
    await project.write(experimentOf(registry.url, [name], dataset));
    const ended = await project.regatta(["plan", "experiments/x.toml"], env);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(said);
  }
});

test("processes that want the same at the same time fetch it once", async () => {
  const { project, env } = await setUp(["one", "two", "three"]);
  const all = await Promise.all(Array.from({ length: 4 }, () => project.regatta(["plan", "experiments/x.toml"], env)));
  expect(all.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(all.filter(({ stderr }) => stderr.includes("fetching 2 tasks"))).toHaveLength(1);
  expect(await project.list("cache/regatta/datasets/fetching")).toEqual([]);
  expect(await project.list("cache/regatta/datasets/locks")).toEqual([]);
});

test("a branch is resolved when it is asked for, and to the last known commit when it cannot be", async () => {
  const { project, repo, registry, env, commit } = await setUp();
  registry.text = registryText(repo, null, ["one", "two"]);
  expect((await project.regatta(["pull", "experiments/x.toml", "--json"], env)).stdout).toContain(commit);
  rmSync(repo, { recursive: true });
  const offline = await project.regatta(["pull", "experiments/x.toml", "--json"], env);
  expect(offline.code).toBe(0);
  expect(offline.stdout).toContain(commit);
  expect(offline.stderr).toMatch(/cannot be asked what HEAD is .* as the last time/);
});

test("what is wrong with a repository is told for each task of it", async () => {
  const { project, repo, registry, env } = await setUp();
  const gone = "0123456789012345678901234567890123456789";
  registry.text = JSON.stringify([
    {
      name: "bench",
      version: "1.0",
      tasks: [
        { name: "one", git_url: `file://${repo}`, git_commit_id: gone, path: "bench/one" },
        { name: "two", git_url: `file://${repo}`, path: "bench/nowhere" },
        { name: "three", git_url: "file:///nonexistent/repo", path: "bench/three" },
        { name: "four", git_url: `file://${repo}`, path: "../../etc" },
      ],
    },
  ]);
  await project.write(experimentOf(registry.url, ["one", "two", "three", "four"]));
  const { code, stderr } = await project.regatta(["plan", "experiments/x.toml"], env);
  expect(code).toBe(2);
  expect(stderr).toMatch(/task "one": bench\/one of file:\S+ at 012345678901 cannot be fetched/);
  expect(stderr).toMatch(/task "two": file:\S+ has no directory bench\/nowhere at/);
  expect(stderr).toMatch(/task "three": bench\/three of file:\/\/\/nonexistent\/repo at HEAD cannot be fetched/);
  expect(stderr).toMatch(/task "four": the registry's path "\.\.\/\.\.\/etc" is no path in a repository/);
});

test("a cached task that was changed or damaged is fetched again", async () => {
  const { project, env } = await setUp();
  const where = async (): Promise<string[]> => {
    const { stdout } = await project.regatta(["pull", "experiments/x.toml", "--json"], env);
    return (JSON.parse(stdout) as { tasks: { dir: string }[] }).tasks.map(({ dir }) => dir);
  };
  const [one = "", two = ""] = await where();
  writeFileSync(join(one, "instruction.md"), "Do something else.\n");
  rmSync(join(two, "task.toml"));
  const ended = await project.regatta(["plan", "experiments/x.toml"], env);
  expect(ended.code).toBe(0);
  expect(ended.stderr.match(/was changed on this machine: fetching it again/g)).toHaveLength(2);
  expect(readFileSync(join(one, "instruction.md"), "utf8")).toBe("Write 42 to /app/answer.\n");
});

test("nothing that a repository brings is run, and no token is shown", async () => {
  const { project, repo, registry, env } = await setUp();
  await project.write({
    "repo/.gitattributes": "* filter=evil\n",
    "repo/.gitmodules": '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c true\n',
  });
  git(repo, "add", ".");
  git(repo, "commit", "--quiet", "-m", "evil");
  const commit = git(repo, "rev-parse", "HEAD");
  registry.text = registryText(repo, commit, ["one", "two"]).replace(
    `file://${repo}`,
    `ext::touch ${project.path("ran")}`,
  );
  const ended = await project.regatta(["plan", "experiments/x.toml"], env);
  expect(ended.stderr).toMatch(/task "one": .*cannot be fetched.*(ext|transport)/);
  expect(await project.list(".")).not.toContain("ran");
  registry.text = registryText(repo, commit, ["one", "two"]).replaceAll(
    `file://${repo}`,
    "https://user:s3cret@127.0.0.1:9/r.git",
  );
  await project.write(experimentOf(registry.url.replace("//", "//me:t0ken@"), ["one", "two"]));
  const hidden = await project.regatta(["plan", "experiments/x.toml"], {
    ...env,
    XDG_CACHE_HOME: project.path("other"),
  });
  expect(hidden.code).toBe(2);
  expect(hidden.stderr).toContain("https://127.0.0.1:9/r.git");
  expect(hidden.stderr).not.toMatch(/s3cret|t0ken/);
});
