import { describe, expect, test } from "vitest";
import { observationsOf, valueOf } from "../../src/analytics/analysis.ts";
import { metricsDocument } from "../../src/analytics/metrics-document.ts";
import { sameFile } from "../../src/analytics/metrics/codecanvas.ts";
import { backtracksIn } from "../../src/analytics/metrics/files.ts";
import { loopsIn } from "../../src/analytics/metrics/loops.ts";
import { METRICS } from "../../src/analytics/metrics/registry.ts";
import { actsOf } from "../../src/analytics/trajectory/acts.ts";
import { agentStep, analysisIn, type Call, makeRuns, result, trajectory, valuesOf } from "./jobs.ts";

const TRAJECTORY = "agent/trajectory.json";

async function withCalls(...calls: readonly Call[]) {
  return valuesOf({
    [TRAJECTORY]: trajectory([{ source: "user", message: "go" }, ...calls.map((call) => agentStep([call]))]),
  });
}

test("names are columns: unique, lower case, and no metric is without words", () => {
  const names = METRICS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, definition, source } of METRICS) {
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(definition.length * source.length).toBeGreaterThan(0);
  }
});

test("outcome, economics, times of a plain trial", async () => {
  const value = await valuesOf({});
  const expected = {
    reward: 1,
    success: 1,
    tokens_input: 1000,
    tokens_output: 100,
    tokens_cached: 400,
    tokens_total: 1100,
    cost_usd: 0.5,
    token_efficiency: 1 / 0.0011,
    elapsed_sec: 120.5,
    environment_sec: 10,
    agent_setup_sec: 5,
    agent_sec: 60,
    verifier_sec: 40,
    tool_calls: null,
    tests_total: null,
  };
  expect(Object.fromEntries(Object.keys(expected).map((name) => [name, value(name)]))).toEqual(expected);
});

test("a trial as comparisons take it", async () => {
  const dir = await makeRuns({
    "j1/a/result.json": result({ task_name: "a" }),
    "j2/a/result.json": result({ task_name: "a", verifier_result: null, agent_result: null }),
  });
  expect(observationsOf(await analysisIn(dir))).toEqual([
    {
      profile: "j1",
      task: "a",
      attempt: 1,
      reward: 1,
      success: true,
      costUsd: 0.5,
      tokens: 1100,
      seconds: 60,
      notScored: null,
      assigned: null,
    },
    {
      profile: "j2",
      task: "a",
      attempt: 1,
      reward: null,
      success: null,
      costUsd: null,
      tokens: null,
      seconds: 60,
      notScored: "verifier-failed(no-verdict)",
      assigned: null,
    },
  ]);
});

describe("tokens", () => {
  const message = (input: number, output: number, more = {}) =>
    agentStep([], { metrics: { prompt_tokens: input, completion_tokens: output }, ...more });

  test("are counted once per message: by id, and by equal numbers in a row", async () => {
    const steps = [
      message(100, 10, { extra: { message_id: "m1" } }),
      message(100, 10, { extra: { message_id: "m1" } }),
      message(100, 10, { extra: { message_id: "m2" } }),
      message(200, 20),
      message(200, 20),
      message(300, 30),
      agentStep([], { llm_call_count: 0 }),
      message(999, 99, { is_copied_context: true }),
    ];
    const value = await valuesOf({ [TRAJECTORY]: trajectory(steps) });
    expect([value("tokens_input"), value("tokens_output"), value("model_messages")]).toEqual([700, 70, 4]);
  });

  test("a message that does not tell leaves the agent's own totals", async () => {
    const totals = { final_metrics: { total_prompt_tokens: 5000, total_completion_tokens: 500 } };
    const value = await valuesOf({ [TRAJECTORY]: trajectory([message(100, 10), agentStep()], totals) });
    expect([value("tokens_input"), value("tokens_output"), value("tokens_disagreement")]).toEqual([5000, 500, null]);
  });

  test("a disagreement with the totals is a number and a remark", async () => {
    const totals = { final_metrics: { total_prompt_tokens: 200, total_completion_tokens: 10 } };
    const dir = await makeRuns({
      "j/a/result.json": result(),
      [`j/a/${TRAJECTORY}`]: trajectory([message(100, 10)], totals),
    });
    const [trial] = (await analysisIn(dir)).trials;
    expect(trial === undefined ? null : valueOf(trial, "tokens_disagreement")).toBe(0.5);
    expect(trial?.facts.remarks).toEqual([expect.stringMatching(/add up to 100 tokens in.*say 200/)]);
  });

  test("a zero of an agent with a model is unknown; of one without it is none", async () => {
    const zeros = { agent_result: { n_input_tokens: 0, n_cache_tokens: 0, n_output_tokens: 0, cost_usd: null } };
    const none = { agent_info: { name: "oracle", version: "1", model_info: null } };
    const dir = await makeRuns({
      "j1/a/result.json": result(zeros),
      "j2/a/result.json": result({ ...zeros, ...none }),
    });
    const { trials } = await analysisIn(dir);
    expect(trials.map((trial) => valueOf(trial, "tokens_total"))).toEqual([null, 0]);
  });

  test("null, negative and worded numbers are unknown", async () => {
    const metrics = { prompt_tokens: -5, completion_tokens: "12" };
    const dir = await makeRuns({
      "j/a/result.json": result({ agent_result: { n_input_tokens: null, n_output_tokens: null, cost_usd: null } }),
      [`j/a/${TRAJECTORY}`]: trajectory([agentStep([], { metrics })]),
    });
    const [trial] = (await analysisIn(dir)).trials;
    const shown = ["tokens_input", "tokens_output", "cost_usd"].map((name) =>
      trial === undefined ? 0 : valueOf(trial, name),
    );
    expect(shown).toEqual([null, null, null]);
  });
});

describe("tests", () => {
  const report = (passed: number, failed: number) => ({
    results: { summary: { tests: passed + failed, passed, failed } },
  });

  test("several reports are added up; without a summary the tests are counted", async () => {
    const value = await valuesOf({
      "verifier/ctrf.json": report(3, 1),
      "verifier/unit.ctrf.json": {
        results: { tests: [{ status: "passed" }, { status: "failed", name: "x.py::t" }, { status: "skipped" }] },
      },
    });
    const names = ["tests_passed", "tests_failed", "tests_total", "tests_passed_ratio"];
    expect(names.map(value)).toEqual([4, 2, 7, 4 / 7]);
  });

  test("no test at all has no ratio; a report that is none has no numbers", async () => {
    expect((await valuesOf({ "verifier/ctrf.json": report(0, 0) }))("tests_passed_ratio")).toBeNull();
    expect((await valuesOf({ "verifier/ctrf.json": { tests: 3 } }))("tests_total")).toBeNull();
    expect((await valuesOf({ "verifier/ctrf.json": '{"results": {"summ' }))("tests_total")).toBeNull();
  });
});

describe("tools", () => {
  test("by name, by server, and failures in their many spellings", async () => {
    const value = await withCalls(
      { tool: "Bash", result: "ok" },
      { tool: "Bash", result: "anything", extra: { is_error: true } },
      { tool: "Bash", result: "Error: no such file" },
      { tool: "mcp__docs__search", result: '{"exit_code": 2, "output": ""}' },
      { tool: "mcp__docs__fetch_page", result: '{"exit_code": 0, "error": null}' },
      { tool: "mcp__my_server__do", result: "the word error somewhere is no failure" },
      { tool: "Read" },
    );
    const names = [
      "tool_calls",
      "unique_tools",
      "tool_errors",
      "mcp_calls",
      "native_calls",
      "mcp_servers",
      "longest_error_run",
    ];
    expect(names.map(value)).toEqual([7, 5, 3, 3, 4, 2, 3]);
    expect(value("tool_error_rate")).toBe(0.5);
    expect(value("tools_per_step")).toBe(1);
    expect(value("steps_per_minute")).toBe(7);
    expect(value("ended_on_error")).toBe(0);
  });
});

describe("loops", () => {
  const calls = (text: string) => text.split("").map((same) => ({ same }));
  test.each([
    ["aaa", 1],
    ["aa", 0],
    ["aaaaaaa", 1],
    ["ababab", 1],
    ["abab", 0],
    ["abcabcabc", 1],
    ["xaaaybbbz", 2],
    ["abcdabcdabcd", 0],
    ["", 0],
  ])("%s has %i", (text, loops) => {
    expect(loopsIn(calls(text))).toBe(loops);
  });

  test("repeats are counted by tool and arguments", async () => {
    const value = await withCalls(
      { tool: "Bash", args: { command: "ls" } },
      { tool: "Bash", args: { command: "pwd" } },
      { tool: "Bash", args: { command: "ls" } },
    );
    expect(value("repeated_calls")).toBe(1);
  });
});

describe("files", () => {
  const at = (kind: "read" | "edit" | "search" | "undo", path: string | null = null) => ({ kind, path });

  test.each([
    ["Edit", { file_path: "/app/a.py" }, [at("edit", "/app/a.py")]],
    ["writeToFile", { path: "./src//a.ts", content: "x" }, [at("edit", "src/a.ts")]],
    ["Read", { file_path: "a.py" }, [at("read", "a.py")]],
    ["mcp__fs__read_file", { path: "a.py" }, [at("read", "a.py")]],
    ["Grep", { pattern: "x", path: "src" }, [at("search")]],
    ["listFiles", { path: "/app" }, [at("search")]],
    ["web_search", { query: "x" }, []],
    ["todoWrite", { todos: [] }, []],
    ["str_replace_editor", { command: "str_replace", path: "/a.py", old_str: "x" }, [at("edit", "/a.py")]],
    ["str_replace_editor", { command: "view", path: "/a.py" }, [at("read", "/a.py")]],
    [
      "apply_patch",
      { input: "*** Begin Patch\n*** Update File: a.py\n*** Add File: b/c.py\n" },
      [at("edit", "a.py"), at("edit", "b/c.py")],
    ],
    ["Bash", { command: "cd /app && cat a.py | head -n 5" }, [at("read", "a.py")]],
    ["Bash", { command: "grep -rn foo src; sed -n 1,5p b.py" }, [at("search"), at("read", "b.py")]],
    ["Bash", { command: "sed -i 's/a/b/' c.py" }, [at("edit", "c.py")]],
    ["Bash", { command: "echo hi > out.txt 2>&1" }, [at("edit", "out.txt")]],
    ["Bash", { command: "make > /dev/null 2>/dev/null" }, []],
    ["Bash", { command: "cat > a.sh <<'EOF'\ncat secret.txt\nEOF\nls" }, [at("edit", "a.sh"), at("search")]],
    ["shell", { command: ["bash", "-lc", "cat 'a b.txt'"] }, [at("read", "a b.txt")]],
    ["Bash", { command: "git checkout -- a.py && git stash" }, [at("undo"), at("undo")]],
    ["Bash", { command: "git checkout main" }, []],
    ["Bash", null, []],
  ])("%s %j", (tool, args, acts) => {
    expect(actsOf(tool, args)).toEqual(acts);
  });

  test("coming back to a file, and taking edits back", () => {
    const edit = (path: string) => at("edit", path);
    expect(backtracksIn([edit("a"), edit("a"), edit("b"), edit("a"), edit("b")])).toBe(2);
    expect(backtracksIn([edit("a"), at("undo"), at("read", "b"), edit("a")])).toBe(1);
  });

  test("breadth, and what came before the first edit", async () => {
    const value = await withCalls(
      { tool: "Read", args: { file_path: "a" } },
      { tool: "Grep", args: { pattern: "x" } },
      { tool: "Edit", args: { file_path: "a" } },
      { tool: "Edit", args: { file_path: "b" } },
    );
    const names = [
      "files_read",
      "files_edited",
      "breadth",
      "search_before_edit",
      "read_before_edit",
      "backtracks",
      "no_edit",
    ];
    expect(names.map(value)).toEqual([1, 2, 2, 1, 0.5, 0, 0]);
  });

  test("without an edit there is no before", async () => {
    const value = await withCalls({ tool: "Grep" });
    expect([value("search_before_edit"), value("no_edit")]).toEqual([null, 1]);
  });
});

describe("CodeCanvas", () => {
  const state = {
    state_version: 2,
    evidence: [{ id: "E1" }, { id: "E2" }],
    claims: [{ id: "C1" }],
    decisions: [{ kind: "plan" }, { kind: "edit" }],
    analyses: {
      s1: { affected_ids: ["x", "y", "z", "w"], addressed_ids: ["x"], skipped_ids: ["y"] },
      broken: null,
    },
    symbol_files: { x: "/app/src/a.py", y: "tests/test_b.py", q: "never/affected.py" },
  };

  test("its metrics follow its definitions", async () => {
    const value = await valuesOf({
      "agent/sessions/codecanvas/state.json": state,
      [TRAJECTORY]: trajectory([
        agentStep([
          { tool: "Edit", args: { file_path: "src/a.py" } },
          { tool: "Edit", args: { file_path: "/app/other.py" } },
        ]),
      ]),
      "verifier/ctrf.json": {
        results: {
          tests: [
            { status: "failed", name: "tests/test_b.py::t" },
            { status: "failed", name: "c.py::t" },
          ],
        },
      },
    });
    const expected = {
      canvas_evidence: 2,
      canvas_claims: 1,
      canvas_decisions: 2,
      canvas_blast_radius_edit_rate: 0.5,
      canvas_anticipated_failure_rate: 0.5,
      canvas_deliberation_depth: 2,
      canvas_reasoning_density: 0.5,
      canvas_systematic_progress: 0.5,
      canvas_informed_editing_score: 0.4 * 0.5 + 0.3 * 0.5 + (0.3 * 2) / 3,
    };
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, value(name)]))).toEqual(expected);
  });

  test("no column of it where no trial has its file; a damaged one is not computed", async () => {
    const without = await analysisIn(await makeRuns({ "j/a/result.json": result() }));
    expect(without.metrics.filter(({ name }) => name.startsWith("canvas_"))).toEqual([]);
    const value = await valuesOf({ "agent/sessions/codecanvas/state.json": "" });
    expect(value("canvas_evidence")).toBeNull();
  });

  test.each([
    ["/app/src/a.py", "src/a.py", true],
    ["a.py", "x/a.py", true],
    ["xa.py", "a.py", false],
    ["/one/b/src/a.py", "/two/c/src/a.py", false],
  ])("%s and %s are the same file: %s", (a, b, same) => {
    expect(sameFile(a, b)).toBe(same);
  });
});

test("in its document a metric's code stands as it is, and text outside of code is no markup", () => {
  expect(metricsDocument()).toContain("`mcp__<server>__<tool>`");
  expect(metricsDocument()).toContain("verifier/\\*ctrf\\*.json");
});
