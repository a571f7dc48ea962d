import { readFile, symlink, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { AtifStep } from "../../../src/agents/atif/atif.ts";
import {
  answer,
  apiError,
  hook,
  init,
  MAIN,
  modelUsage,
  prompt,
  result,
  said,
  SESSION,
  shortSession,
  STREAM,
  system,
  thought,
  toolResult,
  use,
} from "./claude-lines.ts";
import { agentDir, convertClaude, INSTRUCTION, jsonl, type Line } from "./session-dir.ts";

const SUMS = { input: 36, write: 1280, read: 2440, output: 37 };

function resultsOf(step: AtifStep | undefined): unknown[] {
  return (step?.observation?.results ?? []).map(({ source_call_id, content }) => [source_call_id, content]);
}

describe("a session of Claude Code", () => {
  test("becomes one step for each message, with thinking, calls and their results", async () => {
    const dir = await agentDir({ [MAIN]: shortSession(), [STREAM]: [init(), result()] });
    const { reading, trajectory, steps } = await convertClaude(dir, SESSION);
    expect(steps.map(({ source, message }) => [source, message])).toEqual([
      ["user", "Make the tests pass"],
      ["agent", "Looking."],
      ["agent", ""],
      ["agent", "Done."],
    ]);
    expect(steps[1]).toMatchObject({
      reasoning_content: "Look first.",
      model_name: "claude-sonnet-4-5",
      metrics: { prompt_tokens: 1211, completion_tokens: 21, cached_tokens: 0 },
      extra: { message_id: "msg-1" },
    });
    expect(steps[2]?.tool_calls?.map((call) => [call.tool_call_id, call.function_name, call.arguments])).toEqual([
      ["t2", "mcp__fs__read", { path: "a" }],
      ["t3", "mcp__fs__write", { path: "b" }],
    ]);
    expect(resultsOf(steps[2])).toEqual([
      ["t2", "content of a"],
      ["t3", "Exit code 3\nno space"],
    ]);
    expect(steps[2]?.observation?.results[1]?.extra).toEqual({ is_error: true, exit_code: 3 });
    expect(trajectory).toMatchObject({
      schema_version: "ATIF-v1.7",
      session_id: SESSION,
      agent: { name: "claude-code", version: "2.1.197", model_name: "claude-sonnet-4-5" },
    });
    expect(reading.toolCalls).toEqual({ fs: { calls: 2, errors: 1 } });
    expect(reading.apiCalls).toBe(3);
    expect(reading.ended).toBe("completed");
    expect(reading.turns).toBe(3);
    expect(reading.error).toBeNull();
    expect(reading.leftOut).toEqual([
      { type: "last-prompt", count: 1, reason: "a pointer to a message" },
      { type: "queue-operation", count: 1, reason: "the queue of prompts, which follow as messages" },
    ]);
  });

  test("tokens are counted once a message and agree with the result event; the agent's cost counts for models that are known", async () => {
    const dir = await agentDir({
      [MAIN]: shortSession(),
      [STREAM]: [init(), result({ total_cost_usd: 0.0123, modelUsage: modelUsage("claude-sonnet-4-5", SUMS, 0.0123) })],
    });
    const { reading, trajectory } = await convertClaude(dir, SESSION);
    expect(reading.usage).toEqual({ inputTokens: 3756, cachedTokens: 2440, outputTokens: 37, costUsd: 0.0123 });
    expect(reading.costSource).toBe("agent");
    expect(reading.remarks).toEqual([]);
    expect(trajectory.final_metrics).toMatchObject({
      total_prompt_tokens: 3756,
      total_cached_tokens: 2440,
      total_completion_tokens: 37,
      total_cost_usd: 0.0123,
    });
  });

  test("what a result event says beyond the messages is a step of its own", async () => {
    const told = {
      ...modelUsage("claude-sonnet-4-5", SUMS),
      ...modelUsage("claude-haiku-4-5", { input: 100, output: 3 }),
    };
    const dir = await agentDir({ [MAIN]: shortSession(), [STREAM]: [result({ total_cost_usd: 1, modelUsage: told })] });
    const { reading, steps } = await convertClaude(dir);
    expect(reading.usage).toEqual({ inputTokens: 3856, cachedTokens: 2440, outputTokens: 40, costUsd: 1 });
    expect(reading.apiCalls).toBe(3);
    expect(reading.remarks.join("\n")).toMatch(/3756 in .* says 3856 in .*calls that the session does not record/);
    expect(steps.at(-1)).toMatchObject({
      source: "agent",
      model_name: "claude-haiku-4-5",
      metrics: { prompt_tokens: 100, completion_tokens: 3, cached_tokens: 0 },
    });
  });

  test("where it says less, the messages count, and it is a remark", async () => {
    const told = modelUsage("claude-sonnet-4-5", { ...SUMS, output: 1 });
    const dir = await agentDir({ [MAIN]: shortSession(), [STREAM]: [result({ total_cost_usd: 1, modelUsage: told })] });
    const { reading } = await convertClaude(dir);
    expect(reading.usage?.outputTokens).toBe(37);
    expect(reading.remarks.join("\n")).toMatch(/and 37 out, .* and 1 out; the messages are counted/);
  });

  test("several results of one process are sums that go on; of several processes they are added up", async () => {
    const [first, second] = [
      result({
        total_cost_usd: 0.1,
        modelUsage: modelUsage("claude-sonnet-4-5", { input: 36, write: 1280, output: 30 }),
      }),
      result({ total_cost_usd: 0.2, modelUsage: modelUsage("claude-sonnet-4-5", { read: 2440, output: 7 }) }),
    ];
    const two = await convertClaude(await agentDir({ [MAIN]: shortSession(), [STREAM]: [first, second] }));
    expect(two.reading.usage).toMatchObject({ inputTokens: 3756, outputTokens: 37, costUsd: expect.closeTo(0.3, 9) });
    expect(two.reading.remarks).toEqual([]);
    const all = result({ total_cost_usd: 0.25, modelUsage: modelUsage("claude-sonnet-4-5", SUMS) });
    const one = await convertClaude(await agentDir({ [MAIN]: shortSession(), [STREAM]: [first, all] }));
    expect(one.reading.usage).toMatchObject({ inputTokens: 3756, outputTokens: 37, costUsd: 0.25 });
    expect(one.reading.remarks).toEqual([]);
  });

  test("the result event does not speak of a session that a hook started", async () => {
    const other = answer("m9", [said("nested")], { input: 1_000_000, output: 0 }, { sessionId: "other" });
    const told = modelUsage("claude-sonnet-4-5", SUMS);
    const dir = await agentDir({
      [MAIN]: shortSession(),
      "sessions/projects/-app/other.jsonl": other,
      [STREAM]: [init(), result({ total_cost_usd: 1, modelUsage: told })],
    });
    const { reading } = await convertClaude(dir, SESSION);
    expect(reading.usage).toMatchObject({ inputTokens: 1_003_756, outputTokens: 37, costUsd: 4 });
    expect(reading.remarks).toEqual([
      "cost: 3.000000 USD of it are list prices of 2026-11-21, for 1 messages of other sessions",
    ]);
  });

  test("the price of a model that the agent does not know is not taken from it", async () => {
    const lines = answer("m", [said("hi")], {}, { message: { model: "my/custom-model" } });
    const told = modelUsage("my/custom-model", { input: 10, output: 5 }, 0.5);
    const dir = await agentDir({ [MAIN]: lines, [STREAM]: [result({ total_cost_usd: 0.5, modelUsage: told })] });
    const { reading } = await convertClaude(dir);
    expect(reading.usage).toEqual({ inputTokens: 10, cachedTokens: 0, outputTokens: 5, costUsd: null });
    expect(reading.remarks.join("\n")).toMatch(/cost: unknown, for my\/custom-model is in no price table/);
  });

  test("without a result event the cost comes from the price table", async () => {
    const { reading } = await convertClaude(await agentDir({ [MAIN]: shortSession() }), SESSION);
    const expected = (36 * 3 + 1280 * 3.75 + 2440 * 0.3 + 37 * 15) / 1e6;
    expect(reading.usage?.costUsd).toBeCloseTo(expected, 12);
    expect(reading.costSource).toBe("price-table");
    expect(reading.ended).toBeNull();
  });

  test("messages recorded before they were over are lower bounds", async () => {
    const lines = answer("m", [said("hi")], {}, { message: { stop_reason: null } });
    const { reading } = await convertClaude(await agentDir({ [MAIN]: lines }));
    expect(reading.usage?.outputTokens).toBe(5);
    expect(reading.remarks.join("\n")).toMatch(/without a stop reason/);
  });

  test("hooks are counted with their seconds and stand in the extra of the step they belong to", async () => {
    const dir = await agentDir({
      [MAIN]: [
        ...shortSession(),
        hook("hook_cancelled", "Stop", { durationMs: 5000, command: "sleep 9" }),
        hook("hook_blocking_error", "PreToolUse:Bash", {
          toolUseID: "t1",
          blockingError: { blockingError: "not allowed", command: "guard" },
        }),
        hook("hook_additional_context", "PostToolUse:Bash", { toolUseID: "t1", content: ["look at b"] }),
      ],
      [STREAM]: [
        {
          type: "system",
          subtype: "hook_response",
          hook_name: "SessionStart:startup",
          hook_event: "SessionStart",
          outcome: "success",
        },
        {
          type: "system",
          subtype: "hook_response",
          hook_name: "SessionEnd:other",
          hook_event: "SessionEnd",
          outcome: "error",
        },
      ],
    });
    const { reading, steps, trajectory } = await convertClaude(dir);
    // One that said nothing is in no session file, and so of no step.
    expect(trajectory.extra).toEqual({ hooks: [{ event: "SessionEnd", name: "SessionEnd:other", outcome: "error" }] });
    expect(reading.hookRuns).toEqual([
      { event: "SessionStart", name: "SessionStart:startup", outcome: "success", seconds: 0.12 },
      { event: "PostToolUse", name: "PostToolUse:Bash", outcome: "success", seconds: 0.026 },
      { event: "Stop", name: "Stop", outcome: "cancelled", seconds: 5 },
      { event: "PreToolUse", name: "PreToolUse:Bash", outcome: "blocked", seconds: null },
      { event: "SessionEnd", name: "SessionEnd:other", outcome: "error", seconds: null },
    ]);
    const stopped = [prompt("go"), prompt("Stop hook feedback:\n[check]: not yet", { isMeta: true })];
    const blocked = await convertClaude(await agentDir({ [MAIN]: stopped }));
    expect(blocked.reading.hookRuns).toEqual([{ event: "Stop", name: "Stop", outcome: "blocked", seconds: null }]);
    const infos = [{ command: "check", durationMs: 20 }, { command: "other" }];
    const summed = system("stop_hook_summary", { hookInfos: infos, hookErrors: ["[check]: not yet"] });
    const told = await convertClaude(await agentDir({ [MAIN]: [...stopped, summed] }));
    expect(told.reading.hookRuns).toEqual([
      { event: "Stop", name: "Stop", outcome: "blocked", seconds: 0.02 },
      { event: "Stop", name: "Stop", outcome: "success", seconds: null },
    ]);
    expect(steps[0]?.extra?.["hooks"]).toMatchObject([{ name: "SessionStart:startup", stdout: "hello" }]);
    expect(steps[1]?.extra?.["hooks"]).toMatchObject([
      { name: "PostToolUse:Bash", duration_ms: 26 },
      { type: "hook_blocking_error", content: "not allowed", command: "guard" },
      { type: "hook_additional_context", content: "look at b" },
    ]);
  });

  test("a compaction is marked once", async () => {
    const dir = await agentDir({
      [MAIN]: [
        ...shortSession(),
        system("compact_boundary", {
          content: "Conversation compacted",
          compactMetadata: { trigger: "auto", preTokens: 9 },
        }),
        prompt("What was done so far …", { isCompactSummary: true }),
        prompt("Another summary", { isCompactSummary: true }),
        system("turn_duration", { durationMs: 5 }),
        system("informational", { content: "A note" }),
        prompt("from the harness", { isMeta: true }),
      ],
    });
    const { reading, steps } = await convertClaude(dir);
    const late = steps.slice(4);
    expect(late.map(({ source, message }) => [source, message])).toEqual([
      ["system", "Conversation compacted"],
      ["system", "What was done so far …"],
      ["system", "Another summary"],
      ["system", "A note"],
      ["system", "from the harness"],
    ]);
    expect(late.map(({ extra }) => extra?.["context_management"])).toEqual([
      { type: "compaction", boundary: "replace", trigger: "auto", tokens_before: 9 },
      undefined,
      { type: "compaction", boundary: "replace" },
      undefined,
      undefined,
    ]);
    expect(reading.leftOut.map(({ type }) => type)).toContain("system/turn_duration");
  });

  test("images become files beside the trajectory", async () => {
    const png = Buffer.from("not really a picture");
    const image = { type: "image", source: { type: "base64", media_type: "image/png", data: png.toString("base64") } };
    const dir = await agentDir({
      [MAIN]: [
        ...answer("m", [use("t", "Read")]),
        toolResult("t", [
          said("the picture"),
          image,
          { ...image, source: { ...image.source, media_type: "image/tiff" } },
        ]),
      ],
    });
    const { steps } = await convertClaude(dir);
    const content = steps[0]?.observation?.results[0]?.content as readonly {
      type: string;
      source?: { path: string };
    }[];
    expect(content.map(({ type }) => type)).toEqual(["text", "image", "text"]);
    expect(await readFile(join(dir, content[1]?.source?.path ?? ""))).toEqual(png);
  });

  test("a result without a call, a call without a result, and a result of 10 MB", async () => {
    const large = "x".repeat(10 << 20);
    const dir = await agentDir({
      [MAIN]: [
        ...answer("m", [use("t1", "Bash"), use("t2", "Bash")]),
        toolResult("t1", large),
        toolResult("lost", "who asked?"),
      ],
    });
    const { steps } = await convertClaude(dir);
    expect(steps[0]?.observation?.results).toHaveLength(1);
    expect(steps[0]?.observation?.results[0]?.content).toBe(large);
    expect(steps[1]?.observation?.results).toEqual([
      { content: "who asked?", extra: { is_error: false, unmatched_call_id: "lost" } },
    ]);
  });
});

describe("subagents and further sessions", () => {
  const child = (id: string, over: Line = {}): Line[] => [
    prompt("Look around", { isSidechain: true, agentId: id, ...over }),
    ...answer(
      `child-${id}`,
      [said("I looked."), use(`u-${id}`, "mcp__fs__list")],
      { input: 100, output: 50 },
      {
        isSidechain: true,
        agentId: id,
        ...over,
      },
    ),
  ];
  const parent = (call: string): Line[] => answer(`parent-${call}`, [use(call, "Agent", { prompt: "Look around" })]);

  test("a subagent's own file is embedded and the call that started it refers to it", async () => {
    const dir = await agentDir({
      [MAIN]: [
        prompt("go"),
        ...parent("t1"),
        toolResult("t1", "It looked.", { toolUseResult: { agentId: "a1", totalDurationMs: 7 } }),
      ],
      [`sessions/projects/-app/${SESSION}/subagents/agent-a1.jsonl`]: child("a1"),
      [`sessions/projects/-app/${SESSION}/subagents/agent-a1.meta.json`]: JSON.stringify({
        agentType: "Explore",
        description: "look",
        toolUseId: "t1",
      }),
    });
    const { reading, trajectory, steps } = await convertClaude(dir, SESSION);
    expect(steps[1]?.observation?.results[0]).toMatchObject({
      source_call_id: "t1",
      content: "It looked.",
      subagent_trajectory_ref: [{ trajectory_id: "agent-a1", session_id: SESSION }],
      extra: { agent_id: "a1", duration_ms: 7 },
    });
    expect(trajectory.subagent_trajectories).toMatchObject([
      {
        trajectory_id: "agent-a1",
        final_metrics: { total_prompt_tokens: 100, total_completion_tokens: 50 },
        extra: { agent_type: "Explore", description: "look", relation: "subagent" },
      },
    ]);
    expect(reading.usage).toMatchObject({ inputTokens: 110, outputTokens: 55 });
    expect(reading.toolCalls).toEqual({ fs: { calls: 1, errors: 0 } });
  });

  test("one that was killed has a reference without a result; one without a file of facts is found by what it was asked", async () => {
    const dir = await agentDir({
      [MAIN]: [prompt("go"), ...parent("t1")],
      [`sessions/projects/-app/${SESSION}/subagents/agent-a1.jsonl`]: child("a1"),
    });
    const { steps } = await convertClaude(dir, SESSION);
    expect(steps[1]?.observation?.results).toEqual([
      {
        source_call_id: "t1",
        subagent_trajectory_ref: [{ trajectory_id: "agent-a1", session_id: SESSION }],
        extra: { unfinished: true },
      },
    ]);
  });

  test("lines of a subagent in the session's own file, as older versions have them", async () => {
    const [first, second, third] = child("x", { agentId: undefined }) as [Line, Line, Line];
    const dir = await agentDir({
      [MAIN]: [
        prompt("go"),
        ...parent("t1"),
        first,
        { ...second, parentUuid: first["uuid"] },
        { ...third, parentUuid: second["uuid"] },
        toolResult("t1", "It looked."),
      ],
    });
    const { trajectory, steps } = await convertClaude(dir, SESSION);
    expect(steps).toHaveLength(2);
    expect(trajectory.subagent_trajectories).toHaveLength(1);
    expect(trajectory.subagent_trajectories?.[0]?.steps).toHaveLength(2);
    expect(steps[1]?.observation?.results[0]?.subagent_trajectory_ref).toHaveLength(1);
  });

  test("every session is converted; the main one is the one we named, else the first that has an answer", async () => {
    const other = "sessions/projects/-tmp/11111111-1111-4111-8111-111111111111.jsonl";
    const files = {
      [MAIN]: [prompt("go"), ...answer("m1", [said("one")], { input: 1 })],
      [other]: [prompt("and you"), ...answer("m2", [said("two")], { input: 2 })].map((line) => ({
        ...line,
        sessionId: "other",
      })),
      "sessions/projects/-tmp/0-empty.jsonl": "",
    };
    const unnamed = await convertClaude(await agentDir(files));
    expect(unnamed.trajectory.session_id).toBe(SESSION);
    expect(unnamed.trajectory.subagent_trajectories).toMatchObject([
      { session_id: "other", extra: { relation: "another session of the same trial" } },
    ]);
    expect(unnamed.reading.usage?.inputTokens).toBe(3);
    const named = await convertClaude(await agentDir(files), "other");
    expect(named.trajectory.session_id).toBe("other");
    expect(named.reading.usage?.inputTokens).toBe(3);
  });

  test("a session that repeats the lines of another counts them once", async () => {
    const lines = shortSession();
    const more = answer("m9", [said("going on")], { input: 1000, output: 1 });
    const dir = await agentDir({ [MAIN]: lines, "sessions/projects/-app/2-continued.jsonl": [...lines, ...more] });
    const { reading, trajectory } = await convertClaude(dir, SESSION);
    expect(reading.usage).toMatchObject({ inputTokens: 4756, outputTokens: 38 });
    const embedded = trajectory.subagent_trajectories ?? [];
    const messages = [...trajectory.steps, ...embedded.flatMap(({ steps }) => steps)].map(({ message }) => message);
    expect(messages.map(String).sort()).toEqual(["", "Done.", "Looking.", "Make the tests pass", "going on"]);
  });
});

describe("a message that stands in several places", () => {
  test("counts once, with its last usage, and is a copy wherever else it stands", async () => {
    const early = answer("m1", [said("one")], { input: 7, output: 1 });
    const late = answer("m1", [said("two")], { input: 7, output: 30 });
    const dir = await agentDir({
      [MAIN]: [prompt("go"), ...early, ...late],
      "sessions/projects/-app/other.jsonl": answer("m1", [said("one")], { input: 7, output: 30 }),
    });
    const { reading, trajectory, steps } = await convertClaude(dir, SESSION);
    expect(reading.usage).toMatchObject({ inputTokens: 7, outputTokens: 30 });
    expect(reading.apiCalls).toBe(1);
    expect(steps[1]).toMatchObject({ message: "one\n\ntwo", metrics: { completion_tokens: 30 } });
    const [copy] = trajectory.subagent_trajectories?.[0]?.steps ?? [];
    expect(copy).toMatchObject({ message: "one", is_copied_context: true });
    expect(copy?.metrics).toBeUndefined();
  });
});

describe("a death", () => {
  test("before the first message leaves the instruction", async () => {
    const { reading, steps } = await convertClaude(await agentDir({ [MAIN]: "" }), SESSION);
    expect(steps).toMatchObject([{ source: "user", message: INSTRUCTION }]);
    expect(reading.usage).toBeNull();
  });

  test("without any session leaves no trajectory, and says so", async () => {
    const dir = await agentDir({ "other.txt": "x" });
    await expect(convertClaude(dir)).rejects.toThrow(/there is no session file/);
  });

  test("in the middle of a line keeps every message before it", async () => {
    const text = jsonl(shortSession());
    const cut = text.slice(0, text.indexOf('"Done."'));
    const { reading, steps } = await convertClaude(await agentDir({ [MAIN]: cut }), SESSION);
    expect(steps).toHaveLength(3);
    expect(reading.remarks.join("\n")).toMatch(/the last line is cut/);
    expect(reading.usage?.inputTokens).toBe(3756 - 1293);
  });

  test("what was printed and not recorded comes from the event stream", async () => {
    const lines = shortSession();
    const stream = lines.filter(({ type }) => type === "assistant" || type === "user");
    const streamed = stream.map(({ sessionId, requestId, ...line }) => ({
      ...line,
      session_id: sessionId,
      request_id: requestId,
      parent_tool_use_id: null,
    }));
    const late = lines.findIndex((line) => JSON.stringify(line).includes('"Done."'));
    const dir = await agentDir({ [MAIN]: lines.slice(0, late), [STREAM]: [init(), ...streamed] });
    const { reading, steps } = await convertClaude(dir, SESSION);
    expect(steps.at(-1)?.message).toBe("Done.");
    expect(steps).toHaveLength(4);
    expect(steps.at(-1)?.metrics).toEqual({
      prompt_tokens: 1293,
      cached_tokens: 1240,
      extra: { cache_creation_input_tokens: 40, certainty: "begun" },
    });
    expect(reading.usage).toMatchObject({ inputTokens: 3756, outputTokens: 30 });
    expect(reading.remarks.join("\n")).toMatch(/1 of 3 messages have no final token counts; the sums are lower bounds/);
    const only = { type: "user", uuid: "only printed", message: { role: "user", content: "not of the conversation" } };
    const other = await agentDir({ [MAIN]: lines, [STREAM]: [init(), only, ...streamed] });
    expect((await convertClaude(other, SESSION)).steps).toHaveLength(4);
    const alone = await convertClaude(await agentDir({ [STREAM]: [init(), ...streamed] }), SESSION);
    expect(alone.steps).toHaveLength(4);
  });

  test("hostile files and places become remarks", async () => {
    const deep = `{"type":"user","message":{"content":${"[".repeat(200_000)}${"]".repeat(200_000)}}}`;
    const nested = `{"type":"assistant","message":{"id":"d","model":"m","content":[{"type":"tool_use","id":"d1","name":"x","input":{"a":${'{"a":'.repeat(5000)}1${"}".repeat(5000)}}}]}}`;
    const proto =
      '{"type":"assistant","message":{"id":"p","model":"m","content":[{"type":"tool_use","id":"p1","name":"x","input":{"__proto__":{"polluted":1},"half":"\\ud800"}}]}}';
    const dir = await agentDir({
      [MAIN]: Buffer.concat([
        Buffer.from(`${deep}\n${nested}\n${proto}\n[]\nnull\n"text"\n{"type":5}\n{}\n`),
        Buffer.from([0x7b, 0xff, 0xfe, 0x0a]),
        Buffer.from(jsonl([prompt("ok")])),
        Buffer.from('{"type":"user","message":{"content":"'),
        Buffer.from([0xc3, 0x28]),
        Buffer.from('"}}\n'),
      ]),
      "elsewhere/secret.jsonl": [prompt("from elsewhere")],
    });
    await symlink(join(dir, "elsewhere/secret.jsonl"), join(dir, "sessions/projects/-app/link.jsonl"));
    await symlink(join(dir, "elsewhere"), join(dir, "sessions/projects/-linked"));
    await mkdir(join(dir, "images.d"));
    await symlink(join(dir, "images.d"), join(dir, "images"));
    const { reading, steps, trajectory } = await convertClaude(dir, SESSION);
    expect(JSON.stringify(steps)).not.toContain("from elsewhere");
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(JSON.stringify(trajectory)).not.toContain("\\ud800");
    expect(JSON.stringify(trajectory)).toContain("nested too deeply");
    expect(reading.remarks.join("\n")).toMatch(/no JSON objects[^]*no UTF-8/);
    await symlink(join(dir, "elsewhere/secret.jsonl"), join(dir, STREAM));
    const linked = await convertClaude(dir, SESSION);
    expect(linked.reading.remarks.join("\n")).toMatch(/claude-code\.txt is a symbolic link/);
    await rm(join(dir, "sessions"), { recursive: true });
    await symlink(join(dir, "elsewhere"), join(dir, "sessions"));
    await expect(convertClaude(dir)).rejects.toThrow(/there is no session file/);
  });

  test("what cannot be written is a remark", async () => {
    const dir = await agentDir({ [MAIN]: shortSession() });
    await mkdir(join(dir, "trajectory.json/full"), { recursive: true });
    await expect(convertClaude(dir)).rejects.toThrow(/could not be written/);
  });
});

describe("what ended a run", () => {
  const failed = (over: Line): Line => result({ is_error: true, result: "", ...over });

  test.each<[string, readonly Line[], readonly Line[], string]>([
    ["a turn limit", [failed({ subtype: "error_max_turns", terminal_reason: "max_turns" })], [], "max-turns"],
    ["a turn limit of older versions", [result({ subtype: "error_max_turns" })], [], "max-turns"],
    ["a budget", [failed({ subtype: "error_max_budget_usd" })], [], "budget"],
    ["401", [failed({ api_error_status: 401, result: "Invalid API key" })], [], "authentication"],
    ["403", [failed({ api_error_status: 403 })], [], "authentication"],
    ["404", [failed({ api_error_status: 404 })], [], "model-not-found"],
    ["429", [failed({ api_error_status: 429, result: "API Error: Request rejected (429)" })], [], "rate-limit"],
    ["429 of a plan", [failed({ api_error_status: 429, result: "You've hit your usage limit" })], [], "quota"],
    ["529", [failed({ api_error_status: 529 })], [], "overload"],
    ["500", [failed({ api_error_status: 500 })], [], "server-error"],
    ["400", [failed({ api_error_status: 400, result: "tools: bad" })], [], "invalid-request"],
    [
      "400 that is too long",
      [failed({ api_error_status: 400, result: "prompt is too long: 9 tokens > 8 maximum" })],
      [],
      "context",
    ],
    ["a refusal", [failed({ stop_reason: "refusal" })], [], "refusal"],
    ["a cut stream", [failed({ result: "API Error: Connection closed mid-response" })], [], "network"],
    [
      "a cut stream that the CLI calls a fault of the server's",
      [failed({ result: "API Error: Connection closed mid-response" })],
      [apiError("API Error: Connection closed mid-response.", "server_error", null)],
      "network",
    ],
    ["an output limit", [failed({})], [apiError("too long", "max_output_tokens", null)], "output-limit"],
    ["a killed run after an error", [], [apiError("API Error: 529 Overloaded", "server_error", 529)], "overload"],
    [
      "a killed run while trying again",
      [],
      [system("api_error", { error: { status: 401, message: "no" }, retryAttempt: 3 })],
      "authentication",
    ],
    [
      "a killed run whose stream alone says so",
      [init(), { type: "system", subtype: "api_retry", error_status: 500, error: "server_error" }],
      [],
      "server-error",
    ],
    [
      "a killed run after a refusal",
      [{ type: "system", subtype: "model_refusal_no_fallback", api_refusal_category: "x" }],
      [],
      "refusal",
    ],
    ["something else", [failed({ result: "it broke" })], [], "unknown"],
  ])("%s", async (_, stream, late, expected) => {
    const dir = await agentDir({ [MAIN]: [...shortSession(), ...late], [STREAM]: stream });
    const { reading } = await convertClaude(dir, SESSION);
    expect(reading.error?.class).toBe(expected);
    expect(reading.apiCalls).toBe(3);
    expect(reading.usage?.inputTokens).toBe(3756);
  });

  test("an interruption from outside is no error", async () => {
    const ended = failed({ subtype: "error_during_execution", terminal_reason: "aborted_tools" });
    const { reading } = await convertClaude(await agentDir({ [MAIN]: shortSession(), [STREAM]: [ended] }));
    expect(reading.error).toBeNull();
    expect(reading.ended).toBe("aborted_tools");
  });

  test("an interruption while the provider did not answer is the provider's error; after an answer it is none", async () => {
    const retry = system("api_retry", { attempt: 9, error_status: null, error: "unknown" });
    const ended = failed({ subtype: "error_during_execution", terminal_reason: "aborted_streaming" });
    const silent = await convertClaude(await agentDir({ [MAIN]: [prompt("go")], [STREAM]: [init(), retry, ended] }));
    expect(silent.reading.error).toMatchObject({ class: "network" });
    expect(silent.reading.apiCalls).toBe(0);
    const busy = { ...retry, error_status: 529, error: "overloaded" };
    const overloaded = await convertClaude(await agentDir({ [MAIN]: [prompt("go")], [STREAM]: [init(), busy, ended] }));
    expect(overloaded.reading.error).toMatchObject({ class: "overload" });
    const answered = [init(), retry, ...answer("m", [said("ok")]), ended];
    const { reading } = await convertClaude(await agentDir({ [MAIN]: shortSession(), [STREAM]: answered }));
    expect(reading.error).toBeNull();
  });

  test("words before the first event are the last resort; a tool's output never counts", async () => {
    const early = await convertClaude(await agentDir({ [STREAM]: "Not logged in · Please run /login\n" }));
    expect(early.reading.error?.class).toBe("authentication");
    const dir = await agentDir({
      [MAIN]: [
        ...answer("m", [thought("hm"), use("t", "Bash")]),
        toolResult("t", "error: rate limit exceeded, 401, quota"),
      ],
      [STREAM]: "",
    });
    expect((await convertClaude(dir)).reading.error).toBeNull();
  });

  test("errors that were got over are marked and are not what ended it", async () => {
    const dir = await agentDir({
      [MAIN]: [prompt("go"), apiError("API Error: 529 Overloaded", "overloaded", 529), ...answer("m", [said("ok")])],
    });
    const { reading, steps } = await convertClaude(dir);
    expect(reading.error).toBeNull();
    expect(steps[1]).toMatchObject({
      source: "system",
      message: "API Error: 529 Overloaded",
      extra: { api_error: { error: "overloaded", status: 529 } },
    });
    expect(reading.apiCalls).toBe(1);
  });
});
