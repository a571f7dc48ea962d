import { expect, test } from "vitest";
import { harborFigures } from "../../src/analytics/harbor-figures.ts";
import { exception, type Files, makeRuns, read, result } from "./jobs.ts";

const KEY = "claude-code__haiku__bench";

function jobResult(group: object, over: object = {}): object {
  return {
    id: "x",
    started_at: "2026-01-01T00:00:00",
    finished_at: "2026-01-01T01:00:00",
    n_total_trials: 3,
    stats: { evals: { [KEY]: group } },
    ...over,
  };
}

function trial(name: string, reward: number | null, over: object = {}) {
  const verifier_result = reward === null ? null : { rewards: { reward } };
  return result({ task_name: name.replace(/__.*/, ""), trial_name: name, verifier_result, ...over });
}

async function figures(files: Files) {
  const { jobs } = await read(await makeRuns(files));
  const [job] = harborFigures(jobs);
  const [group] = job?.groups ?? [];
  if (group === undefined) throw new Error(job?.problem ?? "no job");
  return {
    group,
    field: (name: string) => group.fields.find((field) => field.name === name),
    why: group.explanations.join("\n"),
  };
}

test("a trial without a verdict is a 0 of Harbor's and none of ours", async () => {
  const { field, group, why } = await figures({
    "j/a__1/result.json": trial("a__1", 1),
    "j/b__1/result.json": trial("b__1", 0),
    "j/c__1/result.json": trial("c__1", null, { exception_info: exception("EnvironmentStartTimeoutError") }),
    "j/result.json": jobResult({
      n_trials: 2,
      n_errors: 1,
      metrics: [{ mean: 0.3333333333333333 }],
      pass_at_k: {},
      reward_stats: { reward: { "1.0": ["a__1"], "0.0": ["b__1"] } },
      exception_stats: { EnvironmentStartTimeoutError: ["c__1"] },
    }),
  });
  expect(field("mean")).toMatchObject({ recomputed: 0.3333333333333333, same: true });
  expect(field("n_trials")?.same).toBe(true);
  expect(field("n_errors")?.same).toBe(true);
  expect(group.ours).toEqual({ mean: 0.5, scored: 2 });
  expect(why).toMatch(/1 trial without a verdict as 0/);
});

test("trials that are gone, added later or changed are told apart, and Harbor's mean still comes out", async () => {
  const { field, why } = await figures({
    "j/a__1/result.json": trial("a__1", 1),
    "j/b__1/result.json": trial("b__1", 1),
    "j/new__1/result.json": trial("new__1", 1),
    "j/result.json": jobResult({
      n_trials: 3,
      n_errors: 0,
      metrics: [{ mean: 0.6666666666666666 }],
      reward_stats: { reward: { "1.0": ["a__1", "gone__1"], "0.0": ["b__1"] } },
      exception_stats: {},
    }),
  });
  expect(field("mean")?.same).toBe(true);
  expect(why).toMatch(/1 trial on disk is not counted/);
  expect(why).toMatch(/1 trial counted in result.json has no directory/);
  expect(why).toMatch(/b__1: result.json counts \{"reward":0\}, its directory says \{"reward":1\}/);
});

test("pass@k, to the digit: 1 − C(n−c, k)/C(n, k) over tasks", async () => {
  const names = ["a__1", "a__2", "a__3", "a__4", "b__1", "b__2", "b__3", "b__4"];
  const rewards = [1, 1, 0, 0, 0, 0, 0, 1];
  const { field } = await figures({
    ...Object.fromEntries(names.map((name, at) => [`j/${name}/result.json`, trial(name, rewards[at] ?? 0)])),
    "j/result.json": jobResult(
      {
        n_trials: 8,
        n_errors: 0,
        metrics: [{ mean: 0.375 }],
        // (1 − 1/6 + 1 − 3/6) / 2 and (1 + 1) / 2
        pass_at_k: { "2": 0.6666666666666667, "4": 1 },
        reward_stats: { reward: { "1.0": ["a__1", "a__2", "b__4"], "0.0": ["a__3", "a__4", "b__1", "b__2", "b__3"] } },
        exception_stats: {},
      },
      { n_total_trials: 8 },
    ),
  });
  expect([field("mean")?.same, field("pass@2")?.same, field("pass@4")?.same]).toEqual([true, true, true]);
});

test("a wrong figure is called different, and one key of another name is said", async () => {
  const wrong = await figures({
    "j/a__1/result.json": trial("a__1", 1),
    "j/result.json": jobResult(
      { n_trials: 1, n_errors: 0, metrics: [{ mean: 0.25 }], reward_stats: {}, exception_stats: {} },
      { n_total_trials: 1, stats: { evals: { other__key: { n_trials: 1, n_errors: 0, metrics: [{ mean: 0.25 }] } } } },
    ),
  });
  expect(wrong.field("mean")).toEqual({ name: "mean", recorded: 0.25, recomputed: 1, same: false });
  expect(wrong.why).toMatch(/calls this group other__key/);
});

test("a job without figures says so", async () => {
  const { jobs } = await read(
    await makeRuns({ "j/a__1/result.json": trial("a__1", 1), "j/result.json": '{"id": "x", "sta' }),
  );
  expect(harborFigures(jobs)).toMatchObject([{ groups: [], problem: "it has no result.json that can be read" }]);
});
