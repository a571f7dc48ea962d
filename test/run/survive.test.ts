/** Runs that die: what they leave is removed, what they had is kept, and nobody else is touched. */
import { existsSync, readdirSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { identityOf } from "../../src/host/process-identity.ts";
import { command, experiment, makeProject, NOP, ORACLE, type Project, task } from "../support/project.ts";
import { until } from "../support/until.ts";

/** A cache of its own, so that what lies there is this test's alone. */
function own(project: Project): Record<string, string> {
  return { XDG_CACHE_HOME: project.path(".cache") };
}

function sandboxesOf(project: Project): string[] {
  const dir = project.path(".cache/regatta/local/envs");
  return existsSync(dir) ? readdirSync(dir) : [];
}

async function running(mark: string): Promise<boolean> {
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    try {
      if ((await readFile(`/proc/${pid}/cmdline`, "utf8")) === `sleep\0${mark}\0`) return true;
    } catch (error) {
      // Ended while we looked.
      if (!["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  }
  return false;
}

interface Index {
  readonly runs: readonly {
    readonly outcome: string;
    readonly accuracy: number | null;
    readonly results_json: string;
  }[];
}

/** In nobody else's command line: another suite may run on this machine. */
const FOREVER = `31415.${process.pid}`;

test("when a runner is killed, its watchdog removes what it left, and nothing of a run that lives", async () => {
  const files = { ...task("a"), ...experiment(["a"], command("sleeps", `sleep ${FOREVER}`)) };
  const [dead, alive] = [await makeProject(files), await makeProject(files)];
  const cache = own(dead);
  const runs = [dead.start(["run", "experiments/x.toml", "--json"], cache)];
  runs.push(alive.start(["run", "experiments/x.toml", "--json"], { ...cache, XDG_STATE_HOME: dead.path(".state") }));
  for (const run of runs) await run.shown(/"agent-run"/);
  expect(sandboxesOf(dead)).toHaveLength(2);
  runs[0]?.child.kill("SIGKILL");
  await until(() => sandboxesOf(dead).length === 1);
  await until(async () => (await dead.read("results/x/0/.regatta/leases/2.json")).includes('"released_at": "'));
  const gc = await dead.regatta(["gc"], cache);
  expect([gc.code, gc.stdout]).toEqual([0, "dead runs have left nothing\n"]);
  expect(sandboxesOf(dead)).toHaveLength(1);
  expect(runs[1]?.child.exitCode).toBeNull();
  runs[1]?.child.kill("SIGINT");
  await runs[1]?.ended;
  expect(await running(FOREVER)).toBe(false);
});

function dyingWhile(moment: "removing" | "preparing" | "entering"): Record<string, string> {
  const url = pathToFileURL(join(import.meta.dirname, "../support/dies.mjs"));
  return { NODE_OPTIONS: `--import=${url.href}?${moment}` };
}

test("a runner that is killed in the middle of removing a sandbox leaves none of it", async () => {
  const project = await makeProject({ ...task("a"), ...experiment(["a"], NOP) });
  const run = await project.regatta(["run", "experiments/x.toml"], { ...own(project), ...dyingWhile("removing") });
  expect(run.signal).toBe("SIGKILL");
  await until(() => sandboxesOf(project).length === 0);
});

test("a runner that is killed in the middle of making what sandboxes stand on leaves none of it", async () => {
  const project = await makeProject({ ...task("a"), ...experiment(["a"], NOP) });
  const run = await project.regatta(["run", "experiments/x.toml"], { ...own(project), ...dyingWhile("preparing") });
  expect(run.signal).toBe("SIGKILL");
  const unfinished = (): readonly string[] => readdirSync(project.path(".cache/regatta/local/base"));
  await until(() => unfinished().length === 0);
});

test("a trial that was written when its runner was killed stays as it was, though its sandbox is still there", async () => {
  const project = await makeProject({ ...task("a"), ...experiment(["a"], ORACLE) });
  const run = await project.regatta(["run", "experiments/x.toml"], { ...own(project), ...dyingWhile("entering") });
  expect(run.signal).toBe("SIGKILL");
  // It waits for the watchdog, or does what that would have done.
  const again = await project.regatta(["run", "experiments/x.toml", "--batch", "0"], own(project));
  expect(again.stderr).toContain("nothing to run");
  const { runs } = (await project.json("results/x/0/runs/index.json")) as Index;
  expect(runs).toMatchObject([{ outcome: "scored", accuracy: 1 }]);
  const dir = `results/x/0/${runs[0]?.results_json.replace("/result.json", "")}`;
  const extras = (await project.json(`${dir}/.regatta/trial.json`)) as { record: { outcome: unknown; try: number } };
  expect(extras.record).toMatchObject({ try: 1, outcome: { kind: "scored", endedBy: { kind: "done" } } });
  expect(sandboxesOf(project)).toEqual([]);
});

test("a pid that was given to somebody else makes no dead owner live, and no live one dead", async () => {
  const project = await makeProject({});
  const self = await identityOf(process.pid);
  const made = async (name: string, owner: unknown): Promise<void> => {
    const dir = project.path(`.cache/regatta/local/envs/${name}`);
    await mkdir(dir, { recursive: true });
    await writeFile(
      join(dir, "labels.json"),
      JSON.stringify({ name, labels: {}, init: null, controlGroup: null, owner }),
    );
  };
  await made("reused", { ...self, start_time: "1" });
  await made("rebooted", { ...self, boot_id: "another" });
  await made("live", self);
  await made("another-machine", { ...self, boot_id: "another", machine_id: "another" });
  await made("another-container", { ...self, start_time: "1", pid_namespace: "pid:[1]" });
  const listed = await project.regatta(["gc", "--dry-run"], own(project));
  expect(listed.stdout).toContain("sandboxes of dead runs: rebooted, reused");
  expect(sandboxesOf(project)).toHaveLength(5);
  expect((await project.regatta(["gc", "--json"], own(project))).code).toBe(0);
  expect(sandboxesOf(project).sort()).toEqual(["another-container", "another-machine", "live"]);
});

test("tests that had ended before their run died have given their verdict: it is recorded, and not paid for again", async () => {
  // In nobody else's command line: another suite may run on this machine.
  const nap = `2.7${process.pid}`;
  const project = await makeProject({
    ...task("a", { test: `sleep ${nap}; echo 1 > /logs/verifier/reward.txt` }),
    ...experiment(["a"], command("pays", "echo '{\"cost_usd\": 0.5}' > $REGATTA_USAGE")),
  });
  // No watchdog may come first: it would do the same.
  const run = project.start(["run", "experiments/x.toml", "--json"], {
    ...own(project),
    PATH: process.env["PATH"] ?? "",
  });
  await run.shown(/"phase":"verification"/);
  await until(() => running(nap));
  run.child.kill("SIGSTOP");
  // Beside it may be one that is just being removed.
  const [sandbox = ""] = sandboxesOf(project).filter((name) => !name.startsWith("."));
  const over = project.path(`.cache/regatta/local/envs/${sandbox}/u/root/logs/verifier/.tests-over`);
  await until(() => existsSync(over));
  run.child.kill("SIGKILL");
  await run.ended;
  const recovered = await project.regatta(["recover", "x/0", "--json"], own(project));
  expect(recovered.code).toBe(0);
  const { runs } = (await project.json("results/x/0/runs/index.json")) as Index;
  expect(runs).toMatchObject([{ outcome: "scored", accuracy: 1 }]);
  const dir = `results/x/0/${runs[0]?.results_json.replace("/result.json", "")}`;
  expect(await project.list(`${dir}/verifier`)).toContain("reward.txt");
  const again = await project.regatta(["run", "experiments/x.toml", "--batch", "0"], own(project));
  expect(again.stderr).toContain("nothing to run");
  expect(sandboxesOf(project)).toEqual([]);
});

test("an agent's logs are taken out of a dead run's sandbox, and what it cost is counted when the trial is run again", async () => {
  const script =
    "echo '{\"cost_usd\": 0.5}' > $REGATTA_USAGE; echo 42 > answer; [ -e /usr/bin/env ] && sleep ${NAP:-0}";
  const project = await makeProject({
    ...task("a"),
    ...experiment(["a"], command("pays", script, 'env = ["NAP"]')),
  });
  const run = project.start(["run", "experiments/x.toml", "--json"], { ...own(project), NAP: FOREVER });
  await run.shown(/"agent-run"/);
  await until(() => running(FOREVER));
  run.child.kill("SIGKILL");
  await run.ended;
  const second = await project.regatta(["run", "experiments/x.toml", "--json"], { ...own(project), NAP: "0" });
  expect(second.code).toBe(0);
  const { runs } = (await project.json("results/x/0/runs/index.json")) as Index;
  const extras = (await project.json(
    `results/x/0/${runs[0]?.results_json.replace("result.json", ".regatta/trial.json")}`,
  )) as { record: { try: number; earlierTries: unknown[] } };
  expect(extras.record).toMatchObject({
    try: 2,
    usage: { costUsd: 0.5 },
    earlierTries: [{ try: 1, failure: { code: "run-died" }, usage: { costUsd: 0.5 } }],
  });
  const results = await project.regatta(["results", "x/0", "--json"], own(project));
  expect(results.stdout).toMatch(/"cost_usd": \{\s+"sum": 1,/);
});

test("retry runs again what the infrastructure failed, sets the failed trial aside, and leaves the rest alone", async () => {
  const project = await makeProject({
    ...task("sick", {
      toml: '[environment.env]\nWELL = "${WELL:-0}"\n[environment.healthcheck]\ncommand = "[ $WELL = 1 ]"\ninterval_sec = 0\nretries = 1\n',
    }),
    ...task("well"),
    ...experiment(["sick", "well"], ORACLE),
  });
  expect((await project.regatta(["run", "experiments/x.toml"])).code).toBe(1);
  const before = (await project.json("results/x/0/runs/index.json")) as Index;
  const bytes = await project.read(`results/x/0/${before.runs[1]?.results_json}`);
  const none = await project.regatta(["retry", "x/0", "--kind", "verifier-failed"]);
  expect(none.stderr).toContain("nothing to retry");
  const retried = await project.regatta(["retry", "x/0"], { WELL: "1" });
  expect(retried.code).toBe(0);
  const { runs } = (await project.json("results/x/0/runs/index.json")) as Index;
  expect(runs.map(({ outcome }) => outcome)).toEqual(["scored", "scored"]);
  expect(await project.read(`results/x/0/${runs[1]?.results_json}`)).toBe(bytes);
  const [job = ""] = await project.list("results/x/0/.regatta/set-aside");
  expect(await project.list(`results/x/0/.regatta/set-aside/${job}`)).toHaveLength(1);
});

test("a detached run outlives its command, and any shell can watch it to its end", async () => {
  const project = await makeProject({ ...task("a"), ...experiment(["a"], `${ORACLE}${NOP}`) });
  const started = await project.regatta(["run", "experiments/x.toml", "--detach"]);
  expect(started.stdout).toContain("x/0 runs as process");
  const watched = await project.regatta(["watch", "x/0", "--json"]);
  expect(watched.code).toBe(0);
  expect(watched.stdout).toContain('"type":"results"');
  const { runs } = (await project.json("results/x/0/runs/index.json")) as Index;
  expect(runs.map(({ accuracy }) => accuracy)).toEqual([1, 0]);
  const bad = await project.regatta(["run", "experiments/missing.toml", "--detach"]);
  expect(bad.code).toBe(2);
  expect(bad.stderr).toContain("missing.toml");
});
