/**
 * The agents of the real Harbor, as it names them (`AgentName`, 0.25), for `engine = "harbor"`: what they take is decided by what
 * Harbor's configuration of an agent can say. `import` stands for a class of one's own, named by `import_path`.
 */
import type { AgentDescription } from "./agent.ts";
import { NO_PROGRAM } from "./without-program.ts";

const PLAIN = ["oracle", "nop"];
const WITH_MODEL = [
  "acp",
  "aider",
  "antigravity-cli",
  "antigravity-sdk",
  "claude-code",
  "cline-cli",
  "code-puppy",
  "codex",
  "computer-1",
  "copilot-cli",
  "cortex-code",
  "cursor-cli",
  "deerflow",
  "devin",
  "dspy-rlm",
  "eve",
  "fx",
  "gemini-cli",
  "goose",
  "grok-build",
  "hermes",
  "junie",
  "kimi-cli",
  "kimi-code",
  "langgraph",
  "mcode",
  "mimo",
  "mini-swe-agent",
  "nemo-agent",
  "openclaw",
  "opencode",
  "openhands",
  "openhands-sdk",
  "pi",
  "qwen-coder",
  "rovodev-cli",
  "swe-agent",
  "terminus",
  "terminus-1",
  "terminus-2",
  "trae-agent",
  "vibe",
];

export const HARBOR_AGENTS: readonly AgentDescription[] = [
  ...PLAIN.map((name) => ({
    name,
    takes: [],
    requires: [],
    takesMcp: false,
    ...NO_PROGRAM,
    summary: `Harbor's ${name}`,
  })),
  ...WITH_MODEL.map((name): AgentDescription => ({
    name,
    takes: ["model", "reasoning", "kwargs"],
    requires: [],
    takesMcp: false,
    ...NO_PROGRAM,
    summary: `Harbor's ${name}`,
  })),
  {
    name: "import",
    takes: ["model", "reasoning", "kwargs", "import_path"],
    requires: ["import_path"],
    takesMcp: false,
    ...NO_PROGRAM,
    summary: "a Python class of one's own",
  },
];
