import { describe, expect, test } from "vitest";
import {
  call,
  compacted,
  context,
  counted,
  event,
  item,
  message,
  meta,
  newerRollout,
  olderRollout,
  output,
  reasoning,
  recorded,
  ROLLOUT,
  STREAM,
  stray,
  THREAD,
} from "./codex-lines.ts";
import { agentDir, convertCodex, INSTRUCTION, jsonl, type Line } from "./session-dir.ts";

const CHILD = "019c0000-0000-7000-8000-000000000002";
const CHILD_ROLLOUT = `sessions/2026/01/02/rollout-2026-01-02T03-04-09-${CHILD}.jsonl`;

describe("a rollout of Codex", () => {
  test("of an older version: one step for each answer, closed by its token count; repeated counts add nothing", async () => {
    const { reading, steps, trajectory } = await convertCodex(await agentDir({ [ROLLOUT]: olderRollout() }));
    expect(steps.map(({ source, message: text }) => [source, text])).toEqual([
      ["system", "Be careful"],
      ["system", "<environment_context>\n  <cwd>/app</cwd>\n</environment_context>"],
      ["user", "Make the tests pass"],
      ["agent", ""],
      ["agent", "Done."],
    ]);
    expect(steps[3]).toMatchObject({
      model_name: "gpt-5.1-codex",
      reasoning_effort: "high",
      reasoning_content: "**Look first**",
      tool_calls: [
        { tool_call_id: "c1", function_name: "exec_command", arguments: { cmd: "ls" } },
        { tool_call_id: "c2", function_name: "mcp__fs__read", arguments: { path: "a" } },
      ],
      observation: {
        results: [{ source_call_id: "c1", extra: { exit_code: 2, is_error: true } }, { content: "content of a" }],
      },
      metrics: { prompt_tokens: 1000, completion_tokens: 30, cached_tokens: 0, extra: { reasoning_output_tokens: 10 } },
      extra: { turn_id: "turn-1" },
    });
    expect(steps[4]?.metrics).toMatchObject({ prompt_tokens: 1300, completion_tokens: 20, cached_tokens: 1000 });
    expect(trajectory).toMatchObject({
      session_id: THREAD,
      agent: { version: "0.112.0", model_name: "gpt-5.1-codex" },
    });
    const costUsd = (1300 * 1.25 + 1000 * 0.125 + 50 * 10) / 1e6;
    expect(reading.usage).toEqual({
      inputTokens: 2300,
      cachedTokens: 1000,
      outputTokens: 50,
      costUsd: expect.closeTo(costUsd, 12),
    });
    expect(reading).toMatchObject({
      costSource: "price-table",
      servedModels: ["gpt-5.1-codex"],
      toolCalls: { fs: { calls: 1, errors: 0 } },
      apiCalls: 2,
      ended: "task_complete",
      error: null,
      turns: 1,
      remarks: [],
    });
  });

  test("of a newer version: namespaces, lists as text, what events know of calls", async () => {
    const stream = [
      { type: "thread.started", thread_id: THREAD },
      { type: "turn.completed", usage: { input_tokens: 2450, cached_input_tokens: 1100, output_tokens: 60 } },
    ];
    const { reading, steps } = await convertCodex(await agentDir({ [ROLLOUT]: newerRollout(), [STREAM]: stream }));
    expect(steps.map(({ message: text }) => text)).toEqual(["Make the tests pass", "", "Done."]);
    expect(steps[1]?.tool_calls?.map(({ function_name: name }) => name)).toEqual(["exec_command", "mcp__fs__read"]);
    expect(steps[1]?.observation?.results).toEqual([
      { source_call_id: "c1", content: "nothing", extra: { is_error: true, exit_code: 1, duration_sec: 1.5 } },
      { source_call_id: "c2", content: "one\n\ntwo", extra: { is_error: true } },
    ]);
    expect(steps[1]?.extra?.["response_id"]).toBe("resp-1");
    expect(reading.usage).toMatchObject({ inputTokens: 2450, cachedTokens: 1100, outputTokens: 60 });
    expect(reading.toolCalls).toEqual({ fs: { calls: 1, errors: 1 } });
    expect(reading.remarks).toEqual([]);
  });

  test("calls that the model's code made are calls; other kinds of tools; images", async () => {
    const png = "iVBORw0KGgo=";
    const dir = await agentDir({
      [ROLLOUT]: [
        meta(),
        context({ effort: undefined, collaboration_mode: { settings: { reasoning_effort: "low" } } }),
        item({ type: "custom_tool_call", call_id: "x1", name: "exec", input: "await tools.mcp()" }),
        event("item_completed", {
          item: {
            type: "McpToolCall",
            id: "n1",
            server: "fs",
            tool: "list",
            arguments: { path: "." },
            status: "completed",
            result: { content: [{ type: "text", text: "a b" }] },
          },
        }),
        item({
          type: "custom_tool_call_output",
          call_id: "x1",
          output: [
            { type: "input_text", text: "seen" },
            { type: "input_image", image_url: `data:image/png;base64,${png}` },
          ],
        }),
        item({ type: "local_shell_call", call_id: "l1", action: { type: "exec", command: ["ls"] } }),
        item({ type: "web_search_call", action: { type: "search", query: "q" } }),
        item({ type: "function_call", call_id: "bad", name: "exec_command", arguments: "{not json" }),
        item({ type: "function_call", call_id: "odd", name: "wait", namespace: "agents", arguments: "[1]" }),
      ],
    });
    const { reading, steps } = await convertCodex(dir);
    const calls = steps.flatMap((step) => step.tool_calls ?? []);
    expect(calls.map((one) => [one.function_name, one.arguments, one.extra])).toEqual([
      ["exec", { input: "await tools.mcp()" }, undefined],
      ["mcp__fs__list", { path: "." }, { nested: true }],
      ["local_shell", { type: "exec", command: ["ls"] }, undefined],
      ["web_search", { type: "search", query: "q" }, undefined],
      ["exec_command", { input: "{not json" }, undefined],
      ["wait", { input: [1] }, { namespace: "agents" }],
    ]);
    const results = steps[0]?.observation?.results ?? [];
    expect(results.map((one) => one.content)).toEqual([
      "a b",
      [
        { type: "text", text: "seen" },
        { type: "image", source: { media_type: "image/png", path: expect.stringMatching(/^images\//) } },
      ],
    ]);
    expect(steps[0]?.reasoning_effort).toBe("low");
    expect(reading.toolCalls).toEqual({ fs: { calls: 1, errors: 0 } });
  });

  test("a compaction is marked, and the tokens of its answer are kept", async () => {
    const [one, two] = [
      { input: 100, output: 10 },
      { input: 300, output: 15 },
    ];
    const dir = await agentDir({
      [ROLLOUT]: [
        meta(),
        context(),
        message("assistant", "one"),
        recorded("r1", one, one),
        recorded("r2", { input: 200, output: 5 }, two),
        compacted("so far"),
      ],
    });
    const { reading, steps } = await convertCodex(dir);
    expect(steps.map((step) => [step.source, step.message, step.metrics?.prompt_tokens])).toEqual([
      ["agent", "one", 100],
      ["agent", "", 200],
      ["system", "so far", undefined],
    ]);
    expect(steps[2]?.extra).toEqual({ context_management: { type: "compaction", boundary: "replace" } });
    expect(reading.usage).toMatchObject({ inputTokens: 300, outputTokens: 15 });
    expect(reading.apiCalls).toBe(2);
  });

  test("sums that do not agree are remarks", async () => {
    const dir = await agentDir({
      [ROLLOUT]: [
        meta(),
        context(),
        message("assistant", "one"),
        counted({ input: 10, output: 1 }, { input: 50, output: 5 }),
      ],
      [STREAM]: [{ type: "turn.completed", usage: { input_tokens: 60, output_tokens: 5 } }],
    });
    const { reading } = await convertCodex(dir);
    expect(reading.usage).toMatchObject({ inputTokens: 50, outputTokens: 5 });
    expect(reading.remarks.join("\n")).toMatch(
      /add up to 10 in .* says 50 in[^]*rollout's sum is 50 in .* stream's 60 in/,
    );
  });

  test("a model without a price has no cost", async () => {
    const dir = await agentDir({
      [ROLLOUT]: [
        meta(),
        context({ model: "my-model" }),
        message("assistant", "hi"),
        counted({ input: 1, output: 1 }, { input: 1, output: 1 }),
      ],
    });
    const { reading } = await convertCodex(dir);
    expect(reading.usage?.costUsd).toBeNull();
    expect(reading.remarks).toEqual(["cost: unknown, for my-model is in no price table"]);
  });

  test("a request that failed is no answer", async () => {
    const nothing = { input: 0, output: 0 };
    const { reading } = await convertCodex(
      await agentDir({ [ROLLOUT]: [meta(), context(), counted(nothing, nothing)] }),
    );
    expect(reading.usage).toBeNull();
    expect(reading.apiCalls).toBe(0);
  });

  test("hooks are counted", async () => {
    const run = { event_name: "pre_tool_use", id: "guard", status: "blocked", duration_ms: 40 };
    const { reading } = await convertCodex(await agentDir({ [ROLLOUT]: [meta(), event("hook_completed", { run })] }));
    expect(reading.hookRuns).toEqual([{ event: "pre_tool_use", name: "guard", outcome: "blocked", seconds: 0.04 }]);
  });
});

describe("several rollouts", () => {
  const spawn = (over: Line = {}): Line =>
    meta({ id: CHILD, source: { subagent: { thread_spawn: { parent_thread_id: THREAD, ...over } } } });

  test("a thread that another started is embedded, what it copied is marked, and nothing is counted twice", async () => {
    const history = [message("user", "Make the tests pass"), call("s1", "spawn_agent", { message: "look" })];
    const one = { input: 100, output: 10 };
    const dir = await agentDir({
      [ROLLOUT]: [meta(), context(), ...history, counted(one, one), output("s1", `{"agent_id":"${CHILD}"}`)],
      [CHILD_ROLLOUT]: [
        spawn(),
        meta(),
        context(),
        ...history,
        counted(one, one),
        message("user", "look"),
        message("assistant", "I looked"),
        counted({ input: 7, output: 3 }, { input: 107, output: 13 }),
      ],
    });
    const { reading, trajectory, steps } = await convertCodex(dir);
    expect(trajectory.session_id).toBe(THREAD);
    expect(steps[1]?.observation?.results[0]?.subagent_trajectory_ref).toEqual([
      { trajectory_id: CHILD, session_id: CHILD },
    ]);
    const [child] = trajectory.subagent_trajectories ?? [];
    expect(
      child?.steps.map((step) => [step.message, step.is_copied_context ?? false, step.metrics?.prompt_tokens]),
    ).toEqual([
      ["Make the tests pass", true, undefined],
      ["", true, undefined],
      ["look", false, undefined],
      ["I looked", false, 7],
    ]);
    expect(child?.extra).toEqual({ relation: "subagent" });
    expect(reading.usage).toMatchObject({ inputTokens: 107, outputTokens: 13 });
    expect(reading.apiCalls).toBe(2);
  });

  test("one without a result is tied by the call's id; the main one is the one that the stream names", async () => {
    const files = {
      [ROLLOUT]: [meta(), context(), call("s1", "spawn_agent", {})],
      [CHILD_ROLLOUT]: [spawn({ spawn_call_id: "s1" }), message("assistant", "I looked")],
    };
    const { steps } = await convertCodex(await agentDir(files));
    expect(steps[0]?.observation?.results).toEqual([
      {
        source_call_id: "s1",
        subagent_trajectory_ref: [{ trajectory_id: CHILD, session_id: CHILD }],
        extra: { unfinished: true },
      },
    ]);
    const named = await convertCodex(
      await agentDir({ ...files, [STREAM]: [{ type: "thread.started", thread_id: CHILD }] }),
    );
    expect(named.trajectory.session_id).toBe(CHILD);
  });

  test("two files of one thread", async () => {
    const again = "sessions/sessions/2026/01/03/rollout-2026-01-03T00-00-00-copy.jsonl";
    const dir = await agentDir({ [ROLLOUT]: olderRollout(), [again]: [meta(), message("assistant", "again")] });
    const { trajectory } = await convertCodex(dir);
    expect(trajectory.subagent_trajectories?.map((one) => [one.trajectory_id, one.extra])).toEqual([
      [`${THREAD}+`, { relation: "another thread of the same trial" }],
    ]);
  });
});

describe("a death", () => {
  test("keeps what was told only as an event", async () => {
    const dir = await agentDir({
      [ROLLOUT]: [
        meta(),
        context(),
        event("user_message", { message: "go" }),
        event("agent_reasoning", { text: "hm" }),
        event("agent_message", { message: "I will" }),
      ],
    });
    const { steps } = await convertCodex(dir);
    expect(steps.map((step) => [step.source, step.message, step.reasoning_content])).toEqual([
      ["user", "go", undefined],
      ["agent", "", "hm"],
      ["agent", "I will", undefined],
    ]);
  });

  test("before the first line leaves the instruction; without a rollout the event stream is converted", async () => {
    const empty = await convertCodex(await agentDir({ [ROLLOUT]: "" }));
    expect(empty.steps).toMatchObject([{ source: "user", message: INSTRUCTION }]);
    const items = [
      { type: "reasoning", text: "hm" },
      { type: "command_execution", command: "ls", aggregated_output: "a", exit_code: 1, status: "failed" },
      {
        type: "mcp_tool_call",
        server: "fs",
        tool: "read",
        arguments: {},
        status: "completed",
        result: { content: [{ type: "text", text: "x" }] },
      },
      { type: "file_change", changes: [{ path: "a", kind: "add" }], status: "completed" },
      { type: "agent_message", text: "Done." },
      { type: "todo_list", items: [] },
    ].map((one, n) => ({ type: "item.completed", item: { id: `item_${n}`, ...one } }));
    const dir = await agentDir({
      [STREAM]: `{"type":"thread.started","thread_id":"${THREAD}"}\nreconnecting…\n${jsonl(items)}{"type":"turn.completed","usage":{"input_tokens":9,"output_tokens":2}}\n`,
    });
    const { reading, steps, trajectory } = await convertCodex(dir);
    expect(trajectory.session_id).toBe(THREAD);
    expect(steps.map((step) => step.tool_calls?.[0]?.function_name ?? step.message)).toEqual([
      "",
      "exec_command",
      "mcp__fs__read",
      "apply_patch",
      "Done.",
    ]);
    expect(reading.usage).toEqual({ inputTokens: 9, cachedTokens: 0, outputTokens: 2, costUsd: null });
    expect(reading.toolCalls).toEqual({ fs: { calls: 1, errors: 0 } });
    expect(reading.leftOut.map(({ type }) => type)).toEqual(["item.completed/todo_list"]);
  });

  test("hostile lines become remarks and counts", async () => {
    const deep = `{"timestamp":"x","type":"response_item","payload":{"type":"message","role":"user","content":[${'{"a":'.repeat(5000)}1${"}".repeat(5000)}]}}`;
    const dir = await agentDir({
      [ROLLOUT]: `${deep}\n{"type":"response_item"}\n{"type":7,"payload":{}}\n${jsonl([item({ type: "function_call" }), stray("future"), event("token_count", { info: { total_token_usage: { input_tokens: -1, output_tokens: "x" } } })])}{"cut`,
    });
    const { reading, steps } = await convertCodex(dir);
    expect(steps.map(({ source }) => source)).toEqual(["user", "agent"]);
    expect(reading.usage).toBeNull();
    expect(reading.leftOut.map(({ type, count }) => [type, count])).toEqual([
      ["event_msg/token_count", 1],
      ["future", 1],
      ["line", 1],
      ["response_item", 1],
      ["unknown", 1],
    ]);
  });
});

describe("what ended a run", () => {
  const failed = (info: unknown, text: string): Line[] => [
    event("error", { message: text, codex_error_info: info }),
    event("task_complete", { error: { message: text, codex_error_info: info } }),
  ];

  test.each<[string, unknown, string, string]>([
    ["a limit of the plan", "usage_limit_exceeded", "You've hit your usage limit", "quota"],
    ["a full context", "context_window_exceeded", "ran out of room", "context"],
    ["an overload", "server_overloaded", "at capacity", "overload"],
    ["a fault of the server's", "internal_server_error", "We're currently experiencing high demand", "server-error"],
    ["no credentials", "unauthorized", "401", "authentication"],
    [
      "too many attempts",
      { response_too_many_failed_attempts: { http_status_code: 429 } },
      "exceeded retry limit",
      "rate-limit",
    ],
    ["a status in words", "other", "unexpected status 404 Not Found: The model `x` does not exist", "model-not-found"],
    ["503 in words", "other", "unexpected status 503 Service Unavailable", "overload"],
    [
      "a stream that broke",
      { responseStreamDisconnected: { httpStatusCode: null } },
      "stream disconnected before completion",
      "network",
    ],
    ["a bad request", "bad_request", '{"error":{"message":"tools: bad"}}', "invalid-request"],
    ["an unknown model", "model_not_found", "nope", "model-not-found"],
    ["spent money", "other", "Quota exceeded. Check your plan and billing details.", "quota"],
    ["something else", "other", "it broke", "unknown"],
  ])("%s", async (_, info, text, expected) => {
    const { reading, steps } = await convertCodex(
      await agentDir({ [ROLLOUT]: [...olderRollout(), ...failed(info, text)] }),
    );
    expect(reading.error).toMatchObject({ class: expected, message: text });
    expect(steps.at(-1)).toMatchObject({ source: "system", message: text, extra: { api_error: { class: expected } } });
    expect(steps.filter(({ message: said }) => said === text)).toHaveLength(1);
    expect(reading.apiCalls).toBe(2);
  });

  test("the event stream says it where the rollout does not; errors that were got over are none", async () => {
    const turn = { type: "turn.failed", error: { message: "exceeded retry limit, last status: 401 Unauthorized" } };
    const started = [meta(), event("task_started"), context(), message("user", "go")];
    const { reading } = await convertCodex(
      await agentDir({ [ROLLOUT]: started, [STREAM]: [{ type: "error", message: "Reconnecting... 1/5" }, turn] }),
    );
    expect(reading.error).toMatchObject({ class: "authentication", evidence: "agent/codex.txt: turn.failed" });
    const over = [
      event("stream_error", { message: "Reconnecting... 1/5" }),
      reasoning("on"),
      message("assistant", "ok"),
    ];
    const fine = await convertCodex(await agentDir({ [ROLLOUT]: [...started, ...over, event("task_complete")] }));
    expect(fine.reading.error).toBeNull();
    expect(fine.steps[1]).toMatchObject({ source: "system", extra: { api_error: { retrying: true } } });
    const aborted = await convertCodex(
      await agentDir({ [ROLLOUT]: [...started, event("turn_aborted", { reason: "interrupted" })] }),
    );
    expect(aborted.reading.ended).toBe("turn_aborted: interrupted");
    const words = await convertCodex(await agentDir({ [STREAM]: "Error: error sending request for url\n" }));
    expect(words.reading.error?.class).toBe("network");
  });
});
