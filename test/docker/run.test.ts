/** The real program with `container_env = "docker"` against the engine of this machine. */
import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { command, experiment, makeProject, NOP, ORACLE, type Project, task } from "../support/project.ts";
import { BASE_IMAGE } from "./base-image.ts";

/** The engine that Docker's own tool would use. */
const ENGINE = { DOCKER_HOST: process.env["DOCKER_HOST"] ?? "" };
const DOCKERFILE = `FROM ${BASE_IMAGE}\nWORKDIR /app\n`;

interface Indexed {
  readonly task_id: string;
  readonly agent_key: string;
  readonly attempt: number;
  readonly outcome: string;
  readonly reason: string | null;
  readonly accuracy: number | null;
  readonly results_json: string;
}

function docker(...args: readonly string[]): string {
  return execFileSync("docker", args, { encoding: "utf8" }).trim();
}

/** Containers that belong to this project. */
function containersOf(project: Project): readonly string[] {
  const listed = docker("ps", "-aq", "--filter", `label=regatta.project=${project.dir}`);
  return listed === "" ? [] : listed.split("\n");
}

function inDocker(tasks: readonly string[], profiles: string, run = ""): Record<string, string> {
  const files = experiment(tasks, profiles, run);
  const text = files["experiments/x.toml"] ?? "";
  return { "experiments/x.toml": text.replace('container_env = "local"', 'container_env = "docker"') };
}

async function index(project: Project): Promise<readonly Indexed[]> {
  return ((await project.json("results/x/0/runs/index.json")) as { runs: Indexed[] }).runs;
}

function short({ task_id, agent_key, outcome, reason, accuracy }: Indexed): string {
  return `${task_id} ${agent_key} ${outcome}${reason === null ? "" : ` ${reason}`}${accuracy === null ? "" : ` ${accuracy}`}`;
}

async function resultOf(project: Project, entry: Indexed): Promise<Record<string, unknown>> {
  return (await project.json(`results/x/0/${entry.results_json}`)) as Record<string, unknown>;
}

test("the demo comes out as it does without Docker", async () => {
  const project = await makeProject({});
  cpSync(resolve(import.meta.dirname, "../../examples/demo"), project.dir, { recursive: true });
  rmSync(project.path("results"), { recursive: true, force: true });
  const text = (await project.read("experiments/demo.toml")).replace(
    'container_env = "local"',
    'container_env = "docker"',
  );
  await project.write({ "experiments/demo.toml": text });
  const run = await project.regatta(["run", "experiments/demo.toml", "--json"], ENGINE);
  expect(run.code, run.stderr).toBe(0);
  const results = JSON.parse(run.stdout.trim().split("\n").at(-1) ?? "") as {
    profiles: { key: string; mean_reward: number }[];
  };
  expect(JSON.stringify(results)).toContain('"oracle"');
  const { runs } = (await project.json("results/demo/0/runs/index.json")) as { runs: Indexed[] };
  const successes = new Map<string, number>();
  for (const { agent_key, accuracy } of runs)
    if (accuracy === 1) successes.set(agent_key, (successes.get(agent_key) ?? 0) + 1);
  expect(Object.fromEntries(successes)).toEqual({ oracle: 12, novice: 2, toolbox: 8 });
  // The engine is this machine's: nothing of what its containers used is unknown.
  const [first] = runs;
  const extras = first?.results_json.replace("result.json", ".regatta/trial.json") ?? "";
  const { record } = (await project.json(`results/demo/0/${extras}`)) as { record: { noise: Record<string, unknown> } };
  const { cpuSec, peakMemoryMib, diskMb, throttledSec, oomKills } = record.noise;
  for (const figure of [cpuSec, peakMemoryMib, diskMb]) expect(figure).toBeGreaterThan(0);
  expect([throttledSec, oomKills]).toEqual([expect.any(Number), 0]);
  expect(containersOf(project)).toEqual([]);
}, 240_000);

test("an image is built once for all, one that is named is used, and one that cannot be built fails for its task alone", async () => {
  const project = await makeProject({
    ...task("built", {
      dockerfile: `${DOCKERFILE}RUN echo ${Date.now()} >/built-once\nCOPY note /app/note\n`,
      more: { "environment/note": "n" },
      test: "cat /built-once /app/note; echo 1 >/logs/verifier/reward.txt",
    }),
    ...task("named", {
      toml: `[environment]\ndocker_image = "${BASE_IMAGE}"\nworkdir = "/app"\n`,
      dockerfile: "FROM no-such-image-anywhere\n",
    }),
    ...task("broken", { dockerfile: `${DOCKERFILE}RUN echo before; echo this is why >&2; exit 3\n` }),
    ...task("missing", { toml: '[environment]\ndocker_image = "localhost:1/no/such:1"\n' }),
    ...inDocker(["built", "named", "broken", "missing"], `${ORACLE}${NOP}`, "attempts = 2"),
  });
  const run = await project.regatta(["run", "experiments/x.toml"], ENGINE);
  expect(run.code).toBe(1);
  const all = (await index(project)).map(short);
  expect(all.filter((line) => line === "built oracle scored 1")).toHaveLength(2);
  expect(all.filter((line) => line === "built nop scored 1")).toHaveLength(2);
  expect(all.filter((line) => line === "named oracle scored 1")).toHaveLength(2);
  expect(all.filter((line) => line === "named nop scored 0")).toHaveLength(2);
  expect(all.filter((line) => line.endsWith("not-scored infrastructure(build-failed)"))).toHaveLength(4);
  expect(all.filter((line) => line.endsWith("not-scored infrastructure(environment-start-failed)"))).toHaveLength(4);
  expect((await project.read("results/x/0/.regatta/images/broken.log")).match(/Z {3}this is why$/gm)).toHaveLength(1);
  expect(
    (await project.read("results/x/0/.regatta/images/built.log")).match(/RUN echo \d+ >\/built-once$/gm),
  ).toHaveLength(1);
  expect(run.stdout).toContain("this is why");
  expect(run.stdout).toMatch(/no\/such:1 cannot be pulled/);
  expect(run.stdout).toMatch(/the task also has a Dockerfile .*: force_rebuild = true/);

  const again = await project.regatta(["run", "experiments/x.toml", "--new", "--tasks", "built"], ENGINE);
  expect(again.stderr).not.toContain("making its image ready");
  await project.write(inDocker(["named"], ORACLE, "force_rebuild = true"));
  const forced = await project.regatta(["run", "experiments/x.toml", "--new"], ENGINE);
  expect(forced.code).toBe(1);
  expect(forced.stdout).toMatch(/no-such-image-anywhere/);
}, 240_000);

test("limits hold: memory, cpus, processes, network; an out-of-memory kill is told", async () => {
  const hungry = `awk 'BEGIN { s = "xxxxxxxxxxxxxxxx"; while (1) s = s s }'`;
  const look = [
    "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max",
    "cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu.max",
    "grep NoNewPrivs /proc/self/status; tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '",
  ].join("; ");
  const project = await makeProject({
    ...task("small", {
      toml: "[environment]\ncpus = 1\nmemory_mb = 64\nallow_internet = false\n",
      dockerfile: DOCKERFILE,
    }),
    ...inDocker(["small"], `${command("looks", look)}${command("hungry", hungry)}`),
  });
  const run = await project.regatta(["run", "experiments/x.toml"], ENGINE);
  expect(run.code).toBe(0);
  const [looks, hungryOne] = await index(project);
  if (looks === undefined || hungryOne === undefined) throw new Error("no trials");
  const agent = (entry: Indexed): string =>
    join(project.dir, "results/x/0", entry.results_json, "../agent/command.log");
  const seen = readFileSync(agent(looks), "utf8").split("\n");
  expect(seen[0]).toBe(String(64 << 20));
  expect(seen[1]).toMatch(/^100000/);
  expect(seen.slice(2)).toEqual(["NoNewPrivs:\t1", "lo", ""]);
  expect(short(hungryOne)).toMatch(/^small hungry scored agent-exit\(\d+\) 0$/);
  const extras = await project.read(
    `results/x/0/${hungryOne.results_json.replace("result.json", ".regatta/trial.json")}`,
  );
  expect(extras).toMatch(/out of memory \(its 64 MiB\)/);
  expect(run.stdout).toMatch(
    /^out of memory .*\n {2}small × hungry #1 {2}\d+ process(es)? killed, ended by agent-exit/m,
  );
});

test("two rewards, an agent out of time, a user, a service left for the tests, a healthcheck that never passes, half a gigabyte of log", async () => {
  const project = await makeProject({
    ...task("two", { dockerfile: DOCKERFILE, test: `echo '{"reward": 0.5, "style": 1}' >/logs/verifier/reward.json` }),
    ...task("slow", {
      dockerfile: DOCKERFILE,
      toml: "[agent]\ntimeout_sec = 1.0\n",
      solution: "echo 42 >/app/answer; setsid sleep 90031 & sleep 90031",
    }),
    ...task("user", {
      dockerfile: `${DOCKERFILE}RUN useradd -m racer && chown racer /app\n`,
      toml: '[agent]\nuser = "racer"\n[verifier]\nuser = "racer"\n',
      solution: '[ "$(id -un)" = racer ] && [ "$HOME" = /home/racer ] && echo 42 >/app/answer',
    }),
    ...task("serves", {
      dockerfile: DOCKERFILE,
      solution: `perl -MSocket -e 'socket(S, PF_INET, SOCK_STREAM, 0); bind(S, sockaddr_in(4242, INADDR_LOOPBACK)); listen(S, 1); while (accept(C, S)) { syswrite(C, "up"); close C }' >/dev/null 2>&1 &\nsetsid sleep 90031 >/dev/null 2>&1 &`,
      test: `said=$(perl -MSocket -e 'socket(S, PF_INET, SOCK_STREAM, 0); connect(S, sockaddr_in(4242, INADDR_LOOPBACK)) or exit 1; sysread(S, $b, 2); print $b')
        if [ "$said" = up ] && ! grep -qs 90031 /proc/[0-9]*/cmdline; then echo 1; else echo 0; fi >/logs/verifier/reward.txt`,
    }),
    ...task("sick", {
      dockerfile: DOCKERFILE,
      toml: '[environment.healthcheck]\ncommand = "echo no; exit 1"\ninterval_sec = 0.1\nretries = 2\n',
    }),
    ...task("loud", {
      dockerfile: DOCKERFILE,
      solution: "head -c 500000000 /dev/zero | tr '\\0' x; echo 42 >/app/answer",
    }),
    ...inDocker(["two", "slow", "user", "serves", "sick", "loud"], ORACLE),
  });
  const run = await project.regatta(["run", "experiments/x.toml"], ENGINE);
  const runs = await index(project);
  expect(runs.map(short), run.stdout).toEqual([
    "two oracle scored 0.5",
    "slow oracle scored agent-timeout 1",
    "user oracle scored 1",
    "serves oracle scored 1",
    "sick oracle not-scored infrastructure(healthcheck-failed)",
    "loud oracle scored 1",
  ]);
  expect((await resultOf(project, runs[0] as Indexed))["verifier_result"]).toEqual({
    rewards: { reward: 0.5, style: 1 },
  });
  const loud = statSync(join(project.dir, "results/x/0", (runs[5] as Indexed).results_json, "../agent/oracle.txt"));
  expect(loud.size).toBeGreaterThan(200 << 20);
  expect(loud.size).toBeLessThan(300 << 20);
  expect(containersOf(project)).toEqual([]);
}, 240_000);

test("Ctrl-C leaves nothing; a killed runner's containers are found, shown and removed", async () => {
  const project = await makeProject({
    ...task("t", { dockerfile: DOCKERFILE }),
    ...inDocker(["t"], command("waits", "echo up; sleep 90032")),
  });
  const first = project.start(["run", "experiments/x.toml"], ENGINE);
  await first.shown("t × waits #1: started");
  first.child.kill("SIGINT");
  expect((await first.ended).code).toBe(130);
  expect(containersOf(project)).toEqual([]);

  const second = project.start(["run", "experiments/x.toml", "--new"], ENGINE);
  await second.shown("t × waits #1: started");
  while (containersOf(project).length < 2) docker("version");
  // Its watchdog first: that would remove them before anybody could look.
  const children = readFileSync(`/proc/${second.child.pid}/task/${second.child.pid}/children`, "utf8").trim();
  expect(children).toMatch(/^\d+$/);
  process.kill(Number(children), "SIGKILL");
  second.child.kill("SIGKILL");
  await second.ended;
  // The trial's, and the one that guards its network.
  expect(containersOf(project)).toHaveLength(2);
  const labels = docker("inspect", "--format", "{{json .Config.Labels}}", containersOf(project)[0] ?? "");
  for (const label of ["experiment", "batch", "trial", "try", "host", "boot-id", "pid", "start-time", "expires"])
    expect(Object.keys(JSON.parse(labels) as object)).toContain(`regatta.${label}`);
  const shown = await project.regatta(["kill"], ENGINE);
  expect(shown.stdout).toMatch(/would stop .*\(its process is gone, 1 sandbox\)/);
  const killed = await project.regatta(["kill", "--yes"], ENGINE);
  expect(killed.stdout).toMatch(/was gone already; what it left is removed/);
  expect(containersOf(project)).toEqual([]);
});
