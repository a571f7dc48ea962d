/** What is looked at before a run starts: one that could not work costs nothing and leaves nothing. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { threadsOfUser } from "../../src/host/process-limits.ts";
import { scriptedProvider } from "../gateway/scripted-provider.ts";
import { engineWithNetworks } from "../support/played-engine.ts";
import {
  type Ended,
  experiment,
  makeProject,
  NOP,
  ORACLE,
  type Project,
  startProgram,
  task,
} from "../support/project.ts";
import { noSmallDisk, smallDisk } from "../support/small-disk.ts";

const KEY = "sk-ant-real-0123456789-secret-key";
const OTHER_KEY = "sk-ant-other-0123456789-secret-key";
const RUN = ["run", "experiments/x.toml"];
const AGENT = await readFile(new URL("asking-agent.sh", import.meta.url), "utf8");

function asking(profile: string, url: string, variable = "ANTHROPIC_API_KEY"): string {
  const argv = JSON.stringify(["bash", "-c", AGENT, "agent", "1"]);
  return `[profiles.${profile}]\nagent = "command"\ncommand = ${argv}\nenv = ["${variable}"]\nset_env = { ANTHROPIC_BASE_URL = "${url}" }\n`;
}

async function withProfiles(profiles: string, run = ""): Promise<Project> {
  return makeProject({ ...task("t"), ...experiment(["t"], profiles, run) });
}

function expectNothingLeft(project: Project): void {
  expect(existsSync(project.path("results"))).toBe(false);
}

test("a key that is dead before the start: no batch, no trial, and its name instead of it", async () => {
  const provider = await scriptedProvider(() => ({}), { status: 401 });
  const project = await withProfiles(asking("a", provider.url) + asking("b", provider.url) + NOP);
  const dead = await project.regatta(RUN, { ANTHROPIC_API_KEY: KEY });
  expect(dead.code, dead.stderr).toBe(2);
  expect(dead.stderr).toMatch(
    /nothing was started.*\nkey: anthropic at 127\.0\.0\.1:\d+ does not take the key in ANTHROPIC_API_KEY \(from the environment\): it answered 401\n {2}→ put a key there/,
  );
  expect(dead.stdout + dead.stderr).not.toContain(KEY);
  expect(provider.listed).toHaveLength(1);
  expect(provider.asked).toEqual([]);
  expectNothingLeft(project);
});

test("a key that died since: a batch that would be continued stays as it is", async () => {
  const list: { status?: number } = {};
  const provider = await scriptedProvider(() => ({}), list);
  const project = await withProfiles(asking("a", provider.url));
  expect((await project.regatta(RUN, { ANTHROPIC_API_KEY: KEY })).code).toBe(0);
  list.status = 403;
  const dead = await project.regatta([...RUN, "--batch", "0", "--attempts", "2"], { ANTHROPIC_API_KEY: KEY });
  expect(dead.code, dead.stderr).toBe(2);
  expect(dead.stderr).toContain("does not take the key in ANTHROPIC_API_KEY");
  expect(await project.list("results/x")).toEqual(["0"]);
  expect(await project.list("results/x/0/.regatta/launches")).toEqual(["0"]);
});

test("the plan asks nobody, nor does a run without the gateway", async () => {
  const provider = await scriptedProvider(() => ({}), { status: 401 });
  const project = await withProfiles(asking("a", provider.url));
  expect((await project.regatta(["plan", "experiments/x.toml"], { ANTHROPIC_API_KEY: KEY })).code).toBe(0);
  await project.write(experiment(["t"], `[gateway]\nmode = "off"\n${ORACLE}${asking("a", provider.url)}`));
  const off = await project.regatta(RUN, { ANTHROPIC_API_KEY: KEY });
  expect(off.stdout).toContain("oracle");
  expect(provider.listed).toEqual([]);
});

test("every key is asked about once, and none that no trial of this launch calls with", async () => {
  const provider = await scriptedProvider(() => ({}));
  const profiles =
    asking("a", provider.url) + asking("b", provider.url) + asking("c", provider.url, "ANTHROPIC_AUTH_TOKEN");
  const project = await withProfiles(profiles);
  const env = { ANTHROPIC_API_KEY: KEY, ANTHROPIC_AUTH_TOKEN: OTHER_KEY };
  const first = await project.regatta([...RUN, "--profiles", "a"], env);
  expect(first.code, first.stderr).toBe(0);
  expect(provider.listed).toHaveLength(1);
  const all = await project.regatta([...RUN, "--batch", "0"], env);
  expect(all.stderr).toContain("continuing");
  expect(provider.listed.map(({ headers }) => String(headers["x-api-key"])).toSorted()).toEqual(
    [KEY, KEY, OTHER_KEY].toSorted(),
  );
  const none = await project.regatta([...RUN, "--batch", "0", "--profiles", "a"], env);
  expect(none.stderr).toContain("nothing to run");
  expect(provider.listed).toHaveLength(3);
});

test("a provider that cannot be reached stops it; one without such a list, or in trouble, does not", async () => {
  const gone = await scriptedProvider(() => ({}));
  await gone.close();
  const project = await withProfiles(asking("a", gone.url));
  const unreachable = await project.regatta(RUN, { ANTHROPIC_API_KEY: KEY });
  expect(unreachable.code).toBe(2);
  expect(unreachable.stderr).toMatch(/cannot be reached: ECONNREFUSED\n {2}→ look at ANTHROPIC_BASE_URL/);
  expectNothingLeft(project);
  const bare = await scriptedProvider(() => ({}), { status: 404 });
  await project.write(experiment(["t"], asking("a", bare.url)));
  const without = await project.regatta(RUN, { ANTHROPIC_API_KEY: KEY });
  expect(without.code, without.stderr).toBe(0);
  expect(without.stderr.match(/warning: key: /g), without.stderr).toHaveLength(1);
  expect(without.stderr).toMatch(
    /warning: key: anthropic at \S+ has no list of its models: GET http:\S+\/v1\/models answered 404.*ANTHROPIC_BASE_URL/s,
  );
  const busy = await scriptedProvider(() => ({}), { status: 503 });
  await project.write(experiment(["t"], asking("a", busy.url)));
  const warned = await project.regatta(RUN, { ANTHROPIC_API_KEY: KEY });
  expect(warned.code, warned.stderr).toBe(0);
  expect(warned.stderr.match(/warning: key: /g)).toHaveLength(1);
});

test("a provider's clock that is far from ours is said, once", async () => {
  const date = new Date(Date.now() + 3 * 3_600_000).toUTCString();
  const provider = await scriptedProvider(() => ({}), { headers: { date } });
  const project = await withProfiles(asking("a", provider.url));
  const run = await project.regatta(RUN, { ANTHROPIC_API_KEY: KEY });
  expect(run.code, run.stderr).toBe(0);
  expect(run.stderr.match(/clock is 3 hours behind that of 127\.0\.0\.1/g)).toHaveLength(1);
});

test("storage that tasks declare beyond what is free is said with both numbers, and no reason not to start", async () => {
  const toml = "[environment]\nstorage_mb = 999999999\n[agent]\ntimeout_sec = 20.0\n[verifier]\ntimeout_sec = 20.0\n";
  const project = await makeProject({ ...task("t", { toml }), ...experiment(["t"], ORACLE, "parallel = 3") });
  const run = await project.regatta(RUN);
  expect(run.code, run.stderr).toBe(0);
  expect(run.stderr).toMatch(
    /warning: disk: 1 trial at a time may take 1048576\.0 GB by the storage that their tasks declare, and [\d.]+ GB are free at /,
  );
});

test.skipIf(noSmallDisk !== null)(
  `a disk with less than min_free_gb${noSmallDisk === null ? "" : ` (skipped: ${noSmallDisk})`}`,
  async () => {
    const project = await withProfiles(ORACLE, "min_free_gb = 0.02");
    const disk = await smallDisk(project, "10m");
    const full = await disk.regatta(RUN);
    expect(full.code, full.stderr).toBe(2);
    expect(full.stderr).toMatch(
      /disk: 10\.\d MB free at .*results, for results, and min_free_gb asks for 20\.0 MB\n {2}→ make room/,
    );
    expect(disk.sh("ls -A results")).toBe("");
  },
);

function withFewFiles(project: Project, slots: string): Promise<Ended> {
  const shell = ["/bin/bash", "-c", 'ulimit -n 160; exec "$0" "$@"'];
  return startProgram(project.dir, [...RUN, "-n", slots], {}, shell).ended;
}

test("a limit on open files that so many slots would pass names the number that fits, and that one runs", async () => {
  const project = await withProfiles(ORACLE, "attempts = 4");
  const few = await withFewFiles(project, "4");
  expect(few.code, few.stderr).toBe(2);
  expect(few.stderr).toMatch(
    /open files: this user may have 160 open files, and 4 trials.*\n {2}→ -n 2 fits; or ulimit -n 256/,
  );
  expectNothingLeft(project);
  const fits = await withFewFiles(project, "2");
  expect(fits.code, fits.stderr).toBe(0);
});

test.skipIf(noSmallDisk !== null)(
  `a limit on processes, of whoever is not root of the machine${noSmallDisk === null ? "" : ` (skipped: ${noSmallDisk})`}`,
  async () => {
    const project = await withProfiles(ORACLE, "attempts = 12");
    // Whoever runs the tests has a hundred left for the program itself; twelve trials want some five hundred.
    const script = `ulimit -u ${threadsOfUser() + 100}; exec "$0" "$@"`;
    const through = ["unshare", "--user", "--map-root-user", "/bin/bash", "-c", script];
    const few = await startProgram(project.dir, [...RUN, "-n", "12"], {}, through).ended;
    expect(few.code, few.stderr).toBe(2);
    expect(few.stderr).toMatch(
      /processes: this user may have \d+ processes and threads, \d+ in use, and 12 trials at a time need some \d+\n {2}→ .*ulimit -u \d+/,
    );
    expectNothingLeft(project);
  },
);

const docker = (project: Project): Promise<void> =>
  project
    .read("experiments/x.toml")
    .then((text) => project.write({ "experiments/x.toml": text.replace('"local"', '"docker"') }));

test("an engine whose pool of addresses is used up, and whose clock is wrong: both are said", async () => {
  const message =
    "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network";
  const systemTime = new Date(Date.now() - 3_600_000).toISOString();
  const engine = await engineWithNetworks({ refusal: { status: 404, message }, systemTime });
  const project = await withProfiles(ORACLE);
  await docker(project);
  const run = await project.regatta(RUN, { DOCKER_HOST: `unix://${engine.path}` });
  expect(run.code, run.stderr).toBe(2);
  expect(run.stderr).toContain(`addresses: the network that trials share cannot be made: ${message}\n`);
  expect(run.stderr).toContain("docker network prune");
  expect(run.stderr).toContain("clock: this machine's clock is 60 minutes ahead of that of the Docker engine");
  expectNothingLeft(project);
});

test("fewer addresses than slots: the number that fits", async () => {
  const engine = await engineWithNetworks({ subnet: "10.0.0.0/29", inUse: 2 });
  const project = await withProfiles(ORACLE, "attempts = 6");
  await docker(project);
  const run = await project.regatta([...RUN, "-n", "4"], { DOCKER_HOST: `unix://${engine.path}` });
  expect(run.code, run.stderr).toBe(2);
  expect(run.stderr).toMatch(/addresses: 3 addresses are free of 10\.0\.0\.0\/29.*4 trials.*\n {2}→ -n 3 fits/);
  expectNothingLeft(project);
});

test("without a trial that has a network none is made", async () => {
  const engine = await engineWithNetworks({ refusal: { status: 404, message: "no subnet" } });
  const toml = "[environment]\nallow_internet = false\n[agent]\ntimeout_sec = 20.0\n[verifier]\ntimeout_sec = 20.0\n";
  const project = await makeProject({ ...task("t", { toml }), ...experiment(["t"], ORACLE) });
  await docker(project);
  await project.regatta(RUN, { DOCKER_HOST: `unix://${engine.path}` });
  expect(engine.asked).not.toContain("POST /networks/create");
});

test("doctor shows what needs no experiment, and makes no network", async () => {
  const systemTime = new Date(Date.now() + 86_400_000 * 3).toISOString();
  const engine = await engineWithNetworks({ made: true, subnet: "10.0.0.0/29", systemTime });
  const project = await makeProject({});
  const { stdout } = await project.regatta(["doctor", "--json"], { DOCKER_HOST: `unix://${engine.path}` });
  const { checks } = JSON.parse(stdout) as { checks: readonly { name: string; ok: unknown; detail: string }[] };
  const said = Object.fromEntries(checks.map(({ name, detail }) => [name, detail]));
  expect(said["addresses"]).toMatch(/of 10\.0\.0\.0\/29/);
  expect(said["clock"]).toBe("this machine's clock is 3 days behind that of the Docker engine");
  expect(said["disk"]).toContain("for results here");
  expect(said["open files"]).toBeDefined();
  expect(engine.asked.filter((each) => !each.startsWith("GET"))).toEqual([]);
});
