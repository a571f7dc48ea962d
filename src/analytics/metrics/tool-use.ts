/** Calls and failures by tool, of the main conversation and of embedded subagents, and so by MCP server: a distribution, which no single number stands for. */
import { isMissing, type Trial } from "../trial.ts";

export interface ToolUse {
  readonly tool: string;
  /** Null = the agent's own. */
  readonly server: string | null;
  readonly calls: number;
  readonly errors: number;
}

/** The most used first. */
export function toolUse({ trajectory }: Trial): readonly ToolUse[] {
  if (isMissing(trajectory)) return [];
  const uses = new Map<string, { tool: string; server: string | null; calls: number; errors: number }>();
  const { calls, subagentCalls } = trajectory;
  for (const { tool, server, failed } of (subagentCalls ?? []).length === 0
    ? calls
    : [...calls, ...(subagentCalls ?? [])]) {
    const use = uses.get(tool) ?? { tool, server, calls: 0, errors: 0 };
    uses.set(tool, use);
    use.calls += 1;
    if (failed === true) use.errors += 1;
  }
  return [...uses.values()].sort((a, b) => b.calls - a.calls || (a.tool < b.tool ? -1 : 1));
}
