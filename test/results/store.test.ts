import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { failure } from "../../src/contract/failure.ts";
import { jobStamp } from "../../src/results/harbor/times.ts";
import { readBatch } from "../../src/results/read-batch.ts";
import { writeIndex } from "../../src/results/write-index.ts";
import { commit, json, openBatch, tree, trialAt } from "./fixtures.ts";
import { BROKEN, CANCELLED, NOW, plan, record } from "./plans.ts";

const STAMP = jobStamp(NOW);

test("a batch has the layout of the design, and nothing of ours lies directly in a job", async () => {
  const batch = await openBatch();
  await commit(batch, 0);
  await commit(batch, 1, { outcome: BROKEN, agentExitCode: null });
  const kept = await batch.store.openTry(trialAt(batch, 2));
  await batch.store.keepTry(trialAt(batch, 2), kept, record(trialAt(batch, 2), { outcome: BROKEN }));
  await batch.store.close();
  expect(await tree(batch.dir)).toEqual([
    ".regatta/jobs/graph/job.json",
    ".regatta/jobs/text/job.json",
    ".regatta/launches/0/experiment.toml",
    ".regatta/launches/0/plan.lock.json",
    ".regatta/leases/1.json",
    ".regatta/tries/graph/",
    ".regatta/tries/text/sort__text1/1/.regatta/trial.json",
    ".regatta/tries/text/sort__text1/1/agent/",
    ".regatta/tries/text/sort__text1/1/artifacts/",
    ".regatta/tries/text/sort__text1/1/exception.txt",
    ".regatta/tries/text/sort__text1/1/trial.log",
    ".regatta/tries/text/sort__text1/1/verifier/",
    "analytics/",
    "artifacts/",
    "events.jsonl",
    "experiment.toml",
    `runs/${STAMP}__graph/config.json`,
    `runs/${STAMP}__graph/hello__graph1/.regatta/trial.json`,
    `runs/${STAMP}__graph/hello__graph1/agent/`,
    `runs/${STAMP}__graph/hello__graph1/artifacts/`,
    `runs/${STAMP}__graph/hello__graph1/config.json`,
    `runs/${STAMP}__graph/hello__graph1/exception.txt`,
    `runs/${STAMP}__graph/hello__graph1/lock.json`,
    `runs/${STAMP}__graph/hello__graph1/result.json`,
    `runs/${STAMP}__graph/hello__graph1/trial.log`,
    `runs/${STAMP}__graph/hello__graph1/verifier/`,
    `runs/${STAMP}__graph/job.log`,
    `runs/${STAMP}__graph/lock.json`,
    `runs/${STAMP}__graph/result.json`,
    `runs/${STAMP}__text/config.json`,
    `runs/${STAMP}__text/hello__text1/.regatta/trial.json`,
    `runs/${STAMP}__text/hello__text1/agent/`,
    `runs/${STAMP}__text/hello__text1/artifacts/`,
    `runs/${STAMP}__text/hello__text1/config.json`,
    `runs/${STAMP}__text/hello__text1/lock.json`,
    `runs/${STAMP}__text/hello__text1/result.json`,
    `runs/${STAMP}__text/hello__text1/trial.log`,
    `runs/${STAMP}__text/hello__text1/verifier/`,
    `runs/${STAMP}__text/job.log`,
    `runs/${STAMP}__text/lock.json`,
    `runs/${STAMP}__text/result.json`,
    "runs/index.json",
  ]);
});

test("the index a run leaves is byte for byte the one rebuilt from the directories", async () => {
  const batch = await openBatch({ plan: plan({ attempts: 2, refused: ["sort"] }) });
  await commit(batch, 4);
  await commit(batch, 0, { outcome: { kind: "scored", rewards: { reward: 0.5 }, endedBy: { kind: "agent-timeout" } } });
  await commit(batch, 1, { outcome: CANCELLED });
  await batch.store.openTry(trialAt(batch, 5));
  const index = join(batch.dir, "runs", "index.json");

  await batch.store.flush();
  const live = await readFile(index, "utf8");
  await writeIndex(batch.dir);
  expect(await readFile(index, "utf8")).toBe(live);

  await batch.store.close();
  const written = await readFile(index, "utf8");
  await rm(index);
  await writeIndex(batch.dir);
  expect(await readFile(index, "utf8")).toBe(written);
  const entries = (JSON.parse(written) as { runs: { outcome: string; reason: string | null }[] }).runs;
  expect(entries.map(({ outcome, reason }) => [outcome, reason])).toEqual([
    ["scored", "agent-timeout"],
    ["cancelled", "interrupted"],
    ["not-started", "refused-at-plan-time"],
    ["not-started", "refused-at-plan-time"],
    ["scored", null],
    ["cancelled", "run-died"],
    ["not-started", "refused-at-plan-time"],
    ["not-started", "refused-at-plan-time"],
  ]);
});

test("an index entry has every field, with paths relative to the batch", async () => {
  const batch = await openBatch();
  const trial = trialAt(batch, 0);
  const folder = await batch.store.openTry(trial);
  await writeFile(join(folder.agentDir, "trajectory.json"), "{}");
  await batch.store.commitTrial(trial, folder, record(trial));
  await batch.store.flush();
  const { runs } = (await json(batch.dir, "runs", "index.json")) as { runs: unknown[] };
  expect(runs[0]).toEqual({
    task_id: "hello",
    agent_key: "text",
    attempt: 1,
    outcome: "scored",
    reason: null,
    trial_name: "hello__text1",
    exit_code: 0,
    success: true,
    accuracy: 1,
    resolved: true,
    elapsed_sec: 28.093,
    command: [
      "regatta",
      "run",
      "experiments/demo.toml",
      "--tasks",
      "hello",
      "--profiles",
      "text",
      "--attempts",
      "1",
      "--new",
    ],
    job_dir: `runs/${STAMP}__text`,
    results_json: `runs/${STAMP}__text/hello__text1/result.json`,
    trajectory_json: `runs/${STAMP}__text/hello__text1/agent/trajectory.json`,
  });
});

test("a second launch keeps job directories, ids, launches and finished trials", async () => {
  const first = await openBatch();
  await commit(first, 0);
  await first.store.close();
  const before = (await json(first.dir, "runs", `${STAMP}__text`, "result.json")) as { id: string };

  const wider = plan({ attempts: 2 });
  const second = await openBatch({ dir: first.dir, plan: wider, now: () => new Date("2026-09-01T00:00:00Z") });
  expect(second.store.launch).toBe(1);
  expect((await second.store.readTrials()).map((trial) => trial.trialName)).toEqual(["hello__text1"]);
  await commit(second, 4);
  await second.store.close();

  const batch = await readBatch(first.dir);
  expect(batch.jobs.map((job) => job.name)).toEqual([`${STAMP}__graph`, `${STAMP}__text`]);
  expect(batch.launches.map((launch) => launch.lock.trials.length)).toEqual([4, 8]);
  expect(batch.planned.length).toBe(8);
  expect(batch.trials.map((trial) => [trial.trialName, trial.launch])).toEqual([
    ["hello__text1", 0],
    ["hello__text2", 1],
  ]);
  const after = (await json(first.dir, "runs", `${STAMP}__text`, "result.json")) as {
    id: string;
    n_total_trials: number;
  };
  expect([after.id, after.n_total_trials]).toEqual([before.id, 4]);
  expect(await json(first.dir, "runs", `${STAMP}__text`, "config.json")).toMatchObject({ n_attempts: 2 });
});

test("a trial that is run again sets the older one aside and gets the next try number", async () => {
  const first = await openBatch();
  const dir = await commit(first, 0, { outcome: CANCELLED });
  await first.store.close();
  const second = await openBatch({ dir: first.dir });
  const trial = trialAt(second, 0);
  const folder = await second.store.openTry(trial);
  expect(folder.try).toBe(2);
  expect(await second.store.commitTrial(trial, folder, record(trial, { try: 2 }))).toBe(dir);
  const [stored] = await second.store.readTrials();
  expect(stored?.record.outcome.kind).toBe("scored");
  const aside = await json(
    first.dir,
    ".regatta",
    "set-aside",
    `${STAMP}__text`,
    "hello__text1__1",
    ".regatta",
    "trial.json",
  );
  expect(aside).toMatchObject({ record: { outcome: { kind: "cancelled" } } });
});

test("tries left by a killed run stay and are counted", async () => {
  const batch = await openBatch();
  const trial = trialAt(batch, 0);
  await mkdir(join(batch.dir, ".regatta", "tries", "text", trial.trialName, "3"), { recursive: true });
  expect((await batch.store.openTry(trial)).try).toBe(4);
});

test("a try that was complete when its run died is moved into its job by the next launch", async () => {
  const first = await openBatch();
  const dir = await commit(first, 0);
  await first.store.close();
  // As if the run had been killed just before the rename.
  const tryDir = join(first.dir, ".regatta", "tries", "text", "hello__text1", "1");
  await mkdir(join(tryDir, ".."), { recursive: true });
  await rename(join(first.dir, dir), tryDir);

  const cut = await readBatch(first.dir);
  expect(cut.trials.map((trial) => trial.dir)).toEqual([".regatta/tries/text/hello__text1/1"]);
  expect(cut.open).toEqual([]);
  const second = await openBatch({ dir: first.dir });
  expect((await second.store.readTrials()).map((trial) => trial.dir)).toEqual([dir]);
  expect(await tree(join(first.dir, ".regatta"))).not.toContain("tries/text/hello__text1/1/result.json");
});

test("messages lose their secrets on the way to every file", async () => {
  const secret = "sk-live-0123456789";
  const batch = await openBatch({ redact: (text) => text.replaceAll(secret, "[REDACTED]") });
  const trial = trialAt(batch, 0);
  const folder = await batch.store.openTry(trial);
  folder.log("error", `the key ${secret} was refused`);
  const outcome = {
    kind: "not-scored" as const,
    reason: "infrastructure" as const,
    failure: failure({
      code: "environment-lost",
      blame: "infrastructure",
      phase: "agent-run",
      message: `cannot use ${secret}`,
      also: [`teardown: ${secret}`],
    }),
  };
  batch.store.appendEvent({ type: "note", message: secret, at: NOW.toISOString(), seq: 1, launch: 0 });
  await batch.store.commitTrial(trial, folder, record(trial, { outcome, remarks: [secret] }));
  await batch.store.close();
  const files = (await tree(batch.dir)).filter((path) => !path.endsWith("/"));
  const leaking: string[] = [];
  for (const file of files) if ((await readFile(join(batch.dir, file), "utf8")).includes(secret)) leaking.push(file);
  expect(leaking).toEqual([]);
  expect(await readFile(join(batch.dir, "runs", `${STAMP}__text`, "hello__text1", "trial.log"), "utf8")).toBe(
    "2026-08-20T12:03:11.017Z ERROR the key [REDACTED] was refused\n",
  );
});
