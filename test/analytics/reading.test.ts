import { cp, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { reasonOf, valueOf, whyNotScored } from "../../src/analytics/analysis.ts";
import { agentStep, analysisIn, exception, type Files, makeRuns, read, result, trajectory } from "./jobs.ts";

async function onlyTrial(over: Readonly<Record<string, unknown>>, more: Files = {}) {
  const inTrial = Object.fromEntries(Object.entries(more).map(([name, content]) => [`job/t__1/${name}`, content]));
  const dir = await makeRuns({ "job/t__1/result.json": result(over), ...inTrial });
  const analysis = await analysisIn(dir);
  const [trial] = analysis.trials;
  if (trial === undefined) throw new Error(JSON.stringify(analysis.leftOut));
  return trial;
}

describe("where jobs are", () => {
  const job: Files = { "config.json": { job_name: "j", agents: [] }, "a__1/result.json": result({ task_name: "a" }) };
  const under = (prefix: string): Files =>
    Object.fromEntries(Object.entries(job).map(([k, v]) => [`${prefix}/${k}`, v]));

  test("one job directory, a folder of jobs, and a folder with runs/ in it are all read", async () => {
    const one = await read(await makeRuns(job));
    const several = await read(await makeRuns({ ...under("j1"), "j2/b__1/result.json": result({ task_name: "b" }) }));
    const batch = await read(await makeRuns({ ...under("runs/2026-01-01__00-00-00__text"), "experiment.toml": "" }));
    expect(one.trials.map(({ path }) => path)).toEqual(["a__1"]);
    expect(several.trials.map(({ path }) => path)).toEqual(["j1/a__1", "j2/b__1"]);
    expect(batch.trials.map(({ path }) => path)).toEqual(["2026-01-01__00-00-00__text/a__1"]);
  });

  test("a directory of one trial, one without jobs, and one that is not there are refused in words", async () => {
    const dir = await makeRuns({ ...job, "nothing/here.txt": "" });
    await expect(read(join(dir, "a__1"))).rejects.toThrow(/one trial/);
    await expect(read(join(dir, "nothing"))).rejects.toThrow(/no Harbor job/);
    await expect(read(join(dir, "gone"))).rejects.toThrow(/no directory/);
  });

  test("a job's own files, hidden folders and files of an artifact that are called result.json are no trials", async () => {
    const dir = await makeRuns({
      ...job,
      "result.json": { stats: { evals: {} } },
      "job.log": "",
      ".sources/x/result.json": result(),
      "a__1/artifacts/app/result.json": result({ task_name: "planted" }),
      "notes/readme.txt": "mine",
    });
    const { trials, leftOut } = await read(dir);
    expect(trials.map(({ facts }) => facts.task)).toEqual(["a"]);
    expect(leftOut).toMatchObject([{ path: "notes", reason: expect.stringMatching(/no trial directory/) as string }]);
  });
});

describe("what is left out, and why", () => {
  test("an unfinished trial, a cut file, an empty one and another program's", async () => {
    const dir = await makeRuns({
      "job/good__1/result.json": result(),
      "job/unfinished__1/config.json": {
        task: { path: "tasks/a-very-long-name-that-harbor-cuts-off" },
        trial_name: "unfinished__1",
      },
      "job/unfinished__1/agent/log.txt": "",
      "job/cut__1/result.json": JSON.stringify(result()).slice(0, 200),
      "job/cut__1/agent/x": "",
      "job/empty__1/result.json": "",
      "job/other__1/result.json": { passed: true },
      "job/list__1/result.json": [1, 2],
    });
    const { leftOut, trials } = await read(dir);
    expect(trials).toHaveLength(1);
    const reasons = Object.fromEntries(leftOut.map(({ path, reason }) => [path, reason]));
    expect(reasons["job/unfinished__1"]).toMatch(/no result\.json: it never finished/);
    expect(reasons["job/cut__1"]).toMatch(/cut short/);
    expect(reasons["job/empty__1"]).toMatch(/empty/);
    expect(reasons["job/other__1"]).toMatch(/task_name or trial_name is missing/);
    expect(reasons["job/list__1"]).toMatch(/not an object/);
    const unfinished = leftOut.find(({ path }) => path === "job/unfinished__1");
    expect(unfinished?.task).toBe("a-very-long-name-that-harbor-cuts-off");
  });

  test("a result nested deeper than any stack is left out, a trajectory costs its own metrics, and the others are read", async () => {
    const deep = `${'{"a":'.repeat(200_000)}1${"}".repeat(200_000)}`;
    const dir = await makeRuns({
      "job/good__1/result.json": result(),
      "job/deep__1/result.json": JSON.stringify(result({ config: { agent: { name: "a", kwargs: "DEEP" } } })).replace(
        '"DEEP"',
        deep,
      ),
      "job/agents__1/result.json": result(),
      "job/agents__1/agent/trajectory.json": `{"schema_version":"ATIF-v1.6","steps":[{"source":"agent","tool_calls":[{"function_name":"x","arguments":${deep}}]}]}`,
      "job/tests__1/result.json": result(),
      "job/tests__1/verifier/ctrf.json": `{"results":{"tests":[{"name":"a","status":"passed","extra":${deep}}]}}`,
    });
    const { trials, leftOut } = await read(dir);
    expect(trials.map(({ path }) => path)).toEqual(["job/agents__1", "job/good__1", "job/tests__1"]);
    expect(leftOut).toMatchObject([{ path: "job/deep__1", reason: expect.stringMatching(/cannot be read/) as string }]);
  });

  test("a copied job and a linked trial count once, and that is said", async () => {
    const dir = await makeRuns({
      "first/a__1/result.json": result({ task_name: "a" }),
      "first/b__1/result.json": result({ task_name: "b" }),
    });
    await cp(join(dir, "first"), join(dir, "copy"), { recursive: true });
    await symlink(join(dir, "first", "a__1"), join(dir, "first", "linked__1"));
    const { trials, leftOut } = await read(dir);
    expect(trials.map(({ facts }) => facts.task).sort()).toEqual(["a", "b"]);
    expect(leftOut).toHaveLength(3);
    for (const { reason, sameAs } of leftOut) {
      expect(reason).toMatch(/the same trial as another: counted once/);
      expect(trials.map(({ path }) => path)).toContain(sameAs);
    }
  });

  test("an index that names trials which are nowhere gives them a line each", async () => {
    const dir = await makeRuns({
      "job/a__1/result.json": result({ task_name: "a" }),
      "index.json": {
        schema_version: 1,
        runs: [
          { task_id: "a", agent_key: "text", attempt: 1, outcome: "scored", results_json: "runs/job/a__1/result.json" },
          { task_id: "b", agent_key: "text", attempt: 1, outcome: "not-started", results_json: null },
          { task_id: "c", agent_key: "text", attempt: 1, outcome: "scored", results_json: "runs/job/c__1/result.json" },
        ],
      },
    });
    const { leftOut } = await read(dir);
    expect(leftOut.map(({ task, reason }) => [task, reason])).toEqual([
      ["b", "not-started: index.json has no result of it"],
      ["c", "index.json names it, but its directory is not there"],
    ]);
  });
});

describe("outcome", () => {
  test.each([
    ["a reward and no exception", {}, null, 1],
    ["a fractional reward", { verifier_result: { rewards: { reward: 0.25 } } }, null, 0.25],
    ["one reward of another name", { verifier_result: { rewards: { accuracy: 0.5 } } }, null, 0.5],
    ["several, reward among them", { verifier_result: { rewards: { style: 0, reward: 1 } } }, null, 1],
    ["a null beside the reward", { verifier_result: { rewards: { reward: 1, style: null } } }, null, 1],
    ["an exception with a reward", { exception_info: exception("SomethingError") }, null, 1],
    ["no verifier result", { verifier_result: null }, "verifier-failed(no-verdict)", null],
    ["null rewards", { verifier_result: { rewards: null } }, "verifier-failed(no-verdict)", null],
    ["a null reward", { verifier_result: { rewards: { reward: null } } }, "verifier-failed(no-verdict)", null],
    [
      "a null reward beside another",
      { verifier_result: { rewards: { reward: null, style: 1 } } },
      "verifier-failed(no-verdict)",
      null,
    ],
    [
      "an exception without a reward",
      { verifier_result: null, exception_info: exception("EnvironmentStartTimeoutError") },
      "infrastructure(environment-start-timeout)",
      null,
    ],
    [
      "no reward file",
      { verifier_result: null, exception_info: exception("RewardFileNotFoundError") },
      "verifier-failed(reward-file-not-found)",
      null,
    ],
    [
      "a cancelled one",
      { verifier_result: null, exception_info: exception("CancelledError") },
      "cancelled(cancelled)",
      null,
    ],
  ])("%s", async (_, over, notScored, reward) => {
    const trial = await onlyTrial(over);
    expect(whyNotScored(trial)).toBe(notScored);
    expect(valueOf(trial, "reward")).toBe(reward);
  });

  test("several rewards and none of them the usual: scored, and the reward is unknown", async () => {
    const trial = await onlyTrial({ verifier_result: { rewards: { speed: 1, style: 0 } } });
    expect(whyNotScored(trial)).toBeNull();
    expect(reasonOf(trial, "reward")).toMatch(/no reward key/);
    expect(valueOf(trial, "success")).toBeNull();
  });

  test("an agent's time limit and its exit code end a scored trial", async () => {
    const late = await onlyTrial({ exception_info: exception("AgentTimeoutError") });
    const failed = await onlyTrial({
      exception_info: exception("NonZeroAgentExitCodeError", "failed with exit code 3"),
    });
    expect(late.facts.outcome).toMatchObject({ kind: "scored", endedBy: { kind: "agent-timeout" } });
    expect(failed.facts.outcome).toMatchObject({ kind: "scored", endedBy: { kind: "agent-exit", code: 3 } });
    expect([valueOf(late, "agent_timed_out"), valueOf(failed, "agent_exit_failed")]).toEqual([1, 1]);
  });
});

describe("identity", () => {
  test("the task is never a directory's name", async () => {
    const task = "a-name-of-more-than-thirty-two-characters";
    const trial = await onlyTrial({ task_name: task });
    expect(trial.id.task).toBe(task);
  });

  test.each([
    ["a path", { path: "datasets/x/fix-parser" }],
    ["a name", { name: "fix-parser" }],
  ])("without task_name it comes from the configuration: %s", async (_, task) => {
    const trial = await onlyTrial({ task_name: undefined, config: { task, agent: { name: "nop" } } });
    expect(trial.id.task).toBe("fix-parser");
  });

  test("attempts are numbered by when they started, whatever their directories are called", async () => {
    const at = (second: number) => result({ started_at: `2026-01-01T00:00:0${second}Z` });
    const dir = await makeRuns({ "job/a/result.json": at(3), "job/b/result.json": at(1), "job/c/result.json": at(2) });
    const { trials } = await analysisIn(dir);
    expect(trials.map(({ path, id }) => [path, id.attempt])).toEqual([
      ["job/b", 1],
      ["job/c", 2],
      ["job/a", 3],
    ]);
  });

  test.each([
    ["2.1.118", "2.1.118"],
    ["\u001b[32mv0.6.7\u001b[0m\n", "v0.6.7"],
    ["\u001b[37m2026-04-20 13:06:08.474\u001b[39m DEBUG failed to load\n\nError: no config\n", "unknown"],
    ["warning: old node\nagent 1.2.3\n", "agent 1.2.3"],
  ])("the version %j is shown as %s", async (version, shown) => {
    const trial = await onlyTrial({ agent_info: { name: "x", version, model_info: null } });
    expect(trial.facts.agent.version).toBe(shown);
  });
});

describe("profiles of foreign jobs", () => {
  const agent = (name: string, kwargs = {}) => ({
    config: { task: { path: "t" }, agent: { name, kwargs } },
    agent_info: { name, version: "1.0", model_info: null },
  });

  test("several jobs: the job; one job of several configurations: the configuration", async () => {
    const several = await makeRuns({ "j1/a/result.json": result(), "j2/a/result.json": result() });
    const one = await makeRuns({
      "j/a/result.json": result(agent("x", { turns: 1 })),
      "j/b/result.json": result(agent("x", { turns: 2 })),
      "j/c/result.json": result(agent("y")),
    });
    expect((await analysisIn(several)).profiles).toEqual(["j1", "j2"]);
    const { profiles, notes } = await analysisIn(one);
    expect(profiles).toEqual([expect.stringMatching(/^x #\w{6}$/), expect.stringMatching(/^x #\w{6}$/), "y"]);
    expect(notes).toEqual([]);
  });

  test("what is merged under one name is said; defaults written out do not make a difference", async () => {
    const dir = await makeRuns({
      "j1/a/result.json": result(agent("x", { turns: 1 })),
      "j2/a/result.json": result(agent("x", { turns: 2 })),
    });
    expect((await analysisIn(dir, "agent")).notes).toEqual([
      expect.stringMatching(/Profile x holds 2 different configurations/),
    ]);
    const dialects = await makeRuns({
      "j1/a/result.json": result(agent("x")),
      "j2/a/result.json": result({
        ...agent("x"),
        config: { task: { path: "t" }, agent: { name: "x", import_path: null, model_name: null, kwargs: {}, env: {} } },
      }),
    });
    const { notes, profiles } = await analysisIn(dialects, "config");
    expect([notes, profiles]).toEqual([[], ["x"]]);
  });

  test("filters; an unknown task is refused with the nearest one", async () => {
    const dir = await makeRuns({
      "j1/a/result.json": result({ task_name: "alpha" }),
      "j1/b/result.json": result({ task_name: "beta", verifier_result: { rewards: { reward: 0 } } }),
      "j2/a/result.json": result({ task_name: "alpha", verifier_result: null }),
    });
    const paths = async (filters: object) => (await analysisIn(dir, null, filters)).trials.map(({ path }) => path);
    expect(await paths({ tasks: ["alpha"] })).toEqual(["j1/a", "j2/a"]);
    expect(await paths({ profiles: ["j2"] })).toEqual(["j2/a"]);
    expect(await paths({ only: "succeeded" })).toEqual(["j1/a"]);
    expect(await paths({ only: "failed" })).toEqual(["j1/b"]);
    expect(await paths({ limit: 1 })).toEqual(["j1/a"]);
    await expect(paths({ tasks: ["alhpa"] })).rejects.toThrow(/Did you mean "alpha"/);
  });
});

describe("trajectories", () => {
  test.each(["1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7"])("ATIF %s is read", async (version) => {
    const trial = await onlyTrial(
      {},
      { "agent/trajectory.json": trajectory([agentStep()], { schema_version: `ATIF-v${version}` }) },
    );
    expect(valueOf(trial, "agent_steps")).toBe(1);
  });

  test.each([
    ["null", null, /is not an object|no steps/],
    ["a cut one", JSON.stringify(trajectory([agentStep(), agentStep()])).slice(0, -20), /cut short/],
    ["another program's", { schema_version: "1", steps: [] }, /no ATIF schema_version/],
    ["null steps", { ...trajectory([]), steps: null }, /has no steps/],
  ])("%s: its metrics are not computed, the others are", async (_, content, why) => {
    const trial = await onlyTrial({}, { "agent/trajectory.json": content });
    expect(reasonOf(trial, "tool_calls")).toMatch(why);
    expect(valueOf(trial, "reward")).toBe(1);
    expect(trial.facts.remarks.join()).toMatch(why);
  });

  test("steps of the wrong shape, null tool calls and results count as steps and no more", async () => {
    const steps = [
      null,
      3,
      { source: "agent", tool_calls: [null, { function_name: 4 }], observation: { results: [null] } },
    ];
    const trial = await onlyTrial({}, { "agent/trajectory.json": { steps, agent: null } });
    expect([valueOf(trial, "steps"), valueOf(trial, "agent_steps"), valueOf(trial, "tool_calls")]).toEqual([3, 1, 1]);
  });

  test("a link is not followed out of the trial", async () => {
    const dir = await makeRuns({
      "job/t__1/result.json": result(),
      "job/t__1/agent/x": "",
      "elsewhere.json": trajectory([agentStep()]),
    });
    await symlink(join(dir, "elsewhere.json"), join(dir, "job/t__1/agent/trajectory.json"));
    const [trial] = (await analysisIn(join(dir, "job"))).trials;
    expect(trial === undefined ? null : reasonOf(trial, "steps")).toMatch(/symbolic link/);
  });

  test("continued files are one trajectory, and copied context counts once", async () => {
    const trial = await onlyTrial(
      {},
      {
        "agent/trajectory.json": trajectory([agentStep([{ tool: "Bash" }])]),
        "agent/trajectory.cont-2.json": trajectory([agentStep([{ tool: "Grep" }])]),
        "agent/trajectory.cont-1.json": trajectory([
          agentStep([{ tool: "Bash" }], { is_copied_context: true }),
          agentStep([{ tool: "Read" }]),
        ]),
      },
    );
    expect(valueOf(trial, "agent_steps")).toBe(3);
    expect(trial.tools.map(({ tool }) => tool)).toEqual(["Bash", "Grep", "Read"]);
  });

  test("a task of several steps: trajectories, tests, tokens and times of its steps are added up", async () => {
    const step = (name: string) => ({
      step_name: name,
      agent_result: { n_input_tokens: 10, n_cache_tokens: 0, n_output_tokens: 1, cost_usd: null },
      agent_execution: { started_at: "2026-01-01T00:00:00Z", finished_at: "2026-01-01T00:00:05Z" },
      verifier: { started_at: "2026-01-01T00:00:05Z", finished_at: "2026-01-01T00:00:06Z" },
    });
    const ctrf = { results: { summary: { tests: 2, passed: 1, failed: 1 } } };
    const trial = await onlyTrial(
      {
        agent_result: null,
        agent_execution: null,
        verifier: null,
        step_results: [step("one"), step("two"), step("../../escape")],
      },
      {
        "steps/one/agent/trajectory.json": trajectory([agentStep()]),
        "steps/two/agent/trajectory.json": trajectory([agentStep(), agentStep()]),
        "steps/one/verifier/ctrf.json": ctrf,
        "steps/two/verifier/ctrf.json": ctrf,
      },
    );
    const shown = ["agent_steps", "tests_total", "tokens_input", "agent_sec", "verifier_sec"].map((name) =>
      valueOf(trial, name),
    );
    expect(shown).toEqual([3, 4, 30, 15, 3]);
  });

  test("files too large to be parsed whole are read in pieces, and come to the same", async () => {
    const output = "0123456789".repeat(100_000);
    const steps = Array.from({ length: 9 }, () =>
      agentStep([{ tool: "Bash", args: { command: "ls" }, result: output }]),
    );
    const final_metrics = { total_prompt_tokens: 70, total_completion_tokens: 7 };
    const rollout_details = [{ logprobs: Array.from({ length: 800_000 }, () => 0.1234567890123) }];
    const large = await onlyTrial(
      { agent_result: { n_input_tokens: 5, n_output_tokens: 5, rollout_details } },
      { "agent/trajectory.json": trajectory(steps, { final_metrics, subagent_trajectories: [{}, SUBAGENT] }) },
    );
    const names = ["steps", "tool_calls", "mcp_calls", "loops", "tokens_input", "subagents", "reward"];
    expect(names.map((name) => valueOf(large, name))).toEqual([9, 12, 2, 1, 70, 2, 1]);
    const cut = JSON.stringify(trajectory(steps)).slice(0, -100);
    const damaged = await onlyTrial({}, { "agent/trajectory.json": cut });
    expect(reasonOf(damaged, "steps")).toMatch(/cut short/);
  });
});

/** Calls its server, and has a subagent of its own that does; a step that was copied from its parent counts nowhere. */
const SUBAGENT = trajectory(
  [
    agentStep([{ tool: "mcp__docs__find", result: "Error: no such page", extra: { is_error: true } }]),
    agentStep([{ tool: "Edit", args: { file_path: "a.py" }, result: "ok" }]),
    agentStep([{ tool: "mcp__docs__find", result: "ok" }], { is_copied_context: true }),
  ],
  { subagent_trajectories: [trajectory([agentStep([{ tool: "mcp__docs__find", result: "ok" }])])] },
);

test("calls of embedded subagents count as calls, and as nothing else", async () => {
  const own = [agentStep([{ tool: "mcp__docs__find", result: "ok" }]), agentStep([{ tool: "Bash", result: "ok" }])];
  const trial = await onlyTrial(
    {},
    { "agent/trajectory.json": trajectory(own, { subagent_trajectories: [SUBAGENT] }) },
  );
  const shown = (names: readonly string[]) => names.map((name) => [name, valueOf(trial, name)]);
  expect(Object.fromEntries(shown(["tool_calls", "unique_tools", "native_calls", "mcp_calls", "mcp_share"]))).toEqual({
    tool_calls: 5,
    unique_tools: 3,
    native_calls: 2,
    mcp_calls: 3,
    mcp_share: 0.6,
  });
  expect(Object.fromEntries(shown(["mcp_servers", "tool_errors", "tool_error_rate", "subagents"]))).toEqual({
    mcp_servers: 1,
    tool_errors: 1,
    tool_error_rate: 0.2,
    subagents: 1,
  });
  expect(trial.tools[0]).toEqual({ tool: "mcp__docs__find", server: "docs", calls: 3, errors: 1 });
  expect(Object.fromEntries(shown(["steps", "tools_per_step", "files_edited", "longest_error_run"]))).toEqual({
    steps: 2,
    tools_per_step: 1,
    files_edited: 0,
    longest_error_run: 0,
  });
  // What is there and cannot be read is not nothing.
  const odd = await onlyTrial({}, { "agent/trajectory.json": trajectory(own, { subagent_trajectories: ["gone"] }) });
  expect(reasonOf(odd, "mcp_calls")).toMatch(/subagent/);
  expect(valueOf(odd, "tools_per_step")).toBe(1);
});
