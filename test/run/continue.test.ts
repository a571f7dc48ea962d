import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { openGate } from "../support/gate.ts";
import { command, experiment, makeProject, NOP, ORACLE, task } from "../support/project.ts";

/** Waits in the sandbox until something outside lets it go: never, in these tests, since the run is stopped first. */
const WAITS = command("waits", "echo 42 > answer; sleep 600");

test("an interrupted run is continued by the same command: finished trials stay, the rest runs", async () => {
  const project = await makeProject({
    ...task("a"),
    ...task("b"),
    ...experiment(["a", "b"], `${ORACLE}${WAITS}`, "parallel = 2"),
  });
  const first = project.start(["run", "experiments/x.toml"]);
  await first.shown(/oracle #1: scored/);
  first.child.kill("SIGINT");
  expect((await first.ended).code).toBe(130);
  const before = (await project.json("results/x/0/runs/index.json")) as {
    runs: { outcome: string; results_json: string | null }[];
  };
  const kept = before.runs.find((each) => each.outcome === "scored")?.results_json ?? "";
  const bytes = await readFile(project.path(`results/x/0/${kept}`));
  expect(before.runs.some((each) => each.outcome === "cancelled")).toBe(true);

  await project.write(experiment(["a", "b"], `${ORACLE}${WAITS}`, "parallel = 1"));
  const second = project.start(["run", "experiments/x.toml"]);
  await second.shown(/continu/i);
  second.child.kill("SIGINT");
  await second.ended;
  expect(await project.list("results/x")).toEqual(["0"]);
  expect(await readFile(project.path(`results/x/0/${kept}`))).toEqual(bytes);
  expect(await project.list("results/x/0/.regatta/launches")).toEqual(["0", "1"]);
});

test("a finished batch is not touched: the same command makes another, unless told to add to it", async () => {
  const project = await makeProject({ ...task("a"), ...task("b"), ...experiment(["a"], ORACLE) });
  expect((await project.regatta(["run", "experiments/x.toml"])).code).toBe(0);
  expect((await project.regatta(["run", "experiments/x.toml"])).code).toBe(0);
  expect(await project.list("results/x")).toEqual(["0", "1"]);

  await project.write(experiment(["a", "b"], `${ORACLE}${NOP}`, "attempts = 2"));
  const added = await project.regatta(["run", "experiments/x.toml", "--batch", "0"]);
  expect(added.code).toBe(0);
  const { runs } = (await project.json("results/x/0/runs/index.json")) as { runs: unknown[] };
  expect(runs).toHaveLength(8);
  const jobs = (await project.list("results/x/0/runs")).filter((name) => name.endsWith("__oracle"));
  expect(jobs).toHaveLength(1);
  expect(await project.read("results/x/0/experiment.toml")).toContain("[tasks.a]");
  expect(await project.read("results/x/0/experiment.toml")).not.toContain("[tasks.b]");

  const again = await project.regatta(["run", "experiments/x.toml", "--batch", "0"]);
  expect(again.code).toBe(0);
  expect(again.stdout + again.stderr).toMatch(/nothing to run/i);
});

test("a changed definition of a finished cell is refused with the difference shown", async () => {
  const project = await makeProject({ ...task("a"), ...experiment(["a"], ORACLE) });
  expect((await project.regatta(["run", "experiments/x.toml"])).code).toBe(0);
  await project.write({ "tasks/a/instruction.md": "Something else.\n" });
  const refused = await project.regatta(["run", "experiments/x.toml", "--batch", "0"]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("tasks.a.digest");
  expect(refused.stderr).toContain("--new");
});

test("a runner that was killed leaves a batch that reads well and goes on", async () => {
  const project = await makeProject({
    ...task("a"),
    ...task("b"),
    ...experiment(["a", "b"], `${ORACLE}${WAITS}`, "parallel = 2"),
  });
  const first = project.start(["run", "experiments/x.toml"]);
  await first.shown(/scored/);
  first.child.kill("SIGKILL");
  await first.ended;
  const status = await project.regatta(["status"]);
  expect(status.code).toBe(0);
  expect(status.stdout).toMatch(/x\/0/);
  const results = await project.regatta(["results", "x/0"]);
  expect(results.code).toBe(1);
  const second = project.start(["run", "experiments/x.toml"]);
  await second.shown(/continu/i);
  second.child.kill("SIGINT");
  expect((await second.ended).code).toBe(130);
});

test("two runs started at the same moment get two batches", async () => {
  const project = await makeProject({ ...task("a"), ...experiment(["a"], ORACLE) });
  const both = [
    project.start(["run", "experiments/x.toml", "--new"]),
    project.start(["run", "experiments/x.toml", "--new"]),
  ];
  expect((await Promise.all(both.map((run) => run.ended))).map((ended) => ended.code)).toEqual([0, 0]);
  expect(await project.list("results/x")).toEqual(["0", "1"]);
});

test("the index is rebuilt from the directories alone", async () => {
  const project = await makeProject({ ...task("a"), ...experiment(["a"], `${ORACLE}${NOP}`) });
  await project.regatta(["run", "experiments/x.toml"]);
  const before = await project.read("results/x/0/runs/index.json");
  await project.write({ "results/x/0/runs/index.json": "{ cut" });
  expect((await project.regatta(["index", "x/0"])).code).toBe(0);
  expect(await project.read("results/x/0/runs/index.json")).toBe(before);
});

test("the same command beside its own run makes another batch, and says that one goes on", async () => {
  const gate = await openGate();
  const project = await makeProject({
    ...task("a"),
    ...experiment(["a"], command("waits", `${gate.knock}; echo 42 > /app/answer`)),
  });
  const first = project.start(["run", "experiments/x.toml"]);
  await Promise.race([gate.knocked, first.ended]);
  const second = project.start(["run", "experiments/x.toml"]);
  await second.shown(`an identical run goes on there, by process ${first.child.pid}; this one makes another batch`);
  gate.open();
  expect([(await first.ended).code, (await second.ended).code]).toEqual([0, 0]);
  expect(await project.list("results/x")).toEqual(["0", "1"]);
});
