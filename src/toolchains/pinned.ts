/**
 * What is taken when nobody asks for a version: results of one release of Regatta are comparable, whatever day they are from.
 * To raise one, run the agents' and toolchains' suites with it.
 */
export const PINNED = {
  "claude-code": "2.1.197",
  codex: "0.169.0",
  node: "22.23.3",
  npm: "11.19.1",
  uv: "0.13.8",
} as const;

/** The Pythons that the pinned uv knows, the preferred first. */
export const PYTHONS = ["3.13.18", "3.12.16", "3.14.10", "3.11.18", "3.10.22", "3.15.2"] as const;
