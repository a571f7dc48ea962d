/** An engine that goes away in the middle of a run, and comes back: a daemon that is restarted. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { command, experiment, makeProject, type Project, type Running, task } from "../support/project.ts";
import { written } from "../support/written.ts";
import { BASE_IMAGE } from "./base-image.ts";

const REAL = (process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock").replace(/^unix:\/\//, "");

interface Line {
  readonly host: string;
  /** Nobody is there any more, and every connection breaks off. */
  cut(): Promise<void>;
  restore(): Promise<void>;
}

/** The engine behind a socket of the test's own. */
async function lineToEngine(path: string): Promise<Line> {
  const open = new Set<Socket>();
  let server: Server | null = null;
  const restore = async (): Promise<void> => {
    server = createServer({ allowHalfOpen: true }, (near) => {
      const far = connect({ path: REAL, allowHalfOpen: true });
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        open.add(from);
        from.pipe(to);
        from.on("error", () => to.destroy());
        from.on("close", () => open.delete(from));
      }
    });
    server.listen(path);
    await once(server, "listening");
  };
  const cut = async (): Promise<void> => {
    if (server === null) return;
    const closed = once(server, "close");
    server.close();
    server = null;
    for (const socket of open) socket.destroy();
    await closed;
    rmSync(path, { force: true });
  };
  onTestFinished(cut);
  await restore();
  return { host: `unix://${path}`, cut, restore };
}

/** A run whose only agent is at work when the engine goes away. */
async function cutOffRun(run: string, args: readonly string[] = []) {
  const files = experiment(["a"], command("waits", "sleep 600"), `parallel = 1\nattempts = 2\nretries = 0\n${run}`);
  const dockerfile = `FROM ${BASE_IMAGE}\nWORKDIR /app\n`;
  const project = await makeProject({
    ...task("a", { dockerfile }),
    "experiments/x.toml": (files["experiments/x.toml"] ?? "").replace('"local"', '"docker"'),
  });
  const line = await lineToEngine(project.path("engine.sock"));
  const running = project.start(["run", "experiments/x.toml", ...args], { DOCKER_HOST: line.host });
  await Promise.race([running.shown(/waits #1: started|"trial-started"/), running.ended]);
  await written(project.path("results/x/0"), "events.jsonl", '"agent-run"');
  await line.cut();
  await Promise.race([running.shown(/paused/), running.ended]);
  return { project, line, running };
}

function containersOf(project: Project): string {
  const filter = `label=regatta.project=${project.dir}`;
  return execFileSync("docker", ["ps", "-aq", "--filter", filter], { encoding: "utf8" });
}

test("what runs is lost and tried again, what waits goes on waiting, and nothing is left behind", async () => {
  const files = experiment(
    ["a", "b"],
    command("answers", "echo 42 > /app/answer; sleep 1"),
    "parallel = 1\nretries = 1",
  );
  const dockerfile = `FROM ${BASE_IMAGE}\nWORKDIR /app\n`;
  const project = await makeProject({
    ...task("a", { dockerfile }),
    ...task("b", { dockerfile }),
    "experiments/x.toml": (files["experiments/x.toml"] ?? "").replace('"local"', '"docker"'),
  });
  const line = await lineToEngine(project.path("engine.sock"));
  const run = project.start(["run", "experiments/x.toml", "--json"], { DOCKER_HOST: line.host });
  await run.shown(/"phase-started".*"agent-run"/);
  await line.cut();
  await run.shown('"paused"');
  expect(containersOf(project)).not.toBe("");
  await line.restore();
  const { code, stdout, stderr } = await run.ended;
  expect(code, stdout + stderr).toBe(0);
  const events = stdout
    .trim()
    .split("\n")
    .map((text) => JSON.parse(text) as { type: string; reason?: string; message?: string; try?: number });
  expect(events.filter(({ type }) => type === "paused")).toEqual([
    expect.objectContaining({
      reason: "environment",
      message: expect.stringMatching(/cannot be reached: it does not run/) as string,
    }),
  ]);
  expect(events.filter(({ type }) => type === "resumed")).toHaveLength(1);
  expect(
    events
      .filter(({ type }) => type === "trial-started")
      .map((each) => each.try)
      .toSorted((a = 0, b = 0) => a - b),
  ).toEqual([1, 1, 2]);
  expect(containersOf(project)).toBe("");
}, 120_000);

test("Ctrl-C while the engine is away: results, what goes on, what may be left, and who was told", async () => {
  const { project, line, running } = await cutOffRun("notify = 'cat >> told.json'");
  running.child.kill("SIGINT");
  const { code, stdout, stderr } = await running.ended;
  expect(code, stderr).toBe(130);
  expect(stdout).toContain("0 of 2 trials scored");
  expect(stderr).toContain("sandboxes of this run may be left, and regatta gc removes them");
  expect(stderr).toContain("to go on: regatta run experiments/x.toml");
  expect(stderr).not.toContain("internal error");
  const told = (await project.read("told.json")).trim().split("\n");
  expect(JSON.parse(told.at(-1) ?? "")).toMatchObject({ event: "finished", exit_code: 130 });
  expect(containersOf(project)).not.toBe("");
  await line.restore();
  const swept = await project.regatta(["gc"], { DOCKER_HOST: line.host });
  expect(swept.code, swept.stderr).toBe(0);
  expect(containersOf(project)).toBe("");
}, 120_000);

test("Ctrl-C twice while the engine is away is at once, and the last line is the results", async () => {
  const { line, running, project } = await cutOffRun("", ["--json"]);
  running.child.kill("SIGINT");
  running.child.kill("SIGINT");
  const { code, stdout, stderr } = await running.ended;
  expect(code, stderr).toBe(130);
  const last = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as unknown;
  expect(last).toMatchObject({
    type: "results",
    exit_code: 130,
    stopped: "interrupted",
    totals: { trials: 2, scored: 0 },
  });
  await line.restore();
  await project.regatta(["gc"], { DOCKER_HOST: line.host });
  expect(containersOf(project)).toBe("");
}, 120_000);

test("run_timeout_sec while the engine is away ends the run at its limit", async () => {
  const { line, running, project } = await cutOffRun("run_timeout_sec = 20");
  const { code, stdout, stderr } = await running.ended;
  expect(code, stderr).toBe(1);
  expect(stdout).toContain("0 of 2 trials scored");
  expect(stderr).toContain("to go on: regatta run experiments/x.toml");
  await line.restore();
  await project.regatta(["gc"], { DOCKER_HOST: line.host });
  expect(containersOf(project)).toBe("");
}, 120_000);

/** One trial that waits in a container, by a runner without a watchdog, whose engine has just gone away. */
async function cutOff(): Promise<{ project: Project; line: Line; run: Running; env: Record<string, string> }> {
  const files = experiment(["a"], command("waits", "sleep 90044"));
  const project = await makeProject({
    ...task("a", { dockerfile: `FROM ${BASE_IMAGE}\nWORKDIR /app\n` }),
    "experiments/x.toml": (files["experiments/x.toml"] ?? "").replace('"local"', '"docker"'),
  });
  const line = await lineToEngine(project.path("engine.sock"));
  const env = { DOCKER_HOST: line.host };
  const run = project.start(["run", "experiments/x.toml", "--json"], env);
  await run.shown(/"phase-started".*"agent-run"/);
  const watchdog = readFileSync(`/proc/${run.child.pid}/task/${run.child.pid}/children`, "utf8").trim();
  expect(watchdog).toMatch(/^\d+$/);
  process.kill(Number(watchdog), "SIGKILL");
  await line.cut();
  return { project, line, run, env };
}

test("while the engine cannot be asked, nobody says that a dead run has left nothing, and once it answers all goes", async () => {
  const { project, line, run, env } = await cutOff();
  run.child.kill("SIGKILL");
  await run.ended;
  const stays =
    /Docker could not be asked \(the Docker engine at .* it does not run .*\): what is left there of \S+\/x\/0 stays/;
  // Twice: what was said once is not forgotten.
  for (const words of ["gc", "gc", "kill"]) {
    const said = await project.regatta([words], env);
    expect([said.code, said.stdout]).toEqual([1, expect.stringMatching(stays)]);
    expect(said.stdout).not.toMatch(/left nothing|nothing of this project/);
    const { problems } = JSON.parse((await project.regatta([words, "--json"], env)).stdout) as { problems: string[] };
    expect(problems).toEqual([expect.stringMatching(stays)]);
  }
  const recovered = await project.regatta(["recover", "x/0", "--json"], env);
  expect([recovered.code, JSON.parse(recovered.stdout)]).toEqual([
    1,
    expect.objectContaining({ postponed: true, unfinished: [], problems: [expect.stringMatching(stays)] }),
  ]);
  const status = await project.regatta(["status"], env);
  expect([status.code, status.stderr]).toEqual([0, expect.stringMatching(stays)]);
  expect(status.stdout).toContain("interrupted");
  expect(containersOf(project)).not.toBe("");
  await line.restore();
  const gc = await project.regatta(["gc"], env);
  expect([gc.code, gc.stdout]).toEqual([0, expect.stringContaining("1 was cut off")]);
  expect(containersOf(project)).toBe("");
  expect((await project.regatta(["gc"], env)).stdout).toBe("dead runs have left nothing\n");
});

test("recover goes by the files alone when told so; containers go when the engine answers", async () => {
  const { project, line, run, env } = await cutOff();
  run.child.kill("SIGKILL");
  await run.ended;
  const recovered = await project.regatta(["recover", "x/0", "--without-sandboxes"], env);
  expect([recovered.code, recovered.stdout]).toEqual([
    1,
    expect.stringMatching(/1 was cut off.*\nDocker could not be asked/),
  ]);
  await line.restore();
  expect((await project.regatta(["gc"], env)).code).toBe(0);
  expect(containersOf(project)).toBe("");
});

test("a run that ends while its engine is away is remembered until what it left is gone", async () => {
  const { project, line, run, env } = await cutOff();
  run.child.kill("SIGINT");
  expect((await run.ended).code).toBe(130);
  const away = await project.regatta(["gc"], env);
  expect([away.code, away.stdout]).toEqual([1, expect.stringContaining("Docker could not be asked")]);
  expect(containersOf(project)).not.toBe("");
  await line.restore();
  const gc = await project.regatta(["gc"], env);
  expect([gc.code, gc.stdout]).toEqual([0, expect.stringContaining("sandboxes of dead runs")]);
  expect(containersOf(project)).toBe("");
});
