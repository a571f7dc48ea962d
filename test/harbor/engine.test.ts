/** `engine = "harbor"`, with a program in Harbor's place that behaves like it: configurations, watching, stopping, going on. */
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { makeProject, type Project, task } from "../support/project.ts";
import { FAKE_HARBOR } from "./fake-harbor.ts";

interface Call {
  readonly config: Readonly<Record<string, unknown>> & { readonly job_name: string };
  readonly env: Readonly<Record<string, string>>;
  readonly pid: number;
}

interface Indexed {
  readonly task_id: string;
  readonly agent_key: string;
  readonly attempt: number;
  readonly outcome: string;
  readonly reason: string | null;
  readonly accuracy: number | null;
}

const ONE = '[profiles.one]\nagent = "claude-code"\nno_mcp = true\nmodel = "anthropic/m"\n';

function experimentOf(tasks: string, profiles: string, run = ""): Record<string, string> {
  const head =
    'schema_version = 2\nslug = "x"\n[run]\nengine = "harbor"\nharbor_bin = "./fake-harbor.mjs"\ncontainer_env = "docker"';
  return { "experiments/x.toml": [head, run, tasks, profiles].join("\n") };
}

async function projectWith(
  instructions: Readonly<Record<string, string>>,
  profiles: string,
  run = "",
): Promise<Project> {
  const files = Object.entries(instructions).map(([name, instruction]) => task(name, { instruction }));
  const tasks = Object.keys(instructions).map((name) => `[tasks.${name}]\npath = "tasks/${name}"`);
  return makeProject({
    ...Object.assign({}, ...files),
    "fake-harbor.mjs": FAKE_HARBOR,
    ...experimentOf(tasks.join("\n"), profiles, run),
  });
}

async function index(project: Project, batch = 0): Promise<readonly Indexed[]> {
  return ((await project.json(`results/x/${batch}/runs/index.json`)) as { runs: Indexed[] }).runs;
}

function short({ task_id, agent_key, attempt, outcome, reason, accuracy }: Indexed): string {
  return `${task_id} ${agent_key} #${attempt} ${outcome}${reason === null ? "" : ` ${reason}`}${accuracy === null ? "" : ` ${accuracy}`}`;
}

async function calls(project: Project): Promise<readonly Call[]> {
  const text = await project.read("calls.jsonl");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Call);
}

test("one job per profile, index and artifacts from what it wrote, outcomes by our rules", async () => {
  const project = await projectWith(
    { good: "reward 1", half: "reward 0.5", late: "raise AgentTimeoutError", bad: "raise RewardFileNotFoundError" },
    `${ONE}env = ["SOME_KEY"]\nset_env = { MODE = "fast", API_TOKEN = "t0ken" }\n[profiles.two]\nextends = "one"\nreasoning = "low"\nkwargs = { max_turns = 3 }\n[artifacts]\ntargets = ["notes"]`,
    "attempts = 2\nparallel = 5\nprofiles_parallel = 2\nretries = 1",
  );
  const run = await project.regatta(["run", "experiments/x.toml"], { SOME_KEY: "s3cret", OTHER_KEY: "0ther" });
  expect(run.code, run.stderr).toBe(1);
  expect((await index(project)).filter((each) => each.agent_key === "two").map(short)).toEqual([
    "good two #1 scored 1",
    "half two #1 scored 0.5",
    "late two #1 not-scored infrastructure(agent-timeout)",
    "bad two #1 not-scored verifier-failed(reward-file-not-found)",
    "good two #2 scored 1",
    "half two #2 scored 0.5",
    "late two #2 not-scored infrastructure(agent-timeout)",
    "bad two #2 not-scored verifier-failed(reward-file-not-found)",
  ]);
  const made = (await calls(project)).toSorted((a, b) => (a.config.job_name < b.config.job_name ? -1 : 1));
  expect(made.map(({ config }) => config.job_name.slice(-5))).toEqual(["__one", "__two"]);
  expect(made[1]?.config).toMatchObject({
    jobs_dir: project.path("results/x/0/runs"),
    n_attempts: 2,
    n_concurrent_trials: 2,
    retry: { max_retries: 1 },
    environment: { type: "docker", force_build: false, delete: true },
    agents: [
      {
        name: "claude-code",
        model_name: "anthropic/m",
        kwargs: { reasoning_effort: "low", max_turns: 3 },
        env: { SOME_KEY: "${SOME_KEY}", MODE: "fast", API_TOKEN: "${API_TOKEN}" },
      },
    ],
    datasets: [],
    tasks: ["good", "half", "late", "bad"].map((name) => ({ path: project.path(`tasks/${name}`) })),
  });
  expect(made[0]?.env["SOME_KEY"]).toBe("s3cret");
  expect(made[0]?.env["API_TOKEN"]).toBe("t0ken");
  expect(made[0]?.env["OTHER_KEY"]).toBeUndefined();
  expect(await project.list("results/x/0/artifacts/notes")).toHaveLength(16);
  expect(run.stdout + run.stderr).not.toMatch(/s3cret|t0ken/);
});

test("an old Harbor gets its own dialect, and what it cannot do is refused", async () => {
  const project = await projectWith({ good: "reward 1" }, `${ONE}[profiles.oracle]\nagent = "oracle"`);
  const old = { FAKE_VERSION: "harbor 0.1.45" };
  // Variables of the test program do not reach Harbor: it is told by a file of its own.
  await project.write({ "fake-harbor.mjs": FAKE_HARBOR.replace('?? "0.24.0"', `?? "${old.FAKE_VERSION}"`) });
  expect((await project.regatta(["run", "experiments/x.toml"])).code).toBe(0);
  const [call] = await calls(project);
  expect(call?.config).toMatchObject({ orchestrator: { type: "local", retry: { max_retries: 0 } } });
  expect(call?.config["n_concurrent_trials"]).toBeUndefined();
  await project.write(experimentOf('[tasks.good]\npath = "tasks/good"', `${ONE}set_env = { MODE = "x" }`));
  const refused = await project.regatta(["run", "experiments/x.toml", "--new"]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(
    /x\.toml:\d+: profiles\.one\.set_env: the installed Harbor 0\.1\.45 gives agents no variables/,
  );
});

test("what Harbor has no word for is refused before anything starts, all of it, by name and place", async () => {
  const project = await projectWith({ good: "reward 1" }, `${ONE}setup = "s.sh"\nfiles = { "/x" = "s.sh" }`);
  await project.write({ "s.sh": "true\n" });
  const text = (await project.read("experiments/x.toml")).replace('"docker"', '"local"');
  await project.write({ "experiments/x.toml": text });
  const { code, stderr } = await project.regatta(["plan", "experiments/x.toml"]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/x\.toml:\d+: run\.container_env: engine harbor has no environment "local"/);
  expect(stderr).toMatch(/x\.toml:\d+: profiles\.one\.setup: /);
  expect(stderr).toMatch(/x\.toml:\d+: profiles\.one\.files: /);
  await project.write({
    "experiments/x.toml": text
      .replace('engine = "harbor"', "")
      .replace('harbor_bin = "./fake-harbor.mjs"', 'harbor_bin = "x"'),
  });
  expect((await project.regatta(["plan", "experiments/x.toml"])).stderr).toMatch(/run\.harbor_bin/);
});

test("a Harbor that is not there, or that dies, is told with its last words, and the other profiles go on", async () => {
  const project = await projectWith(
    { good: "reward 1" },
    `${ONE}[profiles.bad]\nextends = "one"\nkwargs = { broken = true }\nenv = ["SOME_KEY"]`,
  );
  const run = await project.regatta(["run", "experiments/x.toml"], { SOME_KEY: "s3cret-value" });
  expect(run.code).toBe(1);
  expect(run.stderr).toMatch(/Harbor's job of bad: it ended with exit code 2; Traceback: no such agent, key/);
  expect(run.stderr + run.stdout).not.toContain("s3cret-value");
  expect((await index(project)).map(short)).toEqual(["good one #1 scored 1", "good bad #1 not-started"]);
  await project.write(experimentOf('[tasks.good]\npath = "tasks/good"', ONE).valueOf() as Record<string, string>);
  const missing = (await project.read("experiments/x.toml")).replace("./fake-harbor.mjs", "no-such-harbor");
  await project.write({ "experiments/x.toml": missing });
  const none = await project.regatta(["run", "experiments/x.toml", "--new"]);
  expect(none.code).toBe(2);
  expect(none.stderr).toMatch(/there is no no-such-harbor: engine = "harbor" needs it\n/);
});

test("Ctrl-C lets it record what it has; the same command runs what is left, once", async () => {
  const project = await projectWith({ good: "reward 1", slow: "wait" }, ONE);
  const running = project.start(["run", "experiments/x.toml"]);
  await running.shown("slow × one #1: started");
  running.child.kill("SIGINT");
  const ended = await running.ended;
  expect(ended.code).toBe(130);
  expect((await index(project)).map(short)).toEqual(["good one #1 scored 1", "slow one #1 cancelled cancelled"]);
  await project.write({ "tasks/slow/instruction.md": "reward 0\n" });
  const refused = await project.regatta(["run", "experiments/x.toml", "--batch", "0"]);
  expect(refused.code, refused.stderr).toBe(0);
  expect((await index(project)).map(short)).toEqual(["good one #1 scored 1", "slow one #1 scored 0"]);
  const [first, second] = await calls(project);
  expect(second?.config["tasks"]).toEqual([{ path: project.path("tasks/slow") }]);
  expect(second?.config.job_name).not.toBe(first?.config.job_name);
});

test("one that ignores everything is ended with all it started, also when the runner is killed", async () => {
  const project = await projectWith({ stuck: "hang" }, `${ONE}kwargs = { stubborn = true }`);
  const first = project.start(["run", "experiments/x.toml"]);
  await first.shown("stuck × one #1: started");
  first.child.kill("SIGINT");
  first.child.kill("SIGTERM");
  await first.ended;
  const second = project.start(["run", "experiments/x.toml", "--new"]);
  await second.shown("stuck × one #1: started");
  second.child.kill("SIGKILL");
  await second.ended;
  for (const { pid } of await calls(project)) {
    while (isAlive(pid) || (await groupOf(pid)).length > 0) await delay(20);
  }
  expect((await project.regatta(["index", "results/x/1"])).code).toBe(0);
  expect((await index(project, 1)).map(short)).toEqual(["stuck one #1 not-started"]);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Processes of the group that `pid` led. */
async function groupOf(pid: number): Promise<readonly string[]> {
  const { readdir } = await import("node:fs/promises");
  const found: string[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const [state, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (Number(group) === pid && state !== "Z") found.push(name);
    } catch {
      continue;
    }
  }
  return found;
}

test("export writes the same files and starts nothing", async () => {
  const project = await projectWith({ good: "reward 1" }, `${ONE}[profiles.two]\nagent = "nop"`);
  const exported = await project.regatta(["export", "experiments/x.toml", "--jobconfig", "-o", "jobs"]);
  expect(exported.code).toBe(0);
  expect(exported.stdout).toBe(
    "uvx --python 3.13 harbor run -c jobs/one.json\nuvx --python 3.13 harbor run -c jobs/two.json\n",
  );
  expect(await project.json("jobs/two.json")).toMatchObject({ agents: [{ name: "nop" }], n_attempts: 1 });
  expect(await project.list(".")).not.toContain("calls.jsonl");
});
