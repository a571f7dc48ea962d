/** What removes a dead run's sandboxes does it also where its batch cannot be put in order, tries again, and leaves word when it gives up. */
import { existsSync, readdirSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { outputOf, start, transpileInto } from "../results/child.ts";
import { command, experiment, makeProject, type Project, task } from "../support/project.ts";
import { until } from "../support/until.ts";

/** A process that starts a watchdog over a shell script, and ends without a word. */
async function diesUnderWatch(project: Project, script: string, waits: readonly number[]): Promise<void> {
  vi.stubEnv("XDG_STATE_HOME", project.path(".state"));
  onTestFinished(() => void vi.unstubAllEnvs());
  await transpileInto(project.path("src"), ["base", "contract", "host", "app"]);
  const command = JSON.stringify(["/bin/sh", "-c", script]);
  const child = await start(
    project.path("src"),
    `import { startWatchdog } from "./app/watchdog.js";
     startWatchdog(${command}, ${JSON.stringify(waits)});
     process.kill(process.pid, "SIGKILL");`,
  );
  await outputOf(child);
}

async function watchdogOf(pid: number | undefined): Promise<number> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim().split(" ");
  for (const child of children)
    if ((await readFile(`/proc/${child}/cmdline`, "utf8")).includes("read -r word")) return Number(child);
  throw new Error("the run has no watchdog");
}

test("what fails is tried again, and when it has worked there is nothing to say", async () => {
  const project = await makeProject({});
  const [tries, over] = [project.path("tries"), project.path("over")];
  await diesUnderWatch(project, `echo >> ${tries}; [ $(wc -l < ${tries}) -ge 3 ] && echo > ${over}`, [0, 0, 0, 0, 0]);
  await until(() => existsSync(over));
  expect(await readFile(tries, "utf8")).toBe("\n\n\n");
  expect((await project.regatta(["gc"])).stdout).toBe("dead runs have left nothing\n");
});

test("a watchdog that gives up leaves its reason, for whoever looks next", async () => {
  const project = await makeProject({});
  await diesUnderWatch(project, "echo no room here >&2; exit 1", [0, 0]);
  const logs = project.path(".state/regatta/logs");
  await until(async () => {
    const [name] = existsSync(logs) ? readdirSync(logs) : [];
    return name !== undefined && (await readFile(`${logs}/${name}`, "utf8")).endsWith("\n");
  });
  const dry = await project.regatta(["gc", "--dry-run"]);
  expect([dry.code, dry.stdout]).toEqual([
    0,
    expect.stringMatching(/^a run died, and its watchdog gave up at 20\S+Z: no room here\n/),
  ]);
  expect((await project.regatta(["status"])).stderr).toMatch(/note: a run died, and its watchdog gave up at .*no room/);
  // Nothing of it is left: it was said, and that was that.
  expect((await project.regatta(["gc"])).stdout).toBe("dead runs have left nothing\n");
});

test("a batch that cannot be put in order keeps no sandbox, and every command says why until it can", async () => {
  const project = await makeProject({
    ...task("a"),
    ...experiment(["a"], command("sleeps", `sleep 4242.${process.pid}`)),
  });
  const env = { XDG_CACHE_HOME: project.path(".cache") };
  const sandboxes = (): readonly string[] => readdirSync(project.path(".cache/regatta/local/envs"));
  const run = project.start(["run", "experiments/x.toml", "--json"], env);
  await run.shown(/"agent-run"/);
  expect(sandboxes()).toHaveLength(1);
  const index = project.path("results/x/0/runs/index.json");
  await rm(index, { force: true });
  await mkdir(`${index}/in-the-way`, { recursive: true });
  const watchdog = await watchdogOf(run.child.pid);
  run.child.kill("SIGKILL");
  await until(() => sandboxes().length === 0);
  // With what it has started: they would go on trying, and be the ones that tell in the end.
  process.kill(-watchdog, "SIGKILL");
  for (const words of ["gc", "gc"]) {
    const said = await project.regatta([words], env);
    expect([said.code, said.stdout]).toEqual([1, expect.stringMatching(/could not be put in order.*index\.json/)]);
  }
  const status = await project.regatta(["status"], env);
  expect([status.code, status.stderr]).toEqual([0, expect.stringMatching(/could not be put in order.*index\.json/)]);
  await rm(index, { recursive: true });
  const gc = await project.regatta(["gc"], env);
  expect([gc.code, gc.stdout]).toEqual([0, expect.stringContaining("1 was cut off, is kept")]);
  expect((await project.regatta(["gc"], env)).stdout).toBe("dead runs have left nothing\n");
});
