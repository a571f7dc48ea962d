import { cp, rm, stat } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { experiment, makeProject, NOP, ORACLE, type Project, task } from "../support/project.ts";
import { agentStep, exception, result, trajectory } from "./jobs.ts";

function files(all: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(all).map(([name, content]) => [
      name,
      typeof content === "string" ? content : JSON.stringify(content),
    ]),
  );
}

/** Name → content of everything that was written. */
async function outputs(project: Project, dir: string): Promise<Readonly<Record<string, string>>> {
  const figures = (await project.list(`${dir}/figures`)).map((file) => `figures/${file}`);
  const names = [...(await project.list(dir)).filter((file) => file !== "figures"), ...figures];
  expect(figures).toHaveLength(16);
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await project.read(`${dir}/${name}`)])));
}

function foreign(): Promise<Project> {
  return makeProject(
    files({
      "jobs/one/a__1/result.json": result({
        task_name: "=cmd|' /C calc'!A0",
        agent_info: { name: '-x, "y"', version: "1", model_info: null },
      }),
      "jobs/one/a__1/agent/trajectory.json": trajectory([agentStep([{ tool: "mcp__docs__search", result: "ok" }])]),
      "jobs/one/b__1/result.json": result({
        task_name: "b",
        verifier_result: null,
        exception_info: exception("RewardFileNotFoundError"),
      }),
      "jobs/one/cut__1/result.json": "{",
      "jobs/two/a__1/result.json": result({ task_name: "b", verifier_result: { rewards: { reward: 0.5 } } }),
    }),
  );
}

describe("regatta analyze --runs", () => {
  test("shows every trial and every one left out, and writes nothing", async () => {
    const project = await foreign();
    const home = { XDG_CACHE_HOME: project.path("cache") };
    const { code, stdout } = await project.regatta(["analyze", "--runs", "jobs"], home);
    expect(code).toBe(0);
    expect(stdout).toMatch(/3 trials of 2 tasks under 2 profiles, 1 left out/);
    expect(stdout).toMatch(/verifier-failed\(reward-file-not-found\)/);
    expect(stdout).toMatch(/1 × result\.json is not valid JSON.*\n\s+one\/cut__1/);
    expect(await project.list("jobs")).toEqual(["one", "two"]);
    expect(await project.list("jobs/one")).toEqual(["a__1", "b__1", "cut__1"]);
  });

  test("--output writes CSV that no spreadsheet takes for formulas, and JSON", async () => {
    const project = await foreign();
    const home = { XDG_CACHE_HOME: project.path("cache") };
    const { stdout } = await project.regatta(["analyze", "--runs", "jobs", "--output", "out", "--quiet"], home);
    expect(stdout).toBe("");
    expect(await project.list("out")).toEqual([
      "aggregate_metrics.json",
      "comparison_report.md",
      "comparisons.json",
      "figures",
      "metrics_detail.csv",
      "metrics_summary.csv",
      "report.html",
    ]);
    const detail = (await project.read("out/metrics_detail.csv")).split("\r\n");
    expect(detail).toHaveLength(5);
    expect(detail[0]).toMatch(/^profile,task,attempt,job,trial,path,agent,.*,reward,success,.*,not_computed,remarks$/);
    expect(detail[1]).toMatch(/^one,'=cmd\|' \/C calc'!A0,1,one,/);
    expect(detail[1]).toContain(`"'-x, ""y"""`);
    const summary = await project.read("out/metrics_summary.csv");
    expect(summary).toMatch(/^one,reward,reward,1,1,1,1,1,1,1\r$/m);
    const json = (await project.json("out/aggregate_metrics.json")) as {
      profiles: { key: string; mcp_servers: unknown }[];
      left_out: unknown[];
    };
    expect(json.profiles.map(({ key }) => key)).toEqual(["one", "two"]);
    expect(json.profiles[0]?.mcp_servers).toEqual([{ server: "docs", calls: 1, errors: 0, trials: 1 }]);
    expect(json.left_out).toHaveLength(1);
  });

  test("language, time zone and the kept readings change no byte", async () => {
    const project = await foreign();
    const written = async (name: string, env: Record<string, string>) => {
      const args = ["analyze", "--runs", "jobs", "--output", name, "--quiet"];
      expect((await project.regatta(args, { XDG_CACHE_HOME: project.path("cache"), ...env })).code).toBe(0);
      return outputs(project, name);
    };
    const first = await written("first", { TZ: "UTC", LC_ALL: "C" });
    expect(await written("kept", { TZ: "Asia/Tokyo", LC_ALL: "de_DE.UTF-8" })).toEqual(first);
    expect(await written("anew", { TZ: "America/New_York", XDG_CACHE_HOME: project.path("other") })).toEqual(first);
  });

  test.each([
    [["--runs", "nowhere"], /There is no directory/],
    [["--runs", "jobs", "--by", "colour"], /Expected one of job, agent, model, config/],
    [["--runs", "jobs", "--succeeded", "--failed"], /leave nothing/],
    [["--runs", "jobs", "--tasks", "c"], /no trial of a task "c"/],
    [["demo/1", "--runs", "jobs"], /leave out the batch/],
  ])("%j is refused in words", async (args, words) => {
    const project = await foreign();
    const { code, stderr } = await project.regatta(["analyze", ...args], { XDG_CACHE_HOME: project.path("cache") });
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test("nothing that can be read is exit code 1, with the reasons", async () => {
    const project = await makeProject(files({ "jobs/one/cut__1/result.json": "{", "jobs/one/cut__1/agent/x": "" }));
    const { code, stdout } = await project.regatta(["analyze", "--runs", "jobs/one"], {
      XDG_CACHE_HOME: project.path("cache"),
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/0 trials.*1 left out/);
  });
});

test("a second analysis, and one without what the first kept, write the same bytes", async () => {
  const tasks = ["one", "two", "three"];
  const project = await makeProject({
    ...Object.assign({}, ...tasks.map((name) => task(name))),
    ...experiment(tasks, ORACLE + NOP),
  });
  const home = { XDG_CACHE_HOME: project.path("cache") };
  expect((await project.regatta(["run", "experiments/x.toml"])).code).toBe(0);
  const where: Record<string, string> = {};
  const analysed = async (...args: string[]): Promise<unknown> => {
    const { code, stdout } = await project.regatta(
      ["analyze", "--runs", "results/x/0/runs", "--output", "out", ...args],
      { ...home, ...where },
    );
    expect(code).toBe(0);
    return [stdout, await outputs(project, "out")];
  };
  const first = await analysed();
  expect(await project.list("cache/regatta/analytics")).toHaveLength(3);
  const written = await stat(project.path("out/report.html"));
  expect(await analysed()).toEqual(first);
  expect((await stat(project.path("out/report.html"))).ino).toBe(written.ino);
  // A report that is gone, changed or another's is made again.
  await project.write({ "out/report.html": "x" });
  await rm(project.path("out/figures/success.svg"));
  expect(await analysed()).toEqual(first);
  await rm(project.path("cache"), { recursive: true });
  expect(await analysed()).toEqual(first);
  // Nor does it matter where on earth, and in which language, somebody asks.
  await rm(project.path("cache"), { recursive: true });
  Object.assign(where, { TZ: "Pacific/Kiritimati", LANG: "tr_TR.UTF-8", LC_ALL: "de_DE.UTF-8" });
  expect(await analysed()).toEqual(first);
  // What is kept is of one question: another one is not answered by it.
  const other = await analysed("--margin", "0.3", "--control", "nop");
  expect(other).not.toEqual(first);
  expect(await analysed()).toEqual(first);
});

test("a batch of ours: the same from its experiment, from its runs/, and as any Harbor's without what is ours", async () => {
  const project = await makeProject({
    ...task("one"),
    ...task("two"),
    ...experiment(["one", "two"], ORACLE + NOP, "attempts = 2"),
  });
  const home = { XDG_CACHE_HOME: project.path("cache") };
  expect((await project.regatta(["run", "experiments/x.toml"])).code).toBe(0);
  const table = async (...args: string[]) => {
    const { code, stdout, stderr } = await project.regatta(["analyze", ...args, "--json"], home);
    expect([code, stderr]).toEqual([0, ""]);
    const { profiles, left_out: leftOut } = JSON.parse(stdout) as {
      profiles: {
        key: string;
        scored: number;
        succeeded: number;
        metrics: Record<string, { mean: number; n: number }>;
      }[];
      left_out: unknown[];
    };
    expect(leftOut).toEqual([]);
    return profiles.map(({ key, scored, succeeded, metrics }) => [
      key.replace(/^.*__/, ""),
      scored,
      succeeded,
      metrics["reward"]?.mean,
      metrics["agent_sec"]?.n,
    ]);
  };
  const expected = [
    ["nop", 4, 0, 0, 4],
    ["oracle", 4, 4, 1, 4],
  ];
  const sorted = async (...args: string[]) =>
    (await table(...args)).toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
  expect(await sorted("experiments/x.toml")).toEqual(expected);
  expect(await project.list("results/x/0/analytics")).toEqual([
    "aggregate_metrics.json",
    "comparison_report.md",
    "comparisons.json",
    "figures",
    "metrics_detail.csv",
    "metrics_summary.csv",
    "report.html",
  ]);
  expect(await sorted("experiments/x.toml", "--batch", "0", "--verify-cache")).toEqual(expected);
  expect(await sorted("--runs", "results/x/0/runs")).toEqual(expected);
  expect((await project.regatta(["analyze", "experiments/x.toml", "--batch", "7"], home)).stderr).toMatch(
    /It has: 0\./,
  );

  const asHarbor = await project.regatta(["analyze", "--runs", "results/x/0/runs", "--as-harbor", "--list"], home);
  expect(asHarbor.stdout.match(/: the same$/gm)).toHaveLength(8);
  expect(asHarbor.stdout).toMatch(/pass@2 {2}result\.json 1, by its rules 1: the same/);

  await cp(project.path("results/x/0/runs"), project.path("jobs"), { recursive: true });
  await rm(project.path("jobs/index.json"));
  for (const job of await project.list("jobs")) {
    for (const trial of (await project.list(`jobs/${job}`)).filter((name) => name.includes("__"))) {
      await rm(project.path(`jobs/${job}/${trial}/.regatta`), { recursive: true, force: true });
    }
  }
  expect(await sorted("--runs", "jobs")).toEqual(expected);
});

test("rewards that are no failures and no numbers: out of the rate, and no crash when kept", async () => {
  const project = await makeProject(
    files({
      "jobs/one/a__1/result.json": result({ task_name: "a", verifier_result: { rewards: { speed: 1, size: 0 } } }),
      "jobs/one/b__1/result.json": result({ task_name: "b" }),
      "jobs/one/c__1/result.json": result({ task_name: "c", verifier_result: { rewards: { reward: 1e308 } } }),
    }),
  );
  const home = { XDG_CACHE_HOME: project.path("cache") };
  const first = await project.regatta(["analyze", "--runs", "jobs"], home);
  expect(first.stdout).toMatch(/\bone\b.* 2\/2 .* 3\/3 /);
  expect(first.stdout).toMatch(/reward unknown/);
  const second = await project.regatta(["analyze", "--runs", "jobs"], home);
  expect([second.code, second.stderr, second.stdout]).toEqual([0, "", first.stdout]);
});
