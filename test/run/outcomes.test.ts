import { expect, test } from "vitest";
import { command, experiment, makeProject, NOP, ORACLE, task } from "../support/project.ts";

interface Entry {
  readonly task_id: string;
  readonly agent_key: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly exit_code: number | null;
  readonly accuracy: number | null;
  readonly results_json: string | null;
}

async function outcomes(files: Record<string, string>, args: readonly string[] = []) {
  const project = await makeProject(files);
  const run = await project.regatta(["run", "experiments/x.toml", ...args]);
  const { runs } = (await project.json("results/x/0/runs/index.json")) as { runs: Entry[] };
  return { project, run, runs };
}

function words(runs: readonly Entry[]): string[] {
  return runs.map(
    (each) => `${each.task_id} ${each.agent_key}: ${each.outcome} ${each.reason ?? "-"} ${each.accuracy ?? "?"}`,
  );
}

test("however an agent ends, its work is verified and scored", async () => {
  const { run, runs } = await outcomes({
    ...task("t", { toml: "[agent]\ntimeout_sec = 1.0\n" }),
    ...experiment(
      ["t"],
      [
        command("fails", "echo 42 > answer; exit 3"),
        command("hangs", "echo 42 > answer; sleep 60"),
        command("ignores", "trap '' TERM; echo 42 > answer; while :; do sleep 0.1; done"),
      ].join(""),
    ),
  });
  expect(words(runs)).toEqual([
    "t fails: scored agent-exit(3) 1",
    "t hangs: scored agent-timeout 1",
    "t ignores: scored agent-timeout 1",
  ]);
  expect(runs.map((each) => each.exit_code)).toEqual([3, null, null]);
  expect(run.code).toBe(0);
});

test("without a usable reward a trial is not scored, and never 0", async () => {
  const rewards: Record<string, string> = {
    missing: "true",
    empty: ": > /logs/verifier/reward.txt",
    nan: "echo nan > /logs/verifier/reward.txt",
    words: "echo passed > /logs/verifier/reward.txt",
    infinite: "echo '{\"reward\": 1e999}' > /logs/verifier/reward.json",
    cut: "echo '{\"reward\": 1' > /logs/verifier/reward.json",
    link: "ln -s /etc/hostname /logs/verifier/reward.txt",
    both: 'echo 0 > /logs/verifier/reward.txt; echo \'{"reward": 1, "style": 0.5}\' > /logs/verifier/reward.json',
  };
  const names = Object.keys(rewards);
  const { run, runs, project } = await outcomes({
    ...Object.assign({}, ...names.map((name) => task(name, { test: rewards[name] ?? "" }))),
    ...experiment(names, NOP),
  });
  expect(words(runs)).toEqual([
    "missing nop: not-scored verifier-failed(reward-missing) ?",
    "empty nop: not-scored verifier-failed(reward-empty) ?",
    "nan nop: not-scored verifier-failed(reward-not-finite) ?",
    "words nop: not-scored verifier-failed(reward-malformed) ?",
    "infinite nop: not-scored verifier-failed(reward-not-finite) ?",
    "cut nop: not-scored verifier-failed(reward-malformed) ?",
    expect.stringMatching(/^link nop: not-scored verifier-failed\(reward-(missing|malformed)\) \?$/),
    "both nop: scored - 1",
  ]);
  expect(run.code).toBe(1);
  const missing = (await project.json(`results/x/0/${runs[0]?.results_json}`)) as Record<string, unknown>;
  expect(missing["verifier_result"]).toBeNull();
  expect(missing["exception_info"]).toMatchObject({ exception_type: "RewardFileNotFoundError" });
});

test("a profile that was not really applied is not-treated", async () => {
  const { run, runs } = await outcomes({
    ...task("t"),
    "bad-setup.sh": "#!/bin/sh\necho no such package >&2; exit 7\n",
    ...experiment(
      ["t"],
      [
        '[profiles.gone]\nagent = "command"\ncommand = ["no-such-agent"]\n',
        command("unprepared", "true", 'setup = "bad-setup.sh"'),
      ].join(""),
    ),
  });
  expect(words(runs)).toEqual([
    "t gone: not-scored not-treated(command-not-found) ?",
    "t unprepared: not-scored not-treated(setup-failed) ?",
  ]);
  expect(run.code).toBe(1);
});

test("a task that cannot be run is refused by name, for itself alone", async () => {
  const { run, runs } = await outcomes({
    ...task("fine"),
    ...task("gpu", { toml: "[environment]\ngpus = 1\n" }),
    ...task("many", { toml: '[[steps]]\nname = "one"\n' }),
    ...task("broken", { dockerfile: "FROM debian:12\nRUN exit 9\n" }),
    ...experiment(["fine", "gpu", "many", "broken"], ORACLE),
  });
  expect(words(runs)).toEqual([
    "fine oracle: scored - 1",
    "gpu oracle: not-started refused-at-plan-time ?",
    "many oracle: not-started refused-at-plan-time ?",
    "broken oracle: not-scored infrastructure(build-failed) ?",
  ]);
  expect(run.code).toBe(1);
  expect(run.stdout + run.stderr).toMatch(/gpu/i);
});

test("an agent's setup runs on its own clock and its files are in place", async () => {
  const { runs } = await outcomes({
    ...task("t", { toml: "[agent]\ntimeout_sec = 1.0\n" }),
    "tool/bin/answer": "#!/bin/sh\ncat /opt/tool/value\n",
    "tool/value": "42\n",
    "slow-setup.sh": "#!/bin/sh\nsleep 1.5; echo ready > /installed-agent/ready\n",
    ...experiment(
      ["t"],
      command(
        "tooled",
        "[ -f /installed-agent/ready ] && /opt/tool/bin/answer > answer",
        'files = { "/opt/tool" = "tool" }\nsetup = "slow-setup.sh"',
      ),
    ),
  });
  expect(words(runs)).toEqual(["t tooled: scored - 1"]);
});

test("a trajectory and a usage file are collected; bad ones are set aside with a remark", async () => {
  const trajectory = JSON.stringify({
    schema_version: "ATIF-v1.7",
    agent: { name: "mine", version: "3.1" },
    steps: [{ step_id: 1, source: "user", message: "hi" }],
    final_metrics: { total_prompt_tokens: 12, total_completion_tokens: 3 },
  });
  const { runs, project } = await outcomes({
    ...task("t"),
    "t.json": trajectory,
    ...experiment(
      ["t"],
      [
        command(
          "good",
          `cp /in.json $REGATTA_TRAJECTORY; echo '{"input_tokens": 100, "cost_usd": 0.25}' > $REGATTA_USAGE`,
          'model = "acme/big"\nfiles = { "/in.json" = "t.json" }',
        ),
        command("bad", "echo '{}' > $REGATTA_TRAJECTORY; echo '{\"input_tokens\": -1}' > $REGATTA_USAGE"),
      ].join(""),
    ),
  });
  const results = await Promise.all(runs.map((each) => project.json(`results/x/0/${each.results_json}`)));
  expect(results[0]).toMatchObject({
    agent_info: { name: "command", version: "3.1", model_info: { name: "big", provider: "acme" } },
    agent_result: { n_input_tokens: 100, n_cache_tokens: null, n_output_tokens: null, cost_usd: 0.25 },
  });
  const bad = String(runs[1]?.results_json).replace("/result.json", "");
  expect(await project.list(`results/x/0/${bad}/agent`)).toContain("trajectory.invalid.json");
  expect(JSON.stringify(await project.json(`results/x/0/${bad}/.regatta/trial.json`))).toContain(
    "input_tokens is not a number",
  );
});
