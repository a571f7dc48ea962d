/** What is said and done when a run is over: what to type next, and who else is told. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { expect, test } from "vitest";
import { openGate } from "../support/gate.ts";
import { command, experiment, makeProject, ORACLE, type Project, PROGRAM, task } from "../support/project.ts";

import { written } from "../support/written.ts";

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

test("a runner that is killed takes the command of notify with it", async () => {
  const gate = await openGate();
  const project = await makeProject({
    ...task("a"),
    ...experiment(["a"], ORACLE, `notify = "${gate.knock.replaceAll('"', '\\"')}; echo over > told"`),
  });
  const run = project.start(RUN);
  await run.shown("waiting for the command of notify");
  run.child.kill("SIGKILL");
  await run.ended;
  // A connection that breaks off: nobody waits at the gate any more.
  await gate.left;
  gate.open();
  expect(await project.list(".")).not.toContain("told");
});

test("a terminal that is closed ends the run in good order", async () => {
  const gate = await openGate();
  const project = await makeProject({
    ...task("a"),
    ...task("b"),
    ...experiment(["a", "b"], command("waits", gate.knock), "parallel = 1\nnotify = 'cat >> told.json'"),
  });
  // `script` is the terminal: with it goes the terminal of what runs in it.
  const words = [process.execPath, PROGRAM, ...RUN].map((word) => `'${word}'`).join(" ");
  const terminal = spawn("/usr/bin/script", ["-qec", words, "/dev/null"], {
    cwd: project.dir,
    env: { ...process.env, XDG_STATE_HOME: project.path(".state") },
    stdio: "ignore",
  });
  await gate.knocked;
  terminal.kill("SIGKILL");
  await once(terminal, "exit");
  await written(project.path("results/x/0"), "events.jsonl", '"batch-ended"');
  const events = await project.read("results/x/0/events.jsonl");
  expect(events).toContain('"type":"stopping","reason":"terminated"');
  const outcomes = events
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string; outcome?: { kind: string } })
    .filter(({ type }) => type === "trial-ended")
    .map(({ outcome }) => outcome?.kind);
  expect(outcomes).toEqual(["cancelled"]);
});

test("results that vanish while a run goes on are no fault of the program's", async () => {
  const gate = await openGate();
  const project = await makeProject({ ...task("a"), ...experiment(["a"], command("waits", gate.knock)) });
  const run = project.start(RUN);
  await Promise.race([gate.knocked, run.ended]);
  await rm(project.path("results"), { recursive: true });
  gate.open();
  const { code, stderr } = await run.ended;
  expect([code, stderr]).toEqual([1, expect.stringMatching(/could not be written: ENOENT.*\n.*give the same command/)]);
  expect(stderr).not.toContain("internal error");
});

test("a sandbox whose owner is alive is nobody else's, whatever became of the lease", async () => {
  const gate = await openGate();
  const project = await makeProject({
    ...task("a"),
    ...experiment(["a"], command("waits", `${gate.knock}; echo 42 > /app/answer`)),
  });
  const run = project.start(RUN);
  await Promise.race([gate.knocked, run.ended]);
  await rm(project.path("results/x/0/.regatta/leases"), { recursive: true });
  const second = await project.regatta([...RUN, "--batch", "0"]);
  expect([second.code, second.stderr]).toEqual([
    2,
    expect.stringMatching(new RegExp(`Process ${run.child.pid} on .* has a sandbox of this batch.* and is alive`)),
  ]);
  gate.open();
  const { stdout } = await run.ended;
  expect(stdout).toContain("1 of 1 trial scored");
});

test("retry says what it does not go through: trials that never ran", async () => {
  const project = await makeProject({
    ...task("a"),
    ...task("b"),
    ...experiment(["a", "b"], command("slow", "sleep 600"), "parallel = 1\nrun_timeout_sec = 3"),
  });
  await project.regatta(RUN);
  const { stderr } = await project.regatta(["retry", "x/0"]);
  expect(stderr).toContain("nothing to retry: no trial of x/0 that this asks for was not scored (infrastructure)");
  expect(stderr).toMatch(/to go on with (it|them): regatta run experiments\/x\.toml --batch 0/);
});
