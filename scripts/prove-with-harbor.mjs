/**
 * Proof with the real Harbor, by hand: `node scripts/prove-with-harbor.mjs` as root on Debian with Docker running.
 *
 * Harbor wants a newer Python than Debian 12 has, so it lives in a Debian 13 root that debootstrap makes once (some minutes;
 * REGATTA_HARBOR_ROOT names it, default /var/tmp/regatta-harbor). Then: Harbor runs the jobs that `engine = "harbor"` writes;
 * Harbor's own models load every file of the jobs that Regatta's engine writes; `harbor view` opens them.
 */
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot, setUp } from "./set-up.mjs";

const root = process.env["REGATTA_HARBOR_ROOT"] ?? "/var/tmp/regatta-harbor";
const TASKS = ["hello-file", "count-errors", "sort-names"];
const PORT = 8123;
const LOAD = `
import glob, sys
from harbor.models.job.config import JobConfig
from harbor.models.job.result import JobResult
from harbor.models.job.lock import JobLock, TrialLock
from harbor.models.trial.result import TrialResult
from harbor.models.trial.config import TrialConfig
good = bad = 0
def load(model, path):
    global good, bad
    try:
        model.model_validate_json(open(path).read()); good += 1
    except Exception as error:
        bad += 1; print(path, error)
for job in glob.glob(sys.argv[1] + "/*/"):
    for model, name in ((JobConfig, "config"), (JobResult, "result"), (JobLock, "lock")): load(model, job + name + ".json")
    for result in glob.glob(job + "*/result.json"):
        trial = result[:-len("result.json")]
        for model, name in ((TrialConfig, "config"), (TrialResult, "result"), (TrialLock, "lock")): load(model, trial + name + ".json")
print(good, bad)
`;

process.exitCode = await main();

async function main() {
  await setUp();
  makeRoot();
  const folder = mkdtempSync(join(tmpdir(), "regatta-proof-"));
  // Not /var/run: in the root that is a link, which would lead out of it.
  const mounts = ["/proc", "/dev", "/run/docker.sock", folder];
  try {
    for (const path of mounts) mount(path);
    run(process.execPath, [join(projectRoot, "scripts", "docker-base.mjs")]);
    writeProject(folder);
    return await prove(folder);
  } finally {
    for (const path of mounts.toReversed()) spawnSync("umount", [join(root, path)]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} folder */
async function prove(folder) {
  const version = inRoot(folder, ["/v/bin/harbor", "--version"]).trim();
  regatta(folder, ["run", "experiments/by-harbor.toml"]);
  const theirs = rewards(folder, "by-harbor");
  regatta(folder, ["run", "experiments/by-regatta.toml"]);
  const ours = rewards(folder, "by-regatta");
  const runs = join(folder, "results/by-regatta/0/runs");
  const loaded = inRoot(folder, ["/v/bin/python", "-c", LOAD, runs]).trim().split("\n");
  const shown = await view(folder, runs);
  const checks = [
    [
      `Harbor ${version} runs what engine = "harbor" writes`,
      `${theirs.length} trials: ${theirs.join(", ")}`,
      theirs.length === 12,
    ],
    ["Regatta's own engine says the same of them", ours.join(", "), ours.join() === theirs.join()],
    ["Harbor's models load Regatta's files (good bad)", loaded.join("; "), /^\d+ 0$/.test(loaded.at(-1) ?? "")],
    ["harbor view opens Regatta's jobs and trials", shown, shown === "2 jobs, 12 trials"],
  ];
  for (const [what, found, good] of checks) console.log(`${good === true ? "ok    " : "FAILED"}  ${what}: ${found}`);
  return checks.every(([, , good]) => good === true) ? 0 : 1;
}

function makeRoot() {
  if (existsSync(join(root, "v/bin/harbor"))) return;
  console.log(`making a Debian with Harbor in ${root}`);
  const packages = "python3,python3-pip,python3-venv,ca-certificates,git,docker-cli,docker-compose,docker-buildx";
  run("debootstrap", ["--variant=minbase", `--include=${packages}`, "trixie", root, "http://deb.debian.org/debian"]);
  // Where this machine trusts more than Debian does, so must what is installed there.
  cpSync("/etc/ssl/certs/ca-certificates.crt", join(root, "etc/ssl/certs/ca-certificates.crt"), { dereference: true });
  run("chroot", [
    root,
    "sh",
    "-c",
    "python3 -m venv /v && PIP_CERT=/etc/ssl/certs/ca-certificates.crt /v/bin/pip install -q harbor",
  ]);
}

/** @param {string} path */
function mount(path) {
  const at = join(root, path);
  if (path.endsWith(".sock")) {
    mkdirSync(join(at, ".."), { recursive: true });
    if (!existsSync(at)) writeFileSync(at, "");
  } else mkdirSync(at, { recursive: true });
  run("mount", ["--bind", path, at]);
}

/** @param {string} folder */
function writeProject(folder) {
  for (const task of TASKS)
    cpSync(join(projectRoot, "examples/demo/tasks", task), join(folder, "tasks", task), { recursive: true });
  const enter = `exec env HOME=/root chroot ${root} sh -c 'cd ${folder} && exec /v/bin/harbor "$@"' sh "$@"`;
  writeFileSync(join(folder, "harbor"), `#!/bin/sh\n${enter}\n`, { mode: 0o755 });
  mkdirSync(join(folder, "experiments"));
  for (const engine of ["harbor", "regatta"]) {
    const lines = [
      `schema_version = 2\nslug = "by-${engine}"\n[run]\nengine = "${engine}"\ncontainer_env = "docker"\nattempts = 2\nparallel = 4`,
      engine === "harbor" ? 'harbor_bin = "./harbor"' : "",
      ...TASKS.map((task) => `[tasks.${task}]\npath = "tasks/${task}"`),
      '[profiles.oracle]\nagent = "oracle"\n[profiles.nop]\nagent = "nop"\n',
    ];
    writeFileSync(join(folder, "experiments", `by-${engine}.toml`), lines.join("\n"));
  }
}

/**
 * @param {string} folder
 * @param {string} slug
 * @returns {string[]}
 */
function rewards(folder, slug) {
  /** @type {{ runs: { task_id: string, agent_key: string, attempt: number, accuracy: number | null }[] }} */
  const { runs } = JSON.parse(readFileSync(join(folder, "results", slug, "0/runs/index.json"), "utf8"));
  return runs.map((each) => `${each.task_id} ${each.agent_key} #${each.attempt} ${each.accuracy}`).toSorted();
}

/**
 * @param {string} folder
 * @param {string} runs
 * @returns {Promise<string>}
 */
async function view(folder, runs) {
  const args = ["view", runs, "-p", String(PORT), "--host", "127.0.0.1"];
  const child = spawn(join(folder, "harbor"), args, { stdio: "ignore", detached: true });
  try {
    const { items } = await answer("/api/jobs");
    let trials = 0;
    for (const { name } of items) {
      const listed = await answer(`/api/jobs/${encodeURIComponent(name)}/trials`);
      for (const trial of listed.items) {
        await answer(`/api/jobs/${encodeURIComponent(name)}/trials/${encodeURIComponent(trial.name)}`);
        trials += 1;
      }
    }
    return `${items.length} jobs, ${trials} trials`;
  } finally {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  }
}

/**
 * @param {string} path
 * @returns {Promise<{ items: { name: string }[] }>}
 */
async function answer(path) {
  for (let tries = 0; ; tries++) {
    try {
      const response = await fetch(`http://127.0.0.1:${PORT}${path}`);
      if (!response.ok) throw new Error(`harbor view answers ${response.status} for ${path}`);
      return /** @type {{ items: { name: string }[] }} */ (await response.json());
    } catch (error) {
      // It takes some seconds to listen.
      if (tries > 60 || !(error instanceof TypeError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

/**
 * @param {string} folder
 * @param {readonly string[]} argv
 */
function inRoot(folder, argv) {
  return run("chroot", [root, "sh", "-c", `cd ${folder} && exec "$@"`, "sh", ...argv]);
}

/**
 * @param {string} folder
 * @param {readonly string[]} args
 */
function regatta(folder, args) {
  return run(process.execPath, [join(projectRoot, "dist", "cli.mjs"), ...args], folder);
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} [cwd]
 * @returns {string} what it printed
 */
function run(program, args, cwd) {
  const { status, stdout, error } = spawnSync(program, [...args], {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}\n${stdout}`);
  return stdout;
}
