/** Does nothing, on purpose: the floor that every other profile is compared with. */
import type { Agent } from "../agent.ts";
import { agentInfo } from "../agent-info.ts";
import { NO_PROGRAM, NO_TREATMENT_SEEN } from "../without-program.ts";

export const nopAgent: Agent = {
  describe: () => ({
    name: "nop",
    takes: [],
    requires: [],
    takesMcp: false,
    ...NO_PROGRAM,
    summary: "does nothing; shows what the tests say of an untouched task",
  }),
  refuses: () => null,
  prepare: () => [],
  run: () => Promise.resolve({ ended: "exited", exitCode: null }),
  collect: ({ profile }) =>
    Promise.resolve({ info: agentInfo(profile, "1.0.0"), usage: null, remarks: [], ...NO_TREATMENT_SEEN }),
};
