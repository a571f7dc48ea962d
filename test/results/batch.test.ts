/** Finding batches, mirroring artifacts, logs of a running try, the list of live runs, the cost of many trials. */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { UserError } from "../../src/contract/failure.ts";
import { openAppendFile } from "../../src/host/append-file.ts";
import { writeFileAtomic } from "../../src/host/files.ts";
import { identityOf, isAlive, ownIdentity, ownLineage, parseProcStat } from "../../src/host/process-identity.ts";
import { makeRedactor } from "../../src/host/redact.ts";
import { forgetRun, listRuns, registerRun } from "../../src/host/run-registry.ts";
import { createBatch, resolveBatch } from "../../src/results/batch.ts";
import { readBatch } from "../../src/results/read-batch.ts";
import { createTrialFiles } from "../../src/results/trial-files.ts";
import { ended, start } from "./child.ts";
import { commit, json, memoryDir, openBatch, temporaryDir, tree, trialAt } from "./fixtures.ts";
import { plan, profile, record, task } from "./plans.ts";

afterEach(() => vi.unstubAllEnvs());

async function withBatches() {
  const cwd = temporaryDir();
  for (const name of ["demo/2", "demo/10", "other/1"]) await mkdir(join(cwd, "results", name), { recursive: true });
  const experimentOf = (file: string) =>
    Promise.resolve({ slug: file === join(cwd, "demo.toml") ? "demo" : "new", resultsRoot: join(cwd, "results") });
  return { cwd, experimentOf };
}

test.each(["demo.toml", "demo/10", "results/demo/10", "./results/demo/10/"])("%s names a batch", async (argument) => {
  const context = await withBatches();
  const dir = join(context.cwd, "results", "demo", "10");
  expect(await resolveBatch(argument, context)).toEqual({ dir, slug: "demo", batch: 10 });
});

test.each([
  ["demo/3", "demo has the batches demo/2, demo/10."],
  ["nothing/1", "there are: demo/10, other/1."],
  ["new.toml", "regatta run new.toml"],
])("%s is refused with what exists", async (argument, hint) => {
  const refusal = await resolveBatch(argument, await withBatches()).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(UserError);
  expect((refusal as UserError).lines.join("\n")).toContain(hint);
});

test("artifacts are mirrored by target, again and again, and links stay behind", async () => {
  const batch = await openBatch();
  const trial = trialAt(batch, 0);
  const folder = await batch.store.openTry(trial);
  const notes = join(folder.agentDir, "sessions", "notes");
  await mkdir(join(notes, "deep"), { recursive: true });
  await writeFile(join(notes, "deep", "state.json"), "1");
  await symlink("/etc/passwd", join(notes, "link"));
  await symlink("/etc", join(folder.agentDir, "sessions", "etc"));
  const dir = await batch.store.commitTrial(trial, folder, record(trial));
  await batch.store.mirrorArtifacts(dir, ["notes", "missing", "etc"]);
  await writeFile(join(batch.dir, dir, "agent", "sessions", "notes", "deep", "state.json"), "2");
  await batch.store.mirrorArtifacts(dir, ["notes", "missing", "etc"]);
  expect(await tree(join(batch.dir, "artifacts"))).toEqual(["notes/hello__text1/deep/state.json"]);
  expect(await json(batch.dir, "artifacts", "notes", "hello__text1", "deep", "state.json")).toBe(2);
  await expect(batch.store.mirrorArtifacts(dir, ["../.."])).rejects.toThrow("no name of an artifact target");
});

test("a log is redacted, bounded, and wins over what the sandbox had under its name", async () => {
  const batch = await openBatch();
  const folder = await batch.store.openTry(trialAt(batch, 0));
  const files = createTrialFiles(makeRedactor(["sk-secret"]), 40);
  const log = files.log(folder, "agent", "agent.log");
  expect(files.log(folder, "agent", "agent.log")).toBe(log);
  await log.write(Buffer.from("key sk-se"));
  await log.write(Buffer.from("cret\n"));
  const outside = join(batch.dir, "outside");
  await writeFile(outside, "untouched");
  await symlink(outside, join(folder.agentDir, "agent.log"));
  await log.write(Buffer.from("x".repeat(100)));
  const remarks = await files.settleLogs(folder, "agent");
  expect(await readFile(outside, "utf8")).toBe("untouched");
  const text = await readFile(join(folder.agentDir, "agent.log"), "utf8");
  expect(text.startsWith(`key [REDACTED]\n${"x".repeat(25)}\n`)).toBe(true);
  expect(text).not.toContain("x".repeat(26));
  expect(remarks.length).toBeGreaterThan(0);
});

test("a live run is listed, a dead one is marked, and both can be forgotten", async () => {
  const state = await mkdtemp(join(tmpdir(), "regatta-state-"));
  vi.stubEnv("XDG_STATE_HOME", state);
  const about = { project_root: "/p", batch_dir: "/p/results/x/0", experiment: "/p/x.toml", environment: "local" };
  const run = await registerRun(about);
  const file = join(state, "regatta", "runs", `${run.id}.json`);
  const entry = JSON.parse(await readFile(file, "utf8")) as { process: object };
  const dead = { ...entry, process: { ...entry.process, start_time: "1" } };
  await writeFile(join(state, "regatta", "runs", "dead.json"), JSON.stringify(dead));
  await writeFile(join(state, "regatta", "runs", "cut.json"), '{"proc');
  const listed = await listRuns();
  expect(new Map(listed.map(({ id, state: how, batch_dir }) => [id, [how, batch_dir]]))).toEqual(
    new Map([
      [run.id, ["live", "/p/results/x/0"]],
      ["dead", ["dead", "/p/results/x/0"]],
    ]),
  );
  await forgetRun("dead");
  await run.unregister();
  expect(await listRuns()).toEqual([]);
  await rm(state, { recursive: true });
});

test("a process is known by pid and start time", async () => {
  const own = await ownIdentity();
  expect(await isAlive(own)).toBe(true);
  expect(await isAlive({ ...own, start_time: "0" })).toBe(false);
  expect((await ownLineage()).slice(0, 2)).toEqual([process.pid, process.ppid]);
  const child = await start(temporaryDir(), "setInterval(() => {}, 1000)");
  const identity = await identityOf(child.pid ?? 0);
  if (identity === null) throw new Error("the child is not there");
  expect(await isAlive(identity)).toBe(true);
  child.kill("SIGKILL");
  await ended(child);
  expect(await isAlive(identity)).toBe(false);
});

test("a command name with brackets and spaces does not shift the fields, and a zombie is no process", () => {
  const rest = Array.from({ length: 40 }, (_, at) => at).join(" ");
  expect(parseProcStat(`12 (a) b) (c) S 7 ${rest}`)).toEqual({ parent: 7, startTime: "17" });
  expect(parseProcStat(`12 (x) Z 7 ${rest}`)).toBeNull();
});

test("a disk that fails is said once, and the file still closes", async () => {
  const said: string[] = [];
  const file = await openAppendFile("/dev/full", (error) => said.push(error.message));
  for (let at = 0; at < 3; at++) {
    file.line("text");
    await file.flush();
  }
  await file.close();
  expect(said.length).toBe(1);
});

test("a write that cannot be finished leaves the old file and nothing beside it", async () => {
  const dir = temporaryDir();
  await mkdir(join(dir, "taken", "inside"), { recursive: true });
  await expect(writeFileAtomic(join(dir, "taken"), "x")).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
  expect(await tree(dir)).toEqual(["taken/inside/"]);
});

test("the time a trial costs does not grow with their number", { timeout: 60_000 }, async () => {
  const tasks = Array.from({ length: 700 }, (_, at) => task(`t${at}`));
  const { dir } = await createBatch(join(memoryDir(), "results"), "demo");
  const batch = await openBatch({ dir, plan: plan({ tasks, profiles: [profile("text")] }) });
  const took = async (from: number, to: number): Promise<number> => {
    // Of the processor: other programs share the machine, and what they take is not what a trial costs.
    const began = process.cpuUsage();
    for (let at = from; at < to; at++) await commit(batch, at);
    const { user, system } = process.cpuUsage(began);
    return (user + system) / (to - from);
  };
  await took(0, 50);
  const early = await took(50, 200);
  await took(200, 550);
  const late = await took(550, 700);
  // Generous: work that grows with every trial would show as a factor above 4.
  expect(late / early).toBeLessThan(2.5);
  await batch.store.flush();
  const began = performance.now();
  expect((await readBatch(batch.dir)).trials.length).toBe(700);
  expect(performance.now() - began).toBeLessThan(10_000);
});
