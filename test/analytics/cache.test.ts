import { readFile, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { DEFAULT_RULE } from "../../src/contract/reward-rule.ts";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readRuns, type RunsRead } from "../../src/analytics/reading/read-runs.ts";
import { agentStep, makeRuns, result, trajectory } from "./jobs.ts";

async function runsWithCache() {
  const dir = await makeRuns({
    "j1/a/result.json": result({ task_name: "a" }),
    "j1/a/agent/trajectory.json": trajectory([agentStep([{ tool: "Bash" }])]),
    "j1/b/result.json": result({ task_name: "b", verifier_result: null }),
    "j2/a/result.json": result({ task_name: "a" }),
    "j2/cut/result.json": "{",
  });
  const cacheFile = join(dir, ".cache", "readings.jsonl");
  const read = (verifyCache = false): Promise<RunsRead> =>
    readRuns(dir, { cacheFile, verifyCache, rule: DEFAULT_RULE });
  return { dir, cacheFile, read };
}

function withoutCount(read: RunsRead): unknown {
  return { ...read, cached: 0 };
}

test("a second reading is the first one again, without reading", async () => {
  const { read } = await runsWithCache();
  const first = await read();
  const second = await read();
  expect([first.cached, second.cached]).toEqual([0, 3]);
  expect(withoutCount(second)).toEqual(withoutCount(first));
});

test("deleting, cutting or garbling what was kept changes only time", async () => {
  const { cacheFile, read } = await runsWithCache();
  const first = withoutCount(await read());
  const whole = await readFile(cacheFile, "utf8");
  for (const damaged of [
    "",
    "not json\n",
    whole.slice(0, whole.length / 2),
    whole.slice(1),
    `${whole}{"path":"j1/a"}`,
  ]) {
    await writeFile(cacheFile, damaged.endsWith('{"path":"j1/a"}') ? whole : damaged);
    expect(withoutCount(await read())).toEqual(first);
  }
  await truncate(cacheFile, whole.length - 30);
  expect(withoutCount(await read())).toEqual(first);
});

test("a changed, a new and a removed file are seen", async () => {
  const { dir, read } = await runsWithCache();
  await read();
  await writeFile(join(dir, "j2/a/result.json"), JSON.stringify(result({ task_name: "another" })));
  await writeFile(join(dir, "j1/a/agent/trajectory.cont-1.json"), JSON.stringify(trajectory([agentStep()])));
  const { trials, cached } = await read();
  expect(cached).toBe(1);
  expect(trials.map(({ facts }) => facts.task).sort()).toEqual(["a", "another", "b"]);
});

test("a change that kept size and times is found by content only", async () => {
  const { dir, read } = await runsWithCache();
  const path = join(dir, "j2/a/result.json");
  // Whole seconds, so that they can be set again exactly.
  await utimes(path, 1_700_000_000, 1_700_000_000);
  await read(true);
  const before = await stat(path);
  const text = await readFile(path, "utf8");
  await writeFile(path, text.replace('"task_name":"a"', '"task_name":"z"'));
  await utimes(path, 1_700_000_000, 1_700_000_000);
  expect((await stat(path)).size).toBe(before.size);
  const tasks = ({ trials }: RunsRead) => trials.map(({ facts }) => facts.task).sort();
  expect(tasks(await read())).toEqual(["a", "a", "b"]);
  const verified = await read(true);
  expect([tasks(verified), verified.cached]).toEqual([["a", "b", "z"], 2]);
});

test("readings of other code are not used", async () => {
  const { cacheFile, read } = await runsWithCache();
  await read();
  const text = await readFile(cacheFile, "utf8");
  await writeFile(cacheFile, text.replace(/"regatta_readings":"\[\\"\w+/, '"regatta_readings":"[\\"0'));
  expect((await read()).cached).toBe(0);
});

test("where nothing can be kept the reading is the same", async () => {
  const { dir } = await runsWithCache();
  const { trials } = await readRuns(dir, {
    cacheFile: join(dir, "j1/a/result.json/x.jsonl"),
    verifyCache: false,
    rule: DEFAULT_RULE,
  });
  expect(trials).toHaveLength(3);
});
