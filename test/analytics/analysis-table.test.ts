/** `[analysis]`: what it says holds for table, index, analysis and plan alike; and what a plan says it can show. */
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { experiment, makeProject, NOP, ORACLE, type Project, task } from "../support/project.ts";

/** Rewards under two names: the oracle's answer is right but slow. */
const TWO_REWARDS = {
  test: `if [ -f /app/answer ]; then echo '{"reward": 0, "quality": 0.6}'; else echo '{"reward": 1, "quality": 0.2}'; fi > /logs/verifier/reward.json`,
};

async function project(table: string, tasks: readonly string[] = ["one"]): Promise<Project> {
  const made = await makeProject({
    ...Object.assign({}, ...tasks.map((name) => task(name, TWO_REWARDS))),
    ...experiment(tasks, ORACLE + NOP),
  });
  await made.write({ "experiments/x.toml": `${await made.read("experiments/x.toml")}\n[analysis]\n${table}\n` });
  return made;
}

test("reward_key and success_at decide what is a success, everywhere", async () => {
  const made = await project('reward_key = "quality"\nsuccess_at = 0.5');
  const home = { XDG_CACHE_HOME: made.path("cache") };
  const run = await made.regatta(["run", "experiments/x.toml", "--json"], home);
  expect(run.code).toBe(0);
  const ended = run.stdout
    .split("\n")
    .filter((line) => line.includes('"trial-ended"'))
    .map((line) => JSON.parse(line) as { trial: { profile: string }; reward: number; success: boolean });
  expect(Object.fromEntries(ended.map(({ trial, reward, success }) => [trial.profile, [reward, success]]))).toEqual({
    oracle: [0.6, true],
    nop: [0.2, false],
  });
  const index = (await made.json("results/x/0/runs/index.json")) as { runs: Record<string, unknown>[] };
  expect(
    Object.fromEntries(index.runs.map((entry) => [entry["agent_key"], [entry["accuracy"], entry["success"]]])),
  ).toEqual({
    oracle: [0.6, true],
    nop: [0.2, false],
  });
  const results = JSON.parse((await made.regatta(["results", "--json"], home)).stdout) as {
    profiles: { key: string; successes: number; mean_reward: number }[];
  };
  expect(results.profiles.map(({ key, successes }) => [key, successes])).toEqual([
    ["oracle", 1],
    ["nop", 0],
  ]);
  const analysed = async (...args: string[]): Promise<unknown> => {
    const { stdout, stderr } = await made.regatta(["analyze", ...args, "--json"], home);
    expect(stderr).toBe("");
    const { profiles } = JSON.parse(stdout) as {
      profiles: { key: string; succeeded: number; metrics: Record<string, { mean: number }> }[];
    };
    return Object.fromEntries(
      profiles.map(({ key, succeeded, metrics }) => [key, [succeeded, metrics["reward"]?.mean]]),
    );
  };
  const byQuality = { oracle: [1, 0.6], nop: [0, 0.2] };
  expect(await analysed("experiments/x.toml")).toEqual(byQuality);
  expect(await analysed("--runs", "results/x/0/runs")).toEqual(byQuality);
  // A flag wins, and what was read by another rule is not taken for it.
  expect(await analysed("experiments/x.toml", "--reward-key", "reward", "--success-at", "1")).toEqual({
    oracle: [0, 0],
    nop: [1, 1],
  });
  expect(await analysed("experiments/x.toml")).toEqual(byQuality);
});

test("a control is compared with all others, also in the plan; margin and alpha are in the rule", async () => {
  const made = await project('control = "oracle"\nmargin = 0.2\nalpha = 0.01');
  const home = { XDG_CACHE_HOME: made.path("cache") };
  const plan = JSON.parse((await made.regatta(["plan", "experiments/x.toml", "--json"])).stdout) as {
    design: { comparisons: number; least_sweep: number | null };
  };
  expect(plan.design).toMatchObject({ comparisons: 1, least_sweep: null });
  expect((await made.regatta(["plan", "experiments/x.toml"])).stdout).toMatch(
    /1 task, 1 attempt each, 1 comparison: no result can be significant.*\n\s+expected cost: not known/,
  );
  expect((await made.regatta(["run", "experiments/x.toml"])).code).toBe(0);
  const { stdout } = await made.regatta(["analyze", "experiments/x.toml", "--json"], home);
  const { comparisons } = JSON.parse(stdout) as { comparisons: { rule: string; pairs: { a: string; b: string }[] } };
  expect(comparisons.rule).toMatch(/p < 0\.01.*±0\.2/);
  expect(comparisons.pairs.map(({ a, b }) => [a, b])).toEqual([["oracle", "nop"]]);
});

test("what cannot be meant is told with its place", async () => {
  const made = await project('control = "orakle"\nmargin = 0\nalpha = 0.7\nreward = "x"');
  const { code, stderr } = await made.regatta(["validate", "experiments/x.toml"]);
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /x\.toml:\d+:\d+.*analysis\.control.*"orakle".*one of the profiles: oracle, nop.*did you mean "oracle"/s,
  );
  expect(stderr).toMatch(/analysis\.margin.*a number above 0/);
  expect(stderr).toMatch(/analysis\.alpha.*below 0\.5/);
  expect(stderr).toMatch(/analysis\.reward\b/);
  for (const flags of [
    ["--margin", "-1"],
    ["--alpha", "2"],
    ["--margin", "wide"],
    ["--format", "xlsx"],
    ["--compare", "oracle", "oracle"],
  ])
    expect([flags, (await made.regatta(["analyze", "--runs", ".", ...flags])).code]).toEqual([flags, 2]);
});

test("a plan expects what trials of the latest batch cost", async () => {
  const costs = (usd: string): string =>
    `[profiles.paid]\nagent = "command"\ncommand = ["sh", "-c", "echo '{\\"cost_usd\\": ${usd}}' > $REGATTA_USAGE"]\n`;
  const made = await makeProject({
    ...task("one"),
    ...task("two"),
    ...experiment(["one", "two"], costs("0.25"), "attempts = 3"),
  });
  expect((await made.regatta(["run", "experiments/x.toml", "--attempts", "1"])).code).toBe(0);
  const { stdout } = await made.regatta(["plan", "experiments/x.toml", "--json"]);
  expect((JSON.parse(stdout) as { expected_cost: object }).expected_cost).toMatchObject({
    usd: 1.5,
    trials: 6,
    seen: 2,
  });
  expect((await made.regatta(["plan", "experiments/x.toml"])).stdout).toContain(
    "expected cost: $1.50 for 6 trials, from 2 trials of batch 0",
  );
});

test("--format parquet is written by DuckDB, from typed rows, and without it says what is missing", async () => {
  const made = await project("");
  const home = { XDG_CACHE_HOME: made.path("cache") };
  expect((await made.regatta(["run", "experiments/x.toml"])).code).toBe(0);
  const without = await made.regatta(["analyze", "experiments/x.toml", "--format", "parquet"], {
    ...home,
    PATH: made.path("nothing"),
  });
  expect(without.code).toBe(2);
  expect(without.stderr).toMatch(/needs the program duckdb/);
  // A stand-in that keeps what it is asked for: the real one is tried where it is installed.
  await mkdir(made.path("bin"));
  await writeFile(
    made.path("bin/duckdb"),
    `#!/bin/sh
for last; do :; done
printf '%s' "$last" > "${made.path("asked")}"
from=$(printf '%s' "$last" | sed "s/.*read_json('\\([^']*\\)'.*/\\1/")
to=$(printf '%s' "$last" | sed "s/.* TO '\\([^']*\\)'.*/\\1/")
cp "$from" "$to"
`,
  );
  await chmod(made.path("bin/duckdb"), 0o755);
  const { code } = await made.regatta(["analyze", "experiments/x.toml", "--format", "parquet"], {
    ...home,
    PATH: `${made.path("bin")}:${process.env["PATH"]}`,
  });
  expect(code).toBe(0);
  expect(await made.read("asked")).toMatch(/'attempt': 'INTEGER'.*'reward': 'DOUBLE'.*\(FORMAT parquet\)/);
  const rows = (await made.read("results/x/0/analytics/metrics_detail.parquet")).trim().split("\n");
  expect(rows.map((row) => JSON.parse(row) as object)).toMatchObject([
    { profile: "oracle", task: "one", attempt: 1, reward: 0, not_scored: null },
    { profile: "nop", task: "one", attempt: 1, reward: 1, success: 1 },
  ]);
  expect((await made.list("results/x/0/analytics")).filter((name) => name.includes("tmp"))).toEqual([]);
});
