/**
 * What is taken when nobody asks for a version: results of one release of Regatta are comparable, whatever day they are from.
 * To raise one, run the agents' and toolchains' suites with it.
 */
export const PINNED = {
  "claude-code": "2.1.197",
  codex: "0.169.0",
  node: "22.23.3",
  npm: "11.19.1",
} as const;
