/** `verify` and `reproduce` on batches that were really run. */
import { readdir, rename, rm } from "node:fs/promises";
import { expect, test } from "vitest";
import { command, experiment, makeProject, NOP, ORACLE, type Project, task } from "../support/project.ts";

const SETUP = command("own", "echo 42 > answer", 'setup = "setup.sh"');

async function ran(): Promise<Project> {
  const project = await makeProject({
    ...task("a"),
    ...task("b"),
    "setup.sh": "#!/bin/sh\ntrue\n",
    ...experiment(["a", "b"], `${ORACLE}${SETUP}`, "attempts = 2"),
  });
  expect((await project.regatta(["run", "experiments/x.toml", "--tasks", "a"])).code).toBe(0);
  return project;
}

async function trialDir(project: Project, profile: string): Promise<string> {
  const [job = ""] = (await project.list("results/x/0/runs")).filter((name) => name.endsWith(`__${profile}`));
  const [trial = ""] = (await readdir(project.path(`results/x/0/runs/${job}`), { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `results/x/0/runs/${job}/${name}`);
  return trial;
}

test("nothing has drifted right after a run; changed inputs are named, changes beside them are not drift", async () => {
  const project = await ran();
  const fresh = await project.regatta(["verify", "x/0"]);
  expect([fresh.code, fresh.stdout]).toEqual([0, "x/0: nothing has drifted (1 task, 2 profiles, 4 trials).\n"]);

  await project.write(experiment(["a", "b"], `${ORACLE}${NOP}${SETUP}`));
  await project.write({ "tasks/b/instruction.md": "It was not in the batch.\n" });
  const beside = await project.regatta(["verify", "x/0"]);
  expect([beside.code, beside.stdout]).toEqual([0, expect.stringContaining("x.toml has changed since")]);

  await project.write({ "tasks/a/instruction.md": "Something else.\n", "setup.sh": "#!/bin/sh\nexit 0\n" });
  const drifted = await project.regatta(["verify", "x/0", "--json"]);
  expect(drifted.code).toBe(1);
  const { inputs, results } = JSON.parse(drifted.stdout) as { inputs: { what: string }[]; results: unknown[] };
  expect(inputs.map(({ what }) => what)).toEqual(["tasks.a.digest", "profiles.own.inputs.setup"]);
  expect(results).toEqual([]);

  const refused = await project.regatta(["reproduce", "x/0"]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("tasks.a.digest: ");
  expect(refused.stderr).toContain("profiles.own.inputs.setup: ");
  await rm(project.path("tasks/a"), { recursive: true });
  const gone = await project.regatta(["reproduce", "x/0"]);
  expect([gone.code, gone.stderr]).toEqual([2, expect.stringContaining("tasks.a.path: as it was run → nothing at")]);
  expect(await project.list("results/x")).toEqual(["0"]);
});

test("result files that were changed, damaged or lost are named", async () => {
  const project = await ran();
  const [oracle, own] = [await trialDir(project, "oracle"), await trialDir(project, "own")];
  const result = await project.read(`${oracle}/result.json`);
  expect(result).toContain('"reward": 1');
  await project.write({ [`${oracle}/result.json`]: result.replace('"reward": 1', '"reward": 0') });
  await project.write({ [`${own}/verifier/reward.txt`]: "0\n" });
  const changed = await project.regatta(["verify", "x/0"]);
  expect(changed.code).toBe(1);
  expect(changed.stdout).toContain('/result.json: rewards: {"reward":1} → {"reward":0}');
  expect(changed.stdout).toContain('/verifier: rewards: {"reward":1} → {"reward":0}');
  expect(changed.stdout).toContain("2 differences.");

  const lock = "results/x/0/.regatta/launches/0/plan.lock.json";
  await project.write({ [lock]: (await project.read(lock)).replace(/sha256:[0-9a-f]{8}/, "sha256:00000000") });
  const forged = await project.regatta(["verify", "x/0"]);
  expect(forged.stdout).toContain(": definition: ");
  expect(forged.stdout).toContain("tasks.a.digest");

  await rename(project.path(oracle), project.path("elsewhere"));
  const lost = await project.regatta(["verify", "x/0"]);
  expect(lost.code).toBe(1);
  expect(lost.stdout).toContain("a trial that ended → there is no trial that could be read");
});

test("the same plan again from the batch's own copy, whatever became of the file", async () => {
  const project = await ran();
  const text = await project.read("experiments/x.toml");
  await rm(project.path("experiments/x.toml"));
  const again = await project.regatta(["reproduce", "x/0"]);
  expect(again.stderr).toContain("x.toml is not there any more");
  expect(again.code).toBe(0);
  expect(await project.list("results/x")).toEqual(["0", "1"]);
  expect(await project.read("results/x/1/experiment.toml")).toBe(text);
  const [first, second] = await Promise.all(
    [0, 1].map(async (n) => {
      const lock = (await project.json(`results/x/${n}/.regatta/launches/0/plan.lock.json`)) as {
        tasks: unknown;
        profiles: unknown;
        root: string;
        trials: { task: string; profile: string; attempt: number }[];
      };
      return { ...lock, trials: lock.trials.map((each) => [each.task, each.profile, each.attempt]) };
    }),
  );
  for (const part of ["tasks", "profiles", "root", "trials"] as const) expect(second?.[part]).toEqual(first?.[part]);
  expect((await project.regatta(["verify", "x/1"])).code).toBe(0);
  const quiet = await project.regatta(["reproduce", "x/0", "--quiet-verify"]);
  expect([quiet.code, await project.json("results/x/2/.regatta/launches/0/plan.lock.json")]).toEqual([
    0,
    expect.objectContaining({ overrides: expect.objectContaining({ quiet_verify: true }) as unknown }),
  ]);
  expect((await project.regatta(["reproduce", "x/9"])).code).toBe(2);
});
