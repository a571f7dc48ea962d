import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { scriptedProvider } from "../gateway/scripted-provider.ts";
import { fakeRegistry, packed } from "../toolchains/fake-registry.ts";
import { command, experiment, makeProject, type Project, task } from "../support/project.ts";

/** In nobody else's command line: another suite may run on this machine. */
const MARK = `271828.${process.pid}`;
const SLEEPS = command("sleeps", `echo 41 > answer; echo started; setsid sleep ${MARK} & sleep ${MARK}`);

async function sleepers(): Promise<number> {
  let count = 0;
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    try {
      if ((await readFile(`/proc/${pid}/cmdline`, "utf8")).includes(`sleep\0${MARK}`)) count += 1;
    } catch (error) {
      // Ended while we looked.
      if (!["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  }
  return count;
}

async function startSleeping(): Promise<{ project: Project; run: ReturnType<Project["start"]> }> {
  const project = await makeProject({ ...task("a"), ...task("b"), ...experiment(["a", "b"], SLEEPS, "parallel = 2") });
  const run = project.start(["run", "experiments/x.toml", "--json"]);
  await run.shown(/"agent-run"[\s\S]*"agent-run"/);
  return { project, run };
}

async function index(project: Project): Promise<string[]> {
  const { runs } = (await project.json("results/x/0/runs/index.json")) as { runs: { outcome: string }[] };
  return runs.map((each) => each.outcome);
}

test("Ctrl-C once: running trials end, are collected and recorded as cancelled, and nothing is left running", async () => {
  const { project, run } = await startSleeping();
  run.child.kill("SIGINT");
  expect((await run.ended).code).toBe(130);
  expect(await index(project)).toEqual(["cancelled", "cancelled"]);
  expect(await sleepers()).toBe(0);
});

test("Ctrl-C twice: at once, and still nothing is left running", async () => {
  const { run } = await startSleeping();
  run.child.kill("SIGINT");
  run.child.kill("SIGINT");
  expect((await run.ended).code).toBe(130);
  expect(await sleepers()).toBe(0);
});

test("SIGTERM ends a run in good order with 143", async () => {
  const { project, run } = await startSleeping();
  run.child.kill("SIGTERM");
  expect((await run.ended).code).toBe(143);
  expect(await index(project)).toEqual(["cancelled", "cancelled"]);
});

test("kill lists first, then stops this project's run and nothing else", async () => {
  const mine = await startSleeping();
  const other = await startSleeping();
  const listed = await mine.project.regatta(["kill"]);
  expect(listed.code).toBe(0);
  expect(listed.stdout).toContain("x/0");
  expect(mine.run.child.exitCode).toBeNull();

  const killed = await mine.project.regatta(["kill", "--yes"]);
  expect(killed.stderr + killed.stdout).not.toContain("Error");
  expect(killed.code).toBe(0);
  expect((await mine.run.ended).code).toBe(143);
  expect(other.run.child.exitCode).toBeNull();
  other.run.child.kill("SIGINT");
  await other.run.ended;
  expect(await sleepers()).toBe(0);
});

test("a killed runner's sandboxes die with it, and kill sweeps what is left", async () => {
  const { project, run } = await startSleeping();
  run.child.kill("SIGKILL");
  await run.ended;
  expect((await project.regatta(["kill", "--yes"])).code).toBe(0);
  expect(await sleepers()).toBe(0);
});

test("run_timeout_sec: agents stop in time for their work to be verified, profiles are equally far, and analyze works", async () => {
  const profiles = ["p", "q", "r"].map((name, at) => command(name, `echo 4${at} > /app/answer; sleep 600`));
  const project = await makeProject({
    ...task("a"),
    ...task("b"),
    ...experiment(["a", "b"], profiles.join(""), "parallel = 3\nattempts = 2\nrun_timeout_sec = 8"),
  });
  const run = await project.regatta(["run", "experiments/x.toml"]);
  expect(run.code).toBe(1);
  const { runs } = (await project.json("results/x/0/runs/index.json")) as {
    runs: { task_id: string; agent_key: string; outcome: string; reason: string | null; accuracy: number | null }[];
  };
  const scored = runs.filter(({ outcome }) => outcome === "scored");
  expect(scored.map((each) => [each.task_id, each.agent_key, each.reason, each.accuracy])).toEqual([
    ["a", "p", "agent-timeout", 0],
    ["a", "q", "agent-timeout", 0],
    ["a", "r", "agent-timeout", 1],
  ]);
  expect(runs.filter(({ outcome }) => outcome !== "scored").map(({ outcome }) => outcome)).toEqual(
    Array.from({ length: 9 }, () => "not-started"),
  );
  const analyzed = await project.regatta(["analyze", "experiments/x.toml", "--json"]);
  expect(analyzed.code, analyzed.stderr).toBe(0);
  const went = await project.regatta(["run", "experiments/x.toml"]);
  expect(went.stderr).toContain("continuing x/0, which an identical run left unfinished: 3 kept, 9 to run");
});

test("Ctrl-C while a toolchain is fetched: nothing has started, and that is how it ends", async () => {
  const registry = await fakeRegistry();
  const version = "9.9.9";
  const name = `@anthropic-ai/claude-code-linux-${process.arch}`;
  registry.add({ name, version, archive: packed({ claude: "#!/bin/sh\necho 9.9.9\n" }) });
  const held = registry.hold();
  const provider = await scriptedProvider(() => ({}));
  const project = await makeProject({
    ...task("a"),
    ...experiment(["a"], `[profiles.p]\nagent = "claude-code"\nno_mcp = true\nclaude_version = "${version}"\n`),
    "experiments/.env": `ANTHROPIC_API_KEY=sk-ant-test-0123456789\nANTHROPIC_BASE_URL=${provider.url}\n`,
  });
  const run = project.start(["run", "experiments/x.toml"], {
    NPM_CONFIG_REGISTRY: registry.url,
    XDG_CACHE_HOME: project.path("cache"),
  });
  await Promise.race([held.asked, run.ended]);
  run.child.kill("SIGINT");
  const { code, stderr } = await run.ended;
  held.release();
  expect(stderr).not.toContain("internal error");
  expect(code).toBe(130);
  expect(await index(project)).toEqual(["not-started"]);
});
