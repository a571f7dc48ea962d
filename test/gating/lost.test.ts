/** Trials that are not there, or cannot be read: no gate passes beside them, every form names them, every bound counts them. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { result } from "../analytics/jobs.ts";
import { makeProject, type Project } from "../support/project.ts";
import { type Rewards, writeBatch } from "./batches.ts";

const NAMES = Array.from({ length: 20 }, (_, at) => `t${at}`);

/** A job of twenty tasks, as Harbor leaves it; all solved. */
function job(name: string, tasks: readonly string[] = NAMES): Record<string, string> {
  return Object.fromEntries(
    tasks.map((task) => [
      `jobs/${name}/${task}__x/result.json`,
      JSON.stringify(result({ task_name: task, trial_name: `${task}__x` })),
    ]),
  );
}

const FILES = ["--junit", "gate.xml", "--markdown", "gate.md"];

interface Gated {
  readonly code: number | null;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
  readonly junit: string;
  readonly markdown: string;
}

async function gated(project: Project, ...args: readonly string[]): Promise<Gated> {
  const text = await project.regatta(["gate", ...args, ...FILES]);
  const json = await project.regatta(["gate", ...args, "--json"]);
  expect([text.stderr, json.code]).toEqual(["", text.code]);
  return {
    code: text.code,
    text: text.stdout.replaceAll(/\s+/g, " "),
    json: JSON.parse(json.stdout) as Record<string, unknown>,
    junit: await project.read("gate.xml"),
    markdown: await project.read("gate.md"),
  };
}

test("tasks that B has no directory of keep it from passing, unless they are left out by name", async () => {
  const project = await makeProject({ ...job("before"), ...job("after", NAMES.slice(2)) });
  const found = await gated(project, "jobs/before", "jobs/after");
  expect(found.code).toBe(3);
  expect(found.json).toMatchObject({ verdict: "inconclusive", missing_tasks: ["t0", "t1"] });
  const said =
    "B:after has no trial of 2 tasks that A:before has a score for (t0, t1): run them for B, or name the tasks";
  expect(found.text).toContain(said);
  expect(found.junit).toContain(`<skipped message="inconclusive: ${said}`);
  expect(found.markdown).toContain("2 tasks that A:before has a score for");
  const narrowed = await gated(project, "jobs/before", "jobs/after", "--tasks", ...NAMES.slice(2));
  expect([narrowed.code, narrowed.json["missing_tasks"]]).toEqual([0, []]);
});

test("a loss that was shown stays one, whatever else is missing", async () => {
  const lost = Object.fromEntries(
    NAMES.slice(2).map((task) => [
      `jobs/after/${task}__x/result.json`,
      JSON.stringify(result({ task_name: task, verifier_result: { rewards: { reward: 0 } } })),
    ]),
  );
  const project = await makeProject({ ...job("before"), ...lost });
  expect((await gated(project, "jobs/before", "jobs/after")).code).toBe(1);
});

test("one trial of B that cannot be read keeps it from passing, and every form says which and why", async () => {
  const project = await makeProject({
    ...job("before"),
    ...job("after"),
    "jobs/after/t3__y/result.json": "{",
    "jobs/after/t3__y/config.json": JSON.stringify({ task: { path: "tasks/t3" } }),
  });
  const found = await gated(project, "jobs/before", "jobs/after");
  expect(found.code).toBe(3);
  expect(found.json).toMatchObject({
    verdict: "inconclusive",
    left_out: [
      { side: "B", path: "t3__y", task: "t3", profile: "B:after", attempt: 2, counted_as: "not scored", same_as: null },
    ],
  });
  for (const form of [found.text, found.junit, found.markdown.replaceAll("\\", "")]) {
    expect(form).toContain("1 trial of B left no result that could be read");
    expect(form).toMatch(/Left out of B: 1 × result\.json is not valid JSON.*; counted as not scored: t3__y/);
  }
  const compared = await project.regatta(["compare", "jobs/before", "jobs/after"]);
  expect(compared.stdout.replaceAll(/\s+/g, " ")).toMatch(/Left out of B: 1 × result\.json .* scored: t3__y/);
});

test("one that is nobody's known does so too; copies, other folders and what A lost do not, and are told", async () => {
  const files = { ...job("before"), ...job("after") };
  const project = await makeProject({ ...files, "jobs/after/q__y/result.json": "{" });
  const unknown = await gated(project, "jobs/before", "jobs/after");
  expect(unknown.code).toBe(3);
  expect(unknown.json).toMatchObject({ left_out: [{ path: "q__y", profile: null, counted_as: "nothing" }] });
  expect(unknown.text).toContain(
    "which task or profile it is of is not known, so it is in no figure and no bound: q__y",
  );

  const harmless = await makeProject({
    ...files,
    "jobs/after/t0__copy/result.json": files["jobs/after/t0__x/result.json"] ?? "",
    "jobs/after/notes/mine.txt": "",
    "jobs/before/t1__y/result.json": "{",
  });
  const passed = await gated(harmless, "jobs/before", "jobs/after");
  expect(passed.code).toBe(0);
  expect(passed.text).toMatch(/Left out of A: 1 × result\.json .*: t1__y/);
  expect(passed.text).toMatch(/Left out of B: .*counted once: \S+ \(as \S+\)/);
  expect(passed.text).toContain("no trial directory: none of a trial's files is in it: notes");
});

test("trials that never finished count as failed before B passes: one of many is no obstacle, a third is", async () => {
  const unfinished = (count: number): Record<string, string> =>
    Object.fromEntries(
      NAMES.slice(0, count).map((task) => [
        `jobs/after/${task}__y/config.json`,
        JSON.stringify({ task: { path: `tasks/${task}` }, trial_name: `${task}__y` }),
      ]),
    );
  const one = await makeProject({ ...job("before"), ...job("after"), ...unfinished(1) });
  const passed = await gated(one, "jobs/before", "jobs/after", "--margin", "0.1");
  expect([passed.code, passed.json["gate"]]).toEqual([0, [expect.objectContaining({ not_scored: 1 })]]);
  const some = await makeProject({ ...job("before"), ...job("after"), ...unfinished(7) });
  const open = await gated(some, "jobs/before", "jobs/after", "--margin", "0.1");
  expect(open.code).toBe(3);
  expect(open.text).toContain("7 trials of B:after were not scored");
});

test("analyze: a batch's damaged and missing trials are in the worst and best case of their profile; what is nobody's is said", async () => {
  const project = await makeProject({});
  const solved: Rewards = Object.fromEntries(NAMES.slice(0, 10).map((task) => [task, [1]]));
  await writeBatch(project, { name: "x/0", profiles: { text: solved, other: solved }, unstarted: ["t10"] });
  const runs = "results/x/0/runs";
  const jobOf = (profile: string): string => `${runs}/2026-01-01__00-00-00__${profile}`;
  // Nothing tells whose it is but its name, which the plan knows.
  await rm(join(project.dir, jobOf("text"), "t0__aaaaaa1/.regatta"), { recursive: true });
  await project.write({
    [`${jobOf("text")}/t0__aaaaaa1/result.json`]: "{",
    [`${jobOf("other")}/who__knows/result.json`]: "{",
  });
  const found = await project.regatta(["analyze", "x/0", "--json"]);
  const json = JSON.parse(found.stdout) as Record<string, unknown>;
  expect(json).toMatchObject({
    lost: {
      counted_as_not_scored: [
        { profile: "text", task: "t0", attempt: 1, path: "2026-01-01__00-00-00__text/t0__aaaaaa1" },
        { profile: "text", task: "t10", reason: "not-started", path: null },
        { profile: "other", task: "t10", reason: "not-started", path: null },
      ],
      in_no_bound: ["2026-01-01__00-00-00__other/who__knows"],
    },
    comparisons: {
      profiles: [
        { profile: "text", trials: 11, scored: 9, success_bounds: { low: 9 / 11, high: 1 } },
        { profile: "other", trials: 11, scored: 10, success_bounds: { low: 10 / 11, high: 1 } },
      ],
    },
  });
  const shown = (await project.regatta(["analyze", "x/0"])).stdout.replaceAll(/\s+/g, " ");
  expect(shown).toContain("3 trials left no result that could be read, and count as not scored in the worst and best");
  expect(shown).toContain("1 more trial left no result, and of which task or profile is not known");
  const report = await project.read("results/x/0/analytics/comparison_report.md");
  expect(report).toContain("| text | 2 of 11 | 81.8 % | 100.0 % |");
  expect(report).toContain("3 trials left no result");
  const page = await project.read("results/x/0/analytics/report.html");
  expect(page.replaceAll(/\s+/g, " ")).toContain("3 trials left no result that could be read");
  // Where it shows: a count that leads to rows counts rows alone; a cell without any is not one that was never run.
  expect(page).toContain('<a href="#left-out">2 more</a> without a result');
  const cells = (await project.read("results/x/0/analytics/figures/heat-map.csv")).split("\r\n");
  expect(cells).toContain("t0,text,,0,0,1,");
  expect(cells).toContain("t10,other,,0,0,1,");
  expect(page).toContain("text × t10: 1 trial, none scored, 1 without a result");
  // Nothing but what was lost has changed: what was kept of the comparison is not used.
  await rm(join(project.dir, jobOf("other"), "who__knows"), { recursive: true });
  await rm(join(project.dir, jobOf("other"), "t1__aaaaaa1/result.json"));
  await rm(join(project.dir, jobOf("other"), "t1__aaaaaa1/.regatta"), { recursive: true });
  await project.write({ [`${jobOf("other")}/t1__aaaaaa1/config.json`]: '{"trial_name":"t1"}' });
  const again = await project.regatta(["analyze", "x/0", "--json"]);
  expect(JSON.parse(again.stdout)).toMatchObject({
    comparisons: { profiles: [{}, { profile: "other", scored: 9, success_bounds: { low: 9 / 11, high: 1 } }] },
  });
});

test("trials that a job's own result.json counts, and that have no directory, are lost: told by their names, else by their number", async () => {
  const jobResult = {
    n_total_trials: 23,
    started_at: "2026-01-01T00:00:00Z",
    finished_at: "2026-01-01T01:00:00Z",
    stats: {
      evals: {
        x: {
          reward_stats: { reward: { "1.0": ["t0__x", "t18__x"] } },
          exception_stats: { AgentTimeoutError: ["t19__x"], RuntimeError: ["elsewhere__x"] },
        },
      },
    },
  };
  const project = await makeProject({
    ...job("before"),
    ...job("after", NAMES.slice(0, 18)),
    "jobs/after/result.json": JSON.stringify(jobResult),
  });
  const found = await gated(project, "jobs/before", "jobs/after");
  expect(found.code).toBe(3);
  const gone = "the job's result.json has a verdict of it, but its directory is not there";
  const never = "the job's result.json counts 23 trials, and there is no directory of this one";
  expect(found.json).toMatchObject({
    missing_tasks: [],
    left_out: [
      { path: "elsewhere__x", reason: gone, task: null, counted_as: "nothing" },
      { path: "t18__x", reason: gone, task: "t18", profile: "B:after", counted_as: "not scored" },
      { path: "t19__x", reason: gone, task: "t19", profile: "B:after", counted_as: "not scored" },
      { path: "after, 1 of 2", reason: never, counted_as: "nothing" },
      { path: "after, 2 of 2", reason: never, counted_as: "nothing" },
    ],
  });
  expect(found.text).toContain("5 trials of B left no result that could be read");
  expect(found.text).toContain("B:after 100.0 % 82.4 to 100.0 % 1.00 18/20");
});

test("different tasks are not compared by their rates, and no advice is given that would not help", async () => {
  const project = await makeProject({ ...job("before", NAMES.slice(0, 9)), ...job("after", NAMES.slice(9)) });
  const { stdout } = await project.regatta(["compare", "jobs/before", "jobs/after"]);
  const text = stdout.replaceAll(/\s+/g, " ");
  expect(text).toContain("Each success is over the tasks that its profile was scored on, which are not the same");
  expect(text).toContain("Nothing was compared: no two of these were scored on the same task.");
  expect(text).not.toContain("compare fewer");
  const same = await makeProject({ ...job("before"), ...job("after") });
  expect((await same.regatta(["compare", "jobs/before", "jobs/after"])).stdout).not.toContain("Each success is over");
});

test.each([
  ["garbage", "is damaged"],
  ["{}", "task_name or trial_name is missing"],
  [
    JSON.stringify(result({ verifier_result: { rewards: { reward: 0 } } })),
    "says reward 0, and the run recorded reward 1",
  ],
  [JSON.stringify(result({ verifier_result: null })), "says no verdict, and the run recorded reward 1"],
])("a result.json of B that is not the one its run wrote keeps it from passing: %s", async (text, why) => {
  const project = await makeProject({});
  const rewards: Rewards = Object.fromEntries(NAMES.map((name) => [name, [1]]));
  await writeBatch(project, { name: "base/0", profiles: { text: rewards } });
  await writeBatch(project, { name: "change/0", profiles: { text: rewards } });
  expect((await gated(project, "base/0", "change/0")).code).toBe(0);
  const dir = "results/change/0/runs/2026-01-01__00-00-00__text/t3__aaaaaa1";
  await project.write({ [`${dir}/result.json`]: text });
  const found = await gated(project, "base/0", "change/0");
  expect([found.code, found.text]).toEqual([
    3,
    expect.stringContaining(
      "1 trial of B has a result.json that is damaged, or says another verdict than the run recorded (t3)",
    ),
  ]);
  const analyzed = await project.regatta(["analyze", "--runs", "results/change/0/runs", "-o", "out"]);
  expect(analyzed.code, analyzed.stderr).toBe(0);
  expect(analyzed.stdout + analyzed.stderr).toContain(why);
  expect(analyzed.stdout).not.toContain("different configurations");
});
