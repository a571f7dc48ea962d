/** What is said and done when a run is over: what to type next, and who else is told. */
import { expect, test } from "vitest";
import { openGate } from "../support/gate.ts";
import { command, experiment, makeProject, ORACLE, type Project, task } from "../support/project.ts";

const RUN = ["run", "experiments/x.toml"];

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

async function notices(project: Project): Promise<unknown[]> {
  const lines = (await project.read("told.json")).trim().split("\n");
  return lines.map((line) => JSON.parse(line) as unknown);
}

test("run_timeout_sec: each of its stages is said once, and then what goes on with the rest", async () => {
  const slow = command("slow", "echo 42 > /app/answer; sleep 600");
  const project = await makeProject({
    ...task("a"),
    ...task("b"),
    ...experiment(["a", "b"], slow, "parallel = 1\nrun_timeout_sec = 6"),
  });
  const { code, stdout, stderr } = await project.regatta(RUN);
  expect([code, stdout]).toEqual([1, expect.stringContaining("1 of 2 trials scored, 1 not started")]);
  expect(count(stderr, "run_timeout_sec is nearly over: agents stop, what they did is verified")).toBe(1);
  expect(stderr).toMatch(/^to go on: regatta run experiments\/x\.toml$/m);
});

test("run_timeout_sec with tests that do not end: what is cancelled at the limit is not said to be verified", async () => {
  const project = await makeProject({
    ...task("a", { test: "sleep 600" }),
    ...experiment(["a"], ORACLE, "run_timeout_sec = 3"),
  });
  const { code, stdout, stderr } = await project.regatta(RUN);
  expect([code, stdout]).toEqual([1, expect.stringContaining("1 cancelled")]);
  expect(count(stderr, "run_timeout_sec is nearly over")).toBe(1);
  expect(count(stderr, "run_timeout_sec is over: what still runs is cancelled")).toBe(1);
  expect(count(stderr, "to go on: regatta run experiments/x.toml")).toBe(1);
});

test("Ctrl-C after the time was nearly over ends with 130 all the same", async () => {
  const gate = await openGate();
  const project = await makeProject({
    ...task("a", { test: `${gate.knock}; echo 1 > /logs/verifier/reward.txt` }),
    ...experiment(["a"], command("slow", "sleep 600"), "run_timeout_sec = 6"),
  });
  const run = project.start(RUN);
  await Promise.race([gate.knocked, run.ended]);
  run.child.kill("SIGINT");
  expect((await run.ended).code).toBe(130);
});

test("results are shown before the command of notify is waited for, and Ctrl-C ends it with what it started", async () => {
  const gate = await openGate();
  const project = await makeProject({
    ...task("a"),
    ...experiment(["a"], ORACLE, `notify = "echo begun >&2; ${gate.knock.replaceAll('"', '\\"')}; echo over > told"`),
  });
  const run = project.start(RUN);
  await run.shown("waiting for the command of notify, 30 s at most (Ctrl-C ends it)");
  await run.shown("1 of 1 trial scored");
  run.child.kill("SIGINT");
  const { code, stderr } = await run.ended;
  expect(code).toBe(0);
  expect(stderr).toContain("the command of notify did not work: it was ended before it was over");
  gate.open();
  expect(await project.list(".")).not.toContain("told");
});

test("what the command of notify says is shown without secrets", async () => {
  const project = await makeProject({
    ...task("a"),
    ...experiment(
      ["a"],
      command("uses", "echo 42 > /app/answer", 'env = ["HOOK_TOKEN"]'),
      "notify = 'echo \"no such hook: $HOOK_TOKEN\" >&2; exit 3'",
    ),
  });
  const { code, stderr } = await project.regatta(RUN, { HOOK_TOKEN: "hook-0123456789abcdef" });
  expect(code).toBe(0);
  expect(stderr).toContain("the command of notify did not work: exit code 3: no such hook: [REDACTED]");
});

test("a run that fails tells so, with its exit code and why", async () => {
  const project = await makeProject({
    ...task("a"),
    ...experiment(["a"], ORACLE, "notify = 'cat >> told.json'"),
    state: "a file where a folder belongs",
  });
  const { code } = await project.regatta(RUN, { XDG_STATE_HOME: project.path("state") });
  expect(code).toBe(1);
  expect(await notices(project)).toEqual([
    expect.objectContaining({
      event: "finished",
      message: expect.stringMatching(/^x\/0: the run failed: ENOTDIR/) as string,
      exit_code: 1,
    }),
  ]);
});
