/** What the converters write is what the analysis reads: tokens, cost and tool calls by MCP server. */
import { describe, expect, test } from "vitest";
import { makeProject } from "../../support/project.ts";
import { result as trialResult } from "../../analytics/jobs.ts";
import * as claude from "./claude-lines.ts";
import * as codex from "./codex-lines.ts";
import { convertClaude, convertCodex, jsonl } from "./session-dir.ts";

interface Analysis {
  readonly profiles: readonly { readonly key: string; readonly mcp_servers: unknown }[];
}

describe("regatta analyze --runs on converted sessions", () => {
  test("shows tool calls by MCP server, and tokens with those of subagents", async () => {
    const child = claude.answer("c1", [claude.said("I looked.")], { input: 500, output: 50 });
    const sub = `sessions/projects/-app/${claude.SESSION}/subagents/agent-a1.jsonl`;
    const usage = { n_input_tokens: null, n_output_tokens: null, n_cache_tokens: null, cost_usd: null };
    const project = await makeProject({
      "jobs/claude/a__1/result.json": JSON.stringify(trialResult({ task_name: "a", agent_result: usage })),
      [`jobs/claude/a__1/agent/${claude.MAIN}`]: jsonl(claude.shortSession()),
      "jobs/claude/b__1/result.json": JSON.stringify(trialResult({ task_name: "b", agent_result: usage })),
      [`jobs/claude/b__1/agent/${claude.MAIN}`]: jsonl(claude.shortSession()),
      [`jobs/claude/b__1/agent/${sub}`]: jsonl(child),
      "jobs/codex/a__1/result.json": JSON.stringify(trialResult({ task_name: "a", agent_result: usage })),
      [`jobs/codex/a__1/agent/${codex.ROLLOUT}`]: jsonl(codex.newerRollout()),
    });
    await convertClaude(project.path("jobs/claude/a__1/agent"), claude.SESSION);
    await convertClaude(project.path("jobs/claude/b__1/agent"), claude.SESSION);
    await convertCodex(project.path("jobs/codex/a__1/agent"));
    const args = ["analyze", "--runs", "jobs", "--output", "out"];
    const { code, stdout } = await project.regatta(args, { XDG_CACHE_HOME: project.path("cache") });
    expect(code).toBe(0);
    expect(stdout).toMatch(/3 trials of 2 tasks under 2 profiles/);
    const { profiles } = (await project.json("out/aggregate_metrics.json")) as Analysis;
    expect(profiles.map(({ key, mcp_servers: servers }) => [key, servers])).toEqual([
      ["claude", [{ server: "fs", calls: 4, errors: 2, trials: 2 }]],
      ["codex", [{ server: "fs", calls: 1, errors: 1, trials: 1 }]],
    ]);
    const rows = (await project.read("out/metrics_detail.csv")).split("\r\n").map((row) => row.split(","));
    const [names = []] = rows;
    const of = (profile: string, task: string, metric: string): string | undefined =>
      rows.find(([name, id]) => name === profile && id === task)?.[names.indexOf(metric)];
    expect(of("claude", "a", "tokens_input")).toBe("3756");
    expect(of("claude", "a", "tokens_disagreement")).toBe("0");
    expect(of("claude", "b", "tokens_input")).toBe("4256");
    expect(of("claude", "b", "tokens_output")).toBe("87");
    expect(of("codex", "a", "tokens_input")).toBe("2450");
    expect(Number(of("codex", "a", "cost_usd"))).toBeGreaterThan(0);
    expect(of("claude", "a", "tool_calls")).toBe("3");
  });
});
