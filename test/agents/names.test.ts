/** Names as agents and providers write them, against those in an experiment. */
import { expect, test } from "vitest";
import { isServerOfTool, serverOfTool, toolServerName } from "../../src/agents/mcp-tool-names.ts";
import { sameModel } from "../../src/agents/same-model.ts";

test.each([
  ["my.server", "mcp__my_server__echo"],
  ["a__b", "mcp__a__b__echo"],
  ["x-1", "mcp__x-1__echo"],
  ["x-1", "mcp__x_1__echo"],
  ["fs", "mcp__fs__read_file"],
])("calls of %s are found by %s", (server, tool) => {
  expect(isServerOfTool(serverOfTool(tool) ?? "", server)).toBe(true);
  expect(isServerOfTool(serverOfTool(tool) ?? "", `z${server}`)).toBe(false);
});

test("a server's name in a tool's has only characters that a provider takes", () => {
  expect(toolServerName("my.server-1")).toBe("my_server-1");
  expect(serverOfTool("Bash")).toBeNull();
});

test.each([
  ["claude-haiku-4-5-20251001", "claude-haiku-4-5"],
  ["claude-haiku-4-5", "claude-haiku-4-5-20251001"],
  ["claude-sonnet-4-20250514", "claude-sonnet-4-0"],
  ["claude-3-7-sonnet-20250219", "claude-3-7-sonnet-latest"],
  ["claude-sonnet-4-5", "claude-sonnet-4-5[1m]"],
  ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"],
  ["anthropic/claude-haiku-4-5", "claude-haiku-4-5"],
  ["gpt-5.2-2026-01-15", "gpt-5.2"],
])("%s answers for %s", (served, asked) => {
  expect(sameModel(served, asked)).toBe(true);
});

test.each([
  ["claude-sonnet-4-5-20250929", "claude-sonnet-4"],
  ["claude-opus-4-1", "claude-opus-4"],
  ["claude-opus-4-5", "claude-opus-4-6"],
  ["gpt-5.2-codex", "gpt-5.2"],
  ["claude-haiku-4-5", "claude-sonnet-4-5"],
])("%s is another model than %s", (served, asked) => {
  expect(sameModel(served, asked)).toBe(false);
});
