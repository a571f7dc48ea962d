import { expect, test } from "vitest";
import { experiment, makeProject, NOP, task } from "../support/project.ts";

interface Event {
  readonly type: string;
  readonly trial?: { readonly task: string };
  readonly try?: number;
}

test("only infrastructure is tried again, with its slot free meanwhile; every try's folder is kept", async () => {
  const project = await makeProject({
    ...task("sick", {
      toml: '[environment.healthcheck]\ncommand = "false"\ninterval_sec = 0\nretries = 1\n',
    }),
    ...task("well"),
    ...task("silent", { test: "true" }),
    ...experiment(["sick", "well", "silent"], NOP, "retries = 2\nparallel = 1"),
  });
  const run = await project.regatta(["run", "experiments/x.toml"]);
  expect(run.code).toBe(1);
  const { runs } = (await project.json("results/x/0/runs/index.json")) as {
    runs: { task_id: string; outcome: string; reason: string | null; trial_name: string; results_json: string }[];
  };
  expect(runs.map((each) => `${each.task_id} ${each.outcome} ${each.reason}`)).toEqual([
    "sick not-scored infrastructure(healthcheck-failed)",
    "well scored null",
    "silent not-scored verifier-failed(reward-missing)",
  ]);

  const events = (await project.read("results/x/0/events.jsonl"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Event)
    .filter((event) => ["trial-started", "trial-retrying", "trial-ended"].includes(event.type))
    .map((event) => `${event.type} ${event.trial?.task} ${event.try}`);
  expect(events.filter((event) => event.includes("sick"))).toEqual([
    "trial-started sick 1",
    "trial-retrying sick 1",
    "trial-started sick 2",
    "trial-retrying sick 2",
    "trial-started sick 3",
    "trial-ended sick 3",
  ]);
  // One slot: the others can only have run while the sick one waited for its next try.
  expect(events.indexOf("trial-ended well 1")).toBeLessThan(events.indexOf("trial-ended sick 3"));

  const name = runs[0]?.trial_name ?? "";
  expect(await project.list(`results/x/0/.regatta/tries/nop/${name}`)).toEqual(["1", "2"]);
  const kept = (await project.json(`results/x/0/.regatta/tries/nop/${name}/1/.regatta/trial.json`)) as {
    record: { outcome: { failure: { code: string } } };
  };
  expect(kept.record.outcome.failure.code).toBe("healthcheck-failed");
  const last = (await project.json(
    `results/x/0/${runs[0]?.results_json.replace("result.json", ".regatta/trial.json")}`,
  )) as {
    record: { try: number; earlierTries: { try: number; dir: string }[] };
  };
  expect(last.record.try).toBe(3);
  expect(last.record.earlierTries.map((each) => each.dir)).toEqual([
    `.regatta/tries/nop/${name}/1`,
    `.regatta/tries/nop/${name}/2`,
  ]);
});

test("a healthcheck that passes lets the agent in", async () => {
  const project = await makeProject({
    ...task("slow", {
      toml: '[environment.healthcheck]\ncommand = "[ -e /tmp/up ]"\ninterval_sec = 0.05\nstart_period_sec = 5\nstart_interval_sec = 0.05\nretries = 1\n',
      dockerfile: 'FROM debian\nWORKDIR /app\nENTRYPOINT ["/bin/sh", "-c", "sleep 0.3; touch /tmp/up; sleep 100"]\n',
    }),
    ...experiment(["slow"], NOP),
  });
  expect((await project.regatta(["run", "experiments/x.toml"])).code).toBe(0);
});
