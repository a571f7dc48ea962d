/** Batches that were cut off, damaged, or wanted by two at once. */
import { mkdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { UserError } from "../../src/contract/failure.ts";
import { createBatch, listBatches } from "../../src/results/batch.ts";
import { readOwner } from "../../src/results/lease.ts";
import { readBatch } from "../../src/results/read-batch.ts";
import { writeIndex } from "../../src/results/write-index.ts";
import { ended, outputOf, says, start, transpileInto } from "./child.ts";
import { commit, json, openBatch, temporaryDir, tree } from "./fixtures.ts";

test("processes that create batches at the same time all get different ones", async () => {
  const dir = temporaryDir();
  await transpileInto(join(dir, "js"));
  const results = join(dir, "results");
  const snippet = `
    import { createBatch } from "./results/batch.js";
    const got = await Promise.all(Array.from({ length: 10 }, () => createBatch(${JSON.stringify(results)}, "demo")));
    console.log(got.map(({ batch }) => batch).join("\\n"));`;
  const children = await Promise.all([1, 2, 3, 4].map(() => start(join(dir, "js"), snippet)));
  const numbers = (await Promise.all(children.map(outputOf))).flatMap((text) => text.trim().split("\n").map(Number));
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, at) => at));
  expect(await listBatches(results, "demo")).toEqual(Array.from({ length: 40 }, (_, at) => at));
});

test("batch numbers go on after the highest, whatever else lies there", async () => {
  const results = join(temporaryDir(), "results");
  await mkdir(join(results, "demo", "7"), { recursive: true });
  await mkdir(join(results, "demo", "notes"));
  await writeFile(join(results, "demo", "8"), "not a folder");
  expect((await createBatch(results, "demo")).batch).toBe(9);
  expect(await listBatches(results, "demo")).toEqual([7, 9]);
});

/** Commits trials without end until it is killed. */
function writer(batchDir: string): string {
  return `
    import { openBatchStore } from "./results/batch-store.js";
    import { lockOf, plan, profile, record, task } from "./plans.js";
    const used = plan({ tasks: Array.from({ length: 200 }, (_, at) => task("t" + at)), profiles: [profile("text")] });
    const dir = ${JSON.stringify(batchDir)};
    const store = await openBatchStore({ dir, slug: "demo", batch: 1, lock: lockOf(used), experimentSource: "x", plan: used });
    let seq = 0;
    for (const trial of used.trials) {
      const folder = await store.openTry(trial);
      store.appendEvent({ type: "note", message: trial.trialName, at: new Date().toISOString(), seq: ++seq, launch: 0 });
      await store.commitTrial(trial, folder, record(trial, { try: folder.try }));
      console.log("committed " + trial.trialName);
    }`;
}

test("a run killed by SIGKILL loses no committed trial, and another goes on with its batch", async () => {
  const dir = temporaryDir();
  await transpileInto(join(dir, "js"));
  const batch = await createBatch(join(dir, "results"), "demo");
  const child = await start(join(dir, "js"), writer(batch.dir));
  let said = "";
  child.stdout?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await says(child, "t20__");
  await expect(openBatch({ dir: batch.dir })).rejects.toThrow(`is being run by process ${child.pid} on ${hostname()}`);
  expect((await readBatch(batch.dir)).owner.state).toBe("live");
  child.kill("SIGKILL");
  await ended(child);

  const committed = [...said.matchAll(/^committed (\S+)$/gm)].map(([, name]) => name);
  const found = await readBatch(batch.dir);
  expect(found.owner.state).toBe("dead");
  expect(found.problems).toEqual([]);
  const names = new Set(found.trials.map((trial) => trial.trialName));
  expect(committed.filter((name) => !names.has(name ?? ""))).toEqual([]);
  // At most the trial that was on its way is more, or still open.
  expect(names.size + found.open.length).toBeLessThanOrEqual(committed.length + 2);
  expect((await writeIndex(batch.dir)).index.runs.length).toBe(200);

  const next = await openBatch({ dir: batch.dir });
  expect(next.store.launch).toBe(1);
  const kept = (await next.store.readTrials()).map((trial) => trial.trialName).sort();
  expect(kept).toEqual([...names].sort());
});

test("of several processes that find a dead owner exactly one takes over", async () => {
  const dir = temporaryDir();
  await transpileInto(join(dir, "js"));
  const batch = await createBatch(join(dir, "results"), "demo");
  const take = (then: string) => `
    import { takeLease } from "./results/lease.js";
    const about = { slug: "demo", batch: 1, regatta_version: "0", started_at: "now" };
    try {
      await takeLease(${JSON.stringify(batch.dir)}, about, () => new Date());
      console.log("mine");
      ${then}
    } catch (error) { console.log("refused: " + error.message); }`;
  const first = await start(join(dir, "js"), take(""));
  expect(await outputOf(first)).toBe("mine\n");
  expect((await readOwner(batch.dir)).state).toBe("dead");
  const stay = "setInterval(() => {}, 1000);";
  const rivals = await Promise.all([1, 2, 3, 4, 5].map(() => start(join(dir, "js"), take(stay))));
  const answers = await Promise.all(
    rivals.map(
      (rival) =>
        new Promise<string>((resolve) => {
          rival.stdout?.once("data", (chunk: Buffer) => resolve(chunk.toString()));
        }),
    ),
  );
  expect(answers.filter((answer) => answer === "mine\n").length).toBe(1);
  expect(answers.filter((answer) => answer.startsWith("refused: Batch demo/1 is being run by process")).length).toBe(4);
});

async function writeLease(batchDir: string, process: Record<string, unknown>): Promise<void> {
  await mkdir(join(batchDir, ".regatta", "leases"), { recursive: true });
  const lease = {
    process: { host: "elsewhere", boot_id: "other", pid: 1, start_time: "1", ...process },
    started_at: "2026-08-20T12:00:00Z",
    released_at: null,
    regatta_version: "0.1.0",
    slug: "demo",
    batch: 1,
  };
  await writeFile(join(batchDir, ".regatta", "leases", "1.json"), JSON.stringify(lease));
}

test("an owner on another host is not taken over, and the message says how to", async () => {
  const { dir } = await createBatch(temporaryDir(), "demo");
  await writeLease(dir, {});
  const refusal = await openBatch({ dir }).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(UserError);
  expect((refusal as UserError).message).toContain("process 1 on elsewhere started it at 2026-08-20T12:00:00Z");
  expect((refusal as UserError).lines.join("\n")).toContain(join(dir, ".regatta", "leases", "1.json"));
});

test("an owner from before the last boot, or whose pid is another process now, is dead", async () => {
  const { dir } = await createBatch(temporaryDir(), "demo");
  await writeLease(dir, { host: hostname() });
  expect((await readOwner(dir)).state).toBe("dead");
  const boot = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
  await writeLease(dir, { host: hostname(), boot_id: boot, pid: process.pid, start_time: "1" });
  expect((await readOwner(dir)).state).toBe("dead");
  const batch = await openBatch({ dir });
  expect((await readOwner(dir)).state).toBe("live");
  await batch.store.close();
  expect((await readOwner(dir)).state).toBe("none");
});

test("a lease that cannot be read is not overridden", async () => {
  const { dir } = await createBatch(temporaryDir(), "demo");
  await mkdir(join(dir, ".regatta", "leases"), { recursive: true });
  await writeFile(join(dir, ".regatta", "leases", "1.json"), '{"process":');
  await expect(openBatch({ dir })).rejects.toThrow("cannot be read");
});

test("damaged files are problems, one line each, and everything else is still read", async () => {
  const batch = await openBatch();
  const [a, b, c] = [await commit(batch, 0), await commit(batch, 1), await commit(batch, 2)].map((dir) =>
    join(batch.dir, dir),
  );
  await batch.store.close();
  const jobs = (await readBatch(batch.dir)).jobs.map((job) => job.name);
  await truncate(join(a ?? "", ".regatta", "trial.json"), 40);
  await truncate(join(b ?? "", "result.json"), 40);
  await rm(join(c ?? "", "result.json"));
  await mkdir(join(batch.dir, "runs", jobs[0] ?? "", "somebody's folder"));
  await mkdir(join(batch.dir, "runs", "not a job"));
  await mkdir(join(batch.dir, ".regatta", "launches", "1"));
  await writeFile(join(batch.dir, ".regatta", "launches", "1", "plan.lock.json"), "");
  const found = await readBatch(batch.dir);
  expect(found.trials.map((trial) => `${trial.trialName} ${trial.record.outcome.kind} ${trial.launch}`).sort()).toEqual(
    ["hello__graph1 scored 0", "hello__text1 scored 0"],
  );
  expect(found.problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([
    ".regatta/launches/1/plan.lock.json: the file is empty",
    "runs/not a job: not a job directory of this batch: left alone",
    expect.stringMatching(/graph\/hello__graph1: result\.json: cut short; read from \.regatta\/trial\.json$/),
    expect.stringMatching(/graph\/somebody's folder: result\.json: it is missing, so this is no finished trial$/),
    expect.stringMatching(/text\/hello__text1: \.regatta\/trial\.json is damaged; read from result\.json alone$/),
    expect.stringMatching(/text\/sort__text1: result\.json: it is missing, so this is no finished trial$/),
  ]);
});

test("a batch reads from nothing at all", async () => {
  const dir = join(temporaryDir(), "demo", "3");
  await mkdir(dir, { recursive: true });
  expect(await readBatch(dir)).toEqual({
    dir,
    slug: "demo",
    batch: 3,
    launches: [],
    planned: [],
    trials: [],
    jobs: [],
    open: [],
    owner: { state: "none", recovered: false },
    problems: [],
  });
  expect((await writeIndex(dir)).index).toEqual({ schema_version: 1, runs: [] });
});

test("a trial copied into a second job of its profile counts once, and that is said", async () => {
  const batch = await openBatch();
  const dir = await commit(batch, 0);
  await batch.store.close();
  const twin = join(batch.dir, "runs", "2026-09-09__09-09-09__text");
  await mkdir(twin);
  await rename(join(batch.dir, dir), join(twin, "hello__text1"));
  const again = await openBatch({ dir: batch.dir, now: () => new Date("2026-10-01T00:00:00Z") });
  await again.store.close();
  expect((await readBatch(batch.dir)).trials.length).toBe(1);
  await mkdir(join(batch.dir, dir, ".regatta"), { recursive: true });
  for (const file of ["result.json", ".regatta/trial.json"]) {
    await writeFile(join(batch.dir, dir, file), await readFile(join(twin, "hello__text1", file)));
  }
  const found = await readBatch(batch.dir);
  expect(found.trials.length).toBe(1);
  expect(found.problems.map((problem) => problem.message)).toEqual([
    expect.stringContaining("which ended later: not counted"),
  ]);
});

test("the journal of a killed run is gone on with on a line of its own", async () => {
  const batch = await openBatch();
  await batch.store.close();
  await writeFile(join(batch.dir, "events.jsonl"), '{"type":"note","mess');
  const next = await openBatch({ dir: batch.dir });
  next.store.appendEvent({ type: "note", message: "on", at: "t", seq: 1, launch: 1 });
  await next.store.close();
  const lines = (await readFile(join(batch.dir, "events.jsonl"), "utf8")).split("\n");
  expect(lines).toEqual(['{"type":"note","mess', '{"type":"note","message":"on","at":"t","seq":1,"launch":1}', ""]);
});

test("no temporary file is left behind", async () => {
  const batch = await openBatch();
  await commit(batch, 0);
  await batch.store.close();
  await writeIndex(batch.dir);
  expect((await tree(batch.dir)).filter((path) => path.includes(".tmp"))).toEqual([]);
  expect(await json(batch.dir, ".regatta", "leases", "1.json")).toMatchObject({ slug: "demo", batch: 1 });
});
