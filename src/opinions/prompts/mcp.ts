import { prompt } from "./prompt.ts";

export const MCP = prompt(
  "mcp",
  1,
  `
The material is the record of one agent's attempt at one task, in which it called tools of MCP servers (named mcp__<server>__<tool>). Judge how these were used, beside the agent's own tools.

- servers: one entry for each server named in the list at the beginning of the material, and for no other. used_for: one sentence. effect: helped, neutral, hurt or unclear, on getting the task done. quality: 1 (misused) to 5 (the right tool at the right moment, its answer used).
- missed_opportunities: at most four moments where a tool of these servers would have served better than what was done, with the step.
- summary: one to three sentences.
- confidence: how sure the material lets you be.
`,
);
