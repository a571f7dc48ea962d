/** Which tools, whose, and how often they failed, in the main conversation and in embedded subagents. Native or MCP is told by the calls themselves. */
import { ratio } from "../known.ts";
import { type Metric, overCalls, TRAJECTORY } from "./metric.ts";

const calls = `${TRAJECTORY}, tool_calls`;
const results = `${TRAJECTORY}, observation`;

export const TOOLS: readonly Metric[] = [
  {
    name: "tool_errors",
    unit: "count",
    definition:
      "Calls whose result says that they failed: a flag or an exit code in its extra members, else a text that begins like an error, else JSON with an exit code other than 0 or an error.",
    source: results,
    compute: overCalls((made) => made.filter(({ failed }) => failed === true).length),
  },
  {
    name: "tool_error_rate",
    unit: "ratio",
    definition: "tool_errors / calls that have a result.",
    source: results,
    compute: overCalls((made) => {
      const answered = made.filter(({ failed }) => failed !== null);
      return ratio(answered.filter(({ failed }) => failed).length, answered.length, "no call has a result");
    }),
  },
  {
    name: "native_calls",
    unit: "count",
    definition: "Calls of the agent's own tools: those not named `mcp__<server>__<tool>`.",
    source: calls,
    compute: overCalls((made) => made.filter(({ server }) => server === null).length),
  },
  {
    name: "mcp_calls",
    unit: "count",
    definition: "Calls of MCP servers' tools: those named `mcp__<server>__<tool>`.",
    source: calls,
    compute: overCalls((made) => made.filter(({ server }) => server !== null).length),
  },
  {
    name: "mcp_share",
    unit: "ratio",
    definition: "mcp_calls / tool_calls.",
    source: calls,
    compute: overCalls((made) =>
      ratio(made.filter(({ server }) => server !== null).length, made.length, "no tool was called"),
    ),
  },
  {
    name: "mcp_servers",
    unit: "count",
    definition: "Different MCP servers called.",
    source: calls,
    compute: overCalls((made) => {
      const servers = new Set<string>();
      for (const { server } of made) if (server !== null) servers.add(server);
      return servers.size;
    }),
  },
];
