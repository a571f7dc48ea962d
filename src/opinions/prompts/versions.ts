/** Every question there is. */
import { FAILURE } from "./failure.ts";
import { IMAGES } from "./images.ts";
import { MCP } from "./mcp.ts";
import { NARRATIVE } from "./narrative.ts";
import { PAPER } from "./paper.ts";
import type { Prompt } from "./prompt.ts";
import { STRATEGY } from "./strategy.ts";
import { SYNTHESIS } from "./synthesis.ts";

export const PROMPTS: readonly Prompt[] = [STRATEGY, FAILURE, MCP, IMAGES, NARRATIVE, SYNTHESIS, PAPER];

export const PROMPT_VERSIONS: Readonly<Record<string, number>> = Object.fromEntries(
  PROMPTS.map(({ name, version }) => [name, version]),
);
