import { expect, test } from "vitest";
import { command, experiment, makeProject, NOP, ORACLE, task } from "../support/project.ts";

interface Index {
  readonly runs: readonly Readonly<Record<string, unknown>>[];
}

test("races profiles over tasks: scored trials, Harbor's folders, index, table, exit code 0", async () => {
  const project = await makeProject({
    ...task("first"),
    ...task("second", {
      test: "[ -f /app/answer ] && echo 0.5 > /logs/verifier/reward.txt || echo 0 > /logs/verifier/reward.txt",
    }),
    ...experiment(
      ["first", "second"],
      `${ORACLE}${NOP}${command("wrong", "cat > /logs/agent/got.txt; echo 41 > answer; mkdir -p $REGATTA_ARTIFACTS_DIR/notes; echo hi > $REGATTA_ARTIFACTS_DIR/notes/a.txt")}`,
      'attempts = 2\n[artifacts]\ntargets = ["notes"]',
    ),
  });
  const run = await project.regatta(["run", "experiments/x.toml"]);
  expect(run.stderr + run.stdout).not.toContain("Error");
  expect(run.code).toBe(0);
  for (const word of ["oracle", "nop", "wrong", "first", "second"]) expect(run.stdout).toContain(word);

  const { runs } = (await project.json("results/x/0/runs/index.json")) as Index;
  const got = runs
    .map(
      (each) =>
        `${String(each["task_id"])} ${String(each["agent_key"])} ${String(each["attempt"])} ${String(each["outcome"])} ${String(each["accuracy"])} ${String(each["success"])}`,
    )
    .sort();
  expect(got).toEqual([
    "first nop 1 scored 0 false",
    "first nop 2 scored 0 false",
    "first oracle 1 scored 1 true",
    "first oracle 2 scored 1 true",
    "first wrong 1 scored 0 false",
    "first wrong 2 scored 0 false",
    "second nop 1 scored 0 false",
    "second nop 2 scored 0 false",
    "second oracle 1 scored 0.5 false",
    "second oracle 2 scored 0.5 false",
    "second wrong 1 scored 0.5 false",
    "second wrong 2 scored 0.5 false",
  ]);

  const jobs = await project.list("results/x/0/runs");
  const profiles = jobs
    .filter((name) => name !== "index.json")
    .map((name) => name.replace(/^\d{4}-\d\d-\d\d__\d\d-\d\d-\d\d__/, ""));
  expect(profiles).toEqual(["nop", "oracle", "wrong"]);
  // One launch, one time: the jobs of a batch sort and read as what they are.
  expect(new Set(jobs.filter((name) => name !== "index.json").map((name) => name.slice(0, 20))).size).toBe(1);
  const wrong = runs.find((each) => each["agent_key"] === "wrong" && each["task_id"] === "first");
  const trialDir = String(wrong?.["results_json"]).replace("/result.json", "");
  expect(await project.read(`results/x/0/${trialDir}/agent/got.txt`)).toBe("Write 42 to /app/answer.\n");
  expect(await project.read(`results/x/0/${trialDir}/verifier/reward.txt`)).toBe("0\n");
  const trialName = trialDir.split("/").at(-1) ?? "";
  expect(await project.read(`results/x/0/artifacts/notes/${trialName}/a.txt`)).toBe("hi\n");
  expect(await project.list(`results/x/0/${trialDir}`)).toEqual([
    ".regatta",
    "agent",
    "artifacts",
    "config.json",
    "lock.json",
    "result.json",
    "trial.log",
    "verifier",
  ]);
});

test("the order is attempt by attempt, task by task, with the profiles of a task side by side", async () => {
  const project = await makeProject({
    ...task("a"),
    ...task("b"),
    ...experiment(["a", "b"], `${ORACLE}${NOP}`, "attempts = 2\nparallel = 1"),
  });
  expect((await project.regatta(["run", "experiments/x.toml"])).code).toBe(0);
  const journal = (await project.read("results/x/0/events.jsonl"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, never>);
  const started = journal
    .filter((event) => event["type"] === "trial-started")
    .map(
      ({ trial }: { trial?: { task: string; profile: string; attempt: number } }) =>
        `${trial?.attempt}${trial?.task} ${trial?.profile}`,
    );
  expect(started).toEqual(["1a oracle", "1a nop", "1b nop", "1b oracle", "2a nop", "2a oracle", "2b oracle", "2b nop"]);
  expect(journal.at(-1)?.["type"]).toBe("batch-ended");
});

test("a dry run prints each profile's Harbor job and the order, and leaves nothing behind", async () => {
  const project = await makeProject({ ...task("a"), ...experiment(["a"], `${ORACLE}${NOP}`) });
  const dry = await project.regatta(["run", "experiments/x.toml", "--dry-run"]);
  expect(dry.code).toBe(0);
  expect(dry.stdout).toContain('"n_concurrent_trials"');
  expect(dry.stdout).toContain("__oracle");
  expect(await project.list(".")).toEqual(["experiments", "tasks"]);
});
