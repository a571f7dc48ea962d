/** Runners killed at random moments, and trials that behave as badly as they can. */
import { join } from "node:path";
import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { command, experiment, makeProject, task } from "../support/project.ts";
import { SIZES } from "./sizes.ts";
import { foldersIn } from "./support/files-of.ts";
import { killRounds } from "./support/kill-rounds.ts";

test("a runner killed at random moments loses nothing, leaves nothing, and is through in the end", async () => {
  const began = performance.now();
  const report = await killRounds({
    rounds: SIZES.killsLocal,
    environment: "local",
    env: {},
    dockerfile: "FROM debian:12\nWORKDIR /app\n",
    sandboxes: (dir) => foldersIn(join(dir, ".cache/regatta/local/envs")),
    seed: Number(process.env["REGATTA_SEED"] ?? 1),
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`kills in local: ${JSON.stringify(report)}; ${seconds} s`);
  expect(report.kills).toBe(SIZES.killsLocal);
});

const BEHAVIOUR: Readonly<Record<string, { readonly script: string; readonly reason: string | null }>> = {
  fine: { script: "echo 42 > answer", reason: null },
  crashes: { script: "echo 42 > answer; exit 3", reason: "agent-exit(3)" },
  dies: { script: "echo 42 > answer; kill -9 $$", reason: "agent-exit(137)" },
  hangs: { script: "echo 42 > answer; trap '' TERM; sleep 8675.309", reason: "agent-timeout" },
  floods: { script: "echo 42 > answer; yes 0123456789 | head -c 20000000", reason: null },
  leaks: { script: "echo 42 > answer; for i in 1 2 3; do setsid sleep 8675.309 & done", reason: null },
  forks: { script: "echo 42 > answer; for i in $(seq 100); do sleep 8675.309 & done", reason: null },
};

test("trials that crash, hang, flood, leak and fork get their outcome, and nothing of them stays", async () => {
  const keys = Object.keys(BEHAVIOUR);
  const attempts = Math.ceil(SIZES.randomTrials / keys.length);
  const project = await makeProject({
    ...task("a", { toml: "[agent]\ntimeout_sec = 1.0\n[verifier]\ntimeout_sec = 60.0\n" }),
    ...experiment(
      ["a"],
      Object.entries(BEHAVIOUR)
        .map(([key, { script }]) => command(key, script))
        .join(""),
      `attempts = ${attempts}\nparallel = 4`,
    ),
  });
  const began = performance.now();
  const run = await project.regatta(["run", "experiments/x.toml"], { XDG_CACHE_HOME: project.path(".cache") });
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  expect(run.code).toBe(0);
  const { runs } = (await project.json("results/x/0/runs/index.json")) as {
    runs: { agent_key: string; outcome: string; reason: string | null; accuracy: number }[];
  };
  expect(runs).toHaveLength(attempts * keys.length);
  const wrong = runs.filter(
    ({ agent_key, outcome, reason, accuracy }) =>
      outcome !== "scored" || accuracy !== 1 || (reason !== BEHAVIOUR[agent_key]?.reason && reason !== "agent-timeout"),
  );
  expect(wrong).toEqual([]);
  expect(foldersIn(project.path(".cache/regatta/local/envs"))).toEqual([]);
  expect(await sleepers()).toBe(0);
  console.log(`random behaviour: ${runs.length} trials; ${seconds} s`);
});

async function sleepers(): Promise<number> {
  let count = 0;
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    try {
      if ((await readFile(`/proc/${pid}/cmdline`, "utf8")) === ["sleep", "8675.309", ""].join("\0")) count += 1;
    } catch (error) {
      // Ended while we looked.
      if (!["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  }
  return count;
}
