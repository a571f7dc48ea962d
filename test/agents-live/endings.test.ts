/** How a real agent can end that nobody planned: killed in the middle, out of time, beside another of its kind, and at a second try. */
import { expect, test } from "vitest";
import { experiment, makeProject, type Project, task } from "../support/project.ts";
import { type Block, type ModelRequest, type ModelTurn, scriptedModel } from "../support/scripted-model.ts";
import { PLACES } from "./environments.ts";

const bash = (command: string): Block => ({ type: "tool_use", name: "Bash", input: { command, description: "Do it" } });
/** Solved when nothing of the agent's is left running. */
const TASK = {
  toml: "[agent]\ntimeout_sec = 60.0\n[verifier]\ntimeout_sec = 20.0\n",
  test: 'left=$(cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " " | grep -c "sleep 9007[7]")\nif [ "$left" = 0 ]; then echo 1; else echo 0; fi > /logs/verifier/reward.txt',
};

interface Entry {
  readonly agent_key: string;
  readonly attempt: number;
  readonly outcome: string;
  readonly reason: string | null;
  readonly accuracy: number | null;
  readonly results_json: string;
  readonly trajectory_json: string | null;
}

async function entries(made: Project): Promise<readonly Entry[]> {
  return ((await made.json("results/x/0/runs/index.json")) as { runs: readonly Entry[] }).runs;
}

function said({ outcome, reason, accuracy }: Entry): string {
  return [outcome, reason, accuracy].filter((part) => part !== null).join(" ");
}

test.each(PLACES)(
  "killed in the middle of a turn, out of time, and two at once, in $environment",
  async ({ environment, host, env }) => {
    const script = ({ turn, body }: ModelRequest): ModelTurn => {
      const text = JSON.stringify(body["messages"]);
      const usage = { input: 30, cacheRead: 70, output: 9 };
      if (turn > 0) return { blocks: [{ type: "text", text: "Done." }], usage };
      if (text.includes("[[killed]]"))
        return {
          blocks: [
            { type: "text", text: "I begin." },
            bash("(setsid sleep 90077 &) ; sleep 1; kill -9 $PPID; sleep 90077"),
          ],
          usage,
        };
      if (text.includes("[[late]]")) return { blocks: [bash("(setsid sleep 90077 &) ; sleep 90077")], usage };
      return { blocks: [bash("echo fine")], usage };
    };
    const model = await scriptedModel(script, host);
    const made = await makeProject({
      ...task("one", TASK),
      ...experiment(
        ["one"],
        `[defaults]\nagent = "claude-code"\nmodel = "anthropic/claude-haiku-4-5"\nno_mcp = true\n[profiles.killed]\nprompt = "killed.md"\n[profiles.late]\nprompt = "late.md"\n[profiles.both]\n`,
        "agent_timeout_sec = 8\nattempts = 2\nparallel = 2",
      ),
      "killed.md": "[[killed]]\n",
      "late.md": "[[late]]\n",
      "experiments/.env": `ANTHROPIC_API_KEY=sk-ant-test-0123456789\nANTHROPIC_BASE_URL=${model.url}\n`,
    });
    const toml = await made.read("experiments/x.toml");
    await made.write({ "experiments/x.toml": toml.replace('"local"', `"${environment}"`) });
    expect((await made.regatta(["run", "experiments/x.toml"], env)).code).toBe(0);
    const runs = await entries(made);
    expect(Object.fromEntries(runs.map((entry) => [`${entry.agent_key} ${entry.attempt}`, said(entry)]))).toEqual({
      "both 1": "scored 1",
      "both 2": "scored 1",
      "killed 1": "scored agent-exit(137) 1",
      "killed 2": "scored agent-exit(137) 1",
      "late 1": "scored agent-timeout 1",
      "late 2": "scored agent-timeout 1",
    });
    for (const entry of runs) {
      const { agent_result: usage } = (await made.json(`results/x/0/${entry.results_json}`)) as {
        agent_result: { n_input_tokens: number; n_output_tokens: number };
      };
      const turns = entry.agent_key === "both" ? 2 : 1;
      expect([entry.agent_key, usage.n_input_tokens, usage.n_output_tokens]).toEqual([
        entry.agent_key,
        100 * turns,
        9 * turns,
      ]);
      expect(entry.trajectory_json).not.toBeNull();
      const trajectory = (await made.json(`results/x/0/${entry.trajectory_json}`)) as {
        steps: { source: string; tool_calls?: object[] }[];
      };
      expect(trajectory.steps.some(({ source, tool_calls: calls }) => source === "agent" && calls?.length === 1)).toBe(
        true,
      );
    }
  },
);

test("an overloaded provider costs a try, not a trial", async () => {
  const [place] = PLACES;
  const model = await scriptedModel(({ turn, count }): ModelTurn => {
    if (count === 1) return { status: 529, error: { type: "overloaded_error", message: "Overloaded" } };
    return turn === 0 ? { blocks: [bash("echo 42 > /app/answer")] } : {};
  });
  const made = await makeProject({
    ...task("one", { toml: TASK.toml }),
    ...experiment(
      ["one"],
      // The gateway would wait it out.
      '[gateway]\nmode = "off"\n[profiles.a]\nagent = "claude-code"\nmodel = "anthropic/claude-haiku-4-5"\nno_mcp = true\nset_env = { CLAUDE_CODE_MAX_RETRIES = "0" }\n',
      "retries = 2",
    ),
    "experiments/.env": `ANTHROPIC_API_KEY=sk-ant-test-0123456789\nANTHROPIC_BASE_URL=${model.url}\n`,
  });
  const { code, stderr } = await made.regatta(["run", "experiments/x.toml"], place?.env);
  expect([code, stderr]).toEqual([
    0,
    expect.stringMatching(/again in .*try 1 failed: the model's provider: .*Overloaded/),
  ]);
  const [entry] = await entries(made);
  expect(entry === undefined ? null : said(entry)).toBe("scored 1");
});
