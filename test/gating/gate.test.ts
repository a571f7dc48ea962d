/** The gate as CI uses it: simulated pull requests, each exit code, and what is left for the reader. */
import { describe, expect, test } from "vitest";
import { makeProject, type Project } from "../support/project.ts";
import { drawn, type Rewards, writeBatch } from "./batches.ts";

async function pullRequest(baseline: Rewards, change: Rewards): Promise<Project> {
  const project = await makeProject({});
  await writeBatch(project, { name: "base/0", profiles: { text: baseline } });
  await writeBatch(project, { name: "change/0", profiles: { text: change }, startedAt: "2026-01-11T00:00:00.000000Z" });
  return project;
}

const FILES = ["--junit", "out/gate.xml", "--markdown", "out/gate.md"];

test("a real loss of 15 points: worse, exit code 1, in every form", async () => {
  const project = await pullRequest(drawn(120, 3, 1), drawn(120, 3, 2, -0.15));
  const gate = await project.regatta(["gate", "base/0", "change/0", ...FILES], { GITHUB_ACTIONS: "true" });
  expect(gate.code).toBe(1);
  expect(gate.stdout).toContain("gate: worse");
  expect(gate.stdout).toMatch(
    /^::error title=regatta gate%3A B%3Atext worse::B:text against A:text: it lost 1\d\.\d pp/m,
  );
  const xml = await project.read("out/gate.xml");
  const suite = parsed(xml);
  expect(suite).toMatchObject({ tests: "1", failures: "1", errors: "0", skipped: "0" });
  expect(xml).toMatch(/<failure type="worse" message="worse: it lost 1\d\.\d pp: p &lt; 0\.0001/);
  const markdown = await project.read("out/gate.md");
  expect(markdown).toContain("## ❌ Worse: change/0 against base/0");
  expect(markdown).toContain("Lost by B:text: task-");
  expect(markdown).toContain("10 days apart");
});

test("no loss: not worse, exit code 0", async () => {
  const project = await pullRequest(drawn(120, 3, 1), drawn(120, 3, 5));
  const gate = await project.regatta(["gate", "base/0", "change/0", "--margin", "0.1", ...FILES]);
  expect([gate.code, gate.stderr]).toEqual([0, ""]);
  expect(gate.stdout).toContain("gate: not worse");
  expect(gate.stdout).not.toContain("::");
  expect(parsed(await project.read("out/gate.xml"))).toMatchObject({ failures: "0", skipped: "0" });
  expect(await project.read("out/gate.md")).toContain("## ✅ Not worse");
});

test("too little data: inconclusive, exit code 3, whichever way it points", async () => {
  const few = (reward: number): Rewards =>
    Object.fromEntries(["a", "b", "c", "d", "e"].map((task) => [task, [reward]]));
  const lost = await pullRequest(few(1), few(0));
  const gate = await lost.regatta(["gate", "base/0", "change/0", ...FILES], { GITHUB_ACTIONS: "true" });
  expect(gate.code).toBe(3);
  expect(gate.stdout).toContain("too few shared tasks: 5, and it takes 6");
  expect(gate.stdout).toMatch(/^::warning /m);
  const xml = await lost.read("out/gate.xml");
  expect(parsed(xml)).toMatchObject({ failures: "0", skipped: "1" });
  expect(xml).toContain('<skipped message="inconclusive: too few');
  expect(await lost.read("out/gate.md")).toContain("## ❔ Inconclusive");

  const alike = await pullRequest(few(1), few(1));
  expect((await alike.regatta(["gate", "base/0", "change/0"])).code).toBe(3);
  // Many tasks, most alike, and five lost for four won: nothing that could be told at so small a margin.
  const noisy = await pullRequest(
    tasks(30, (at) => (at < 4 ? 0 : 1)),
    tasks(30, (at) => (at >= 4 && at < 9 ? 0 : 1)),
  );
  const open = await noisy.regatta(["gate", "base/0", "change/0", "--json"]);
  expect(open.code).toBe(3);
  expect(JSON.parse(open.stdout)).toMatchObject({ verdict: "inconclusive", exit_code: 3, margin: 0.05 });
});

/** One attempt at each. */
function tasks(count: number, reward: (at: number) => number): Rewards {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`t${at}`, [reward(at)]]));
}

test("a loss that is real and within the margin is no failure", async () => {
  const lost = (count: number): Rewards => tasks(100, (at) => (at < count ? 0 : 1));
  const project = await pullRequest(lost(0), lost(7));
  const verdict = async (margin: string): Promise<number | null> =>
    (await project.regatta(["gate", "base/0", "change/0", "--margin", margin])).code;
  expect([await verdict("0.05"), await verdict("0.1"), await verdict("0.2")]).toEqual([1, 3, 0]);
});

describe("trials without a score", () => {
  const names = Array.from({ length: 40 }, (_, at) => `t${at}`);
  const all = (reward: (at: number) => number | null): Rewards =>
    Object.fromEntries(names.map((task, at) => [task, [reward(at), reward(at)]]));

  test("a change that breaks a part of the trials does not pass by losing them", async () => {
    const project = await pullRequest(
      all(() => 1),
      all((at) => (at < 8 ? null : 1)),
    );
    const gate = await project.regatta(["gate", "base/0", "change/0"]);
    expect(gate.code).toBe(3);
    expect(gate.stdout).toContain("16 trials of B:text were not scored");
  });

  test("one of many is no obstacle; none at all decides nothing", async () => {
    const one = await pullRequest(
      all((at) => at % 2),
      all((at) => (at === 1 ? null : at % 2)),
    );
    expect((await one.regatta(["gate", "base/0", "change/0", "--margin", "0.1"])).code).toBe(0);
    const none = await pullRequest(
      all(() => 1),
      all(() => null),
    );
    const gate = await none.regatta(["gate", "base/0", "change/0"]);
    expect(gate.code).toBe(3);
    expect(gate.stdout).toContain("no trial of B was scored");
  });

  test("planned trials that never started count like those", async () => {
    const project = await makeProject({});
    const half = Object.fromEntries(names.slice(0, 20).map((task) => [task, [1]]));
    await writeBatch(project, { name: "base/0", profiles: { text: all(() => 1) } });
    await writeBatch(project, { name: "change/0", profiles: { text: half }, unstarted: names.slice(20) });
    const gate = await project.regatta(["gate", "base/0", "change/0"]);
    expect(gate.code).toBe(3);
    expect(gate.stdout).toContain("20 trials of B:text were not scored");
  });
});

test("the baseline's margin counts, not the change's; nothing passes beside a task that changed", async () => {
  const project = await makeProject({});
  const alike = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`t${at}`, [at % 2]]));
  await writeBatch(project, { name: "base/0", profiles: { text: alike }, margin: 0.02 });
  await writeBatch(project, {
    name: "change/0",
    profiles: { text: { ...alike, t1: [0] } },
    margin: 0.9,
    digests: { t1: "sha256:other" },
    version: "0.2.0",
    profile: { model: "opus" },
  });
  const gate = await project.regatta(["gate", "base/0", "change/0", "--json"]);
  expect(gate.code).toBe(3);
  const json = JSON.parse(gate.stdout) as Record<string, unknown>;
  expect(json).toMatchObject({ margin: 0.02, changed_tasks: ["t1"], verdict: "inconclusive" });
  expect(json["drift"]).toEqual([
    { about: "regatta", what: "regatta_version", a: '"0.1.0"', b: '"0.2.0"' },
    { about: "task", what: "tasks.t1.digest", a: '"sha256:t1"', b: '"sha256:other"' },
    { about: "model", what: "profiles.text.model", a: '"haiku"', b: '"opus"' },
  ]);
  const [pair] = json["gate"] as Record<string, unknown>[];
  expect(pair?.["notes"]).toEqual([expect.stringMatching(/^no task came out otherwise; with 19 tasks/)]);
  expect(pair?.["because"]).toMatch(/^1 task of A is not the same for B \(t1\): run A again with what B has, or name/);
  const named = await project.regatta([
    "gate",
    "base/0",
    "change/0",
    "--json",
    "--tasks",
    ...Object.keys(alike).filter((task) => task !== "t1"),
  ]);
  expect([named.code, JSON.parse(named.stdout)]).toMatchObject([0, { changed_tasks: [], verdict: "not-worse" }]);
});

test("two profiles of one batch; names that would be markup, XML or a workflow command", async () => {
  const project = await makeProject({});
  const rewards = (reward: number): Rewards =>
    Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`<t>&${at}|\u001b[2J\u202e`, [reward]]));
  await writeBatch(project, { name: "suite/3", profiles: { without: rewards(1), with: rewards(0) } });
  const ambiguous = await project.regatta(["gate", "suite/3", "suite/3"]);
  expect(ambiguous.code).toBe(2);
  expect(ambiguous.stderr).toContain("--profiles without=with");
  const gate = await project.regatta(["gate", "suite/3", "suite/3", "--profiles", "without=with", ...FILES]);
  expect(gate.code).toBe(1);
  expect(gate.stdout).not.toContain("historical");
  expect(parsed(await project.read("out/gate.xml"))).toMatchObject({ failures: "1" });
  const markdown = await project.read("out/gate.md");
  expect(markdown).toContain("\\<t\\>&0\\|\\\\x1b");
  for (const acting of ["\u001b", "\u202e"]) expect(markdown).not.toContain(acting);
});

test("bad input is exit code 2, never a verdict", async () => {
  const project = await pullRequest({ a: [1] }, { a: [1] });
  for (const args of [
    ["base/0", "nothing/7"],
    ["base/0", "change/0", "--profiles", "nobody"],
    ["base/0", "change/0", "--margin", "0"],
    ["base/0", "change/0", "--by", "colour"],
    ["base/0"],
  ])
    expect((await project.regatta(["gate", ...args])).code).toBe(2);
});

/** Attributes of the only suite of a document whose tags close as they open. */
function parsed(xml: string): Readonly<Record<string, string>> {
  expect(xml.startsWith('<?xml version="1.0" encoding="UTF-8"?>\n')).toBe(true);
  const open: string[] = [];
  const seen: { name: string; attributes: Record<string, string>; within: string | undefined }[] = [];
  const rest = xml
    .slice(xml.indexOf("?>") + 2)
    .replaceAll(
      /<(\/?)([\w-]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>/g,
      (_, close: string, name: string, attributes: string, alone: string) => {
        if (close === "/") expect(open.pop()).toBe(name);
        else {
          const found = Object.fromEntries(
            [...attributes.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]),
          );
          seen.push({ name, attributes: found, within: open.at(-1) });
          if (alone === "") open.push(name);
        }
        return "";
      },
    );
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<>]|&(?!(?:amp|lt|gt|quot);)/);
  const of = (name: string) => seen.filter((each) => each.name === name);
  expect([of("testsuites").length, of("testsuite").length]).toEqual([1, 1]);
  const [suite] = of("testsuite");
  expect(suite?.within).toBe("testsuites");
  expect(of("testcase").map(({ within }) => within)).toEqual(of("testcase").map(() => "testsuite"));
  expect(suite?.attributes["tests"]).toBe(String(of("testcase").length));
  expect(suite?.attributes["failures"]).toBe(String(of("failure").length));
  expect(suite?.attributes["skipped"]).toBe(String(of("skipped").length));
  for (const { attributes } of of("testcase")) expect(Object.keys(attributes)).toEqual(["classname", "name", "time"]);
  return suite?.attributes ?? {};
}
