/** Runs the task's own solution: the ceiling, and the proof that a task can be solved where it runs. */
import { INSIDE } from "../../contract/inside.ts";
import { type Agent, reportOf } from "../agent.ts";
import { agentInfo } from "../agent-info.ts";
import { NO_PROGRAM, NO_TREATMENT_SEEN } from "../without-program.ts";

const SCRIPT = `${INSIDE.solution}/solve.sh`;

export const oracleAgent: Agent = {
  describe: () => ({
    name: "oracle",
    takes: [],
    requires: [],
    takesMcp: false,
    ...NO_PROGRAM,
    summary: "runs the task's solution/solve.sh",
  }),
  refuses: (_profile, task) =>
    task.solution.dir === null ? `task "${task.id}" has no solution/solve.sh for the oracle to run` : null,
  prepare: (_profile, task) =>
    task.solution.dir === null ? [] : [{ kind: "upload", from: task.solution.dir, to: INSIDE.solution }],
  async run(context) {
    const result = await context.workspace.exec({
      // A script without execute permission is normal in a checkout; one without a shebang is run by the shell.
      argv: ["/bin/sh", "-c", `chmod +x ${SCRIPT} 2>/dev/null; exec ${SCRIPT}`],
      env: { ...context.env, ...context.solutionEnv },
      ...(context.user === null ? {} : { user: context.user }),
      timeoutSec: context.timeoutSec,
      spareServices: true,
      signal: context.signal,
      onOutput: (_stream, chunk) => context.log("oracle.txt", chunk),
    });
    return reportOf(result);
  },
  collect: ({ profile }) =>
    Promise.resolve({ info: agentInfo(profile, "1.0.0"), usage: null, remarks: [], ...NO_TREATMENT_SEEN }),
};
