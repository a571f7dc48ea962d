/** Calls and failures by MCP server, from the names of the calls: `mcp__<server>__<tool>`. */
import { serverOfTool } from "../mcp-tool-names.ts";
import type { CallCounts } from "./session-reading.ts";
import type { StepDraft } from "./step-draft.ts";

export function tallyByServer(steps: Iterable<StepDraft>): Record<string, CallCounts> {
  const servers = new Map<string, { calls: number; errors: number }>();
  for (const step of steps) {
    if (step.copied) continue;
    for (const call of step.calls) {
      const server = serverOfTool(call.name);
      if (server === null) continue;
      const counts = servers.get(server) ?? { calls: 0, errors: 0 };
      servers.set(server, counts);
      counts.calls += 1;
      if (step.results.some((result) => result.callId === call.id && result.extra["is_error"] === true))
        counts.errors += 1;
    }
  }
  return Object.fromEntries(servers);
}
