/** Paths inside every sandbox, as Harbor has them. */
export const INSIDE = {
  agentLogs: "/logs/agent",
  verifierLogs: "/logs/verifier",
  artifacts: "/logs/artifacts",
  /** REGATTA_ARTIFACTS_DIR: outside the workspace, mirrored by target. */
  sessions: "/logs/agent/sessions",
  /** Made when the tests have ended by themselves: then what they said is all that they say. */
  testsOver: "/logs/verifier/.tests-over",
  tests: "/tests",
  solution: "/solution",
  installed: "/installed-agent",
  /** Where the instruction lies as a file; REGATTA_INSTRUCTION. */
  instruction: "/installed-agent/instruction.md",
  /** Where the gateway's socket is mounted in a sandbox without network. */
  gateway: "/regatta-gateway",
} as const;
