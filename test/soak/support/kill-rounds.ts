/** Runs that are killed at random moments until they are through; between two kills everything that was finished is looked at. */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { command, experiment, makeProject, NOP, ORACLE, task } from "../../support/project.ts";
import { finishedTrials } from "./files-of.ts";

export interface KillRounds {
  readonly rounds: number;
  readonly environment: "local" | "docker";
  readonly env: Readonly<Record<string, string>>;
  readonly dockerfile: string;
  /** Names of sandboxes that are there, of this project alone. */
  readonly sandboxes: (projectDir: string) => readonly string[];
  readonly seed: number;
}

export interface KillReport {
  readonly kills: number;
  readonly batches: number;
  /** Sandboxes that were there when their runner was killed, and were gone afterwards. */
  readonly reaped: number;
  readonly slowestReapSec: number;
}

const TRIALS = 18;
const KILLS_PER_BATCH = 6;
const GONE_SEC = 30;

export async function killRounds(settings: KillRounds): Promise<KillReport> {
  const draw = randomFrom(settings.seed);
  let [kills, batches, reaped, slowestReapSec] = [0, 0, 0, 0];
  while (kills < settings.rounds) {
    batches += 1;
    const files = experiment(
      ["a", "b", "c"],
      `${ORACLE}${NOP}${command("naps", "echo 42 > answer; sleep 0.2; setsid sleep 1234.5 & sleep 0.1")}`,
      "attempts = 2\nparallel = 3",
    )["experiments/x.toml"];
    const project = await makeProject({
      ...Object.assign({}, ...["a", "b", "c"].map((name) => task(name, { dockerfile: settings.dockerfile }))),
      "experiments/x.toml": (files ?? "").replace(
        'container_env = "local"',
        `container_env = "${settings.environment}"`,
      ),
    });
    const env = { ...settings.env, XDG_CACHE_HOME: project.path(".cache") };
    const before = new Map<string, string>();
    for (let round = 0; round < KILLS_PER_BATCH && kills < settings.rounds; round++) {
      const run = project.start(["run", "experiments/x.toml"], env);
      const over = await Promise.race([run.ended.then(() => true), delay(400 + draw() * 4000).then(() => false)]);
      if (over) break;
      run.child.kill("SIGKILL");
      await run.ended;
      kills += 1;
      const left = settings.sandboxes(project.dir).length;
      const began = performance.now();
      while (settings.sandboxes(project.dir).length > 0 || processes(project.dir).length > 0) {
        const waited = (performance.now() - began) / 1000;
        if (waited > GONE_SEC) {
          const gc = await project.regatta(["gc", "--dry-run"], env);
          const what = [...settings.sandboxes(project.dir), ...processes(project.dir)].join(", ");
          throw new Error(`left after ${GONE_SEC} s: ${what}; by regatta gc: ${gc.stdout}${gc.stderr}`);
        }
        await delay(50);
      }
      reaped += left;
      slowestReapSec = Math.max(slowestReapSec, (performance.now() - began) / 1000);
      const now = finishedTrials(project.path("results/x/0"));
      for (const [trial, hash] of before) expect([trial, now.get(trial)]).toEqual([trial, hash]);
      for (const [trial, hash] of now) before.set(trial, hash);
    }
    const last = await project.regatta(["run", "experiments/x.toml", "--batch", "0"], env);
    expect([last.code, last.stderr.slice(-500)]).toEqual([0, expect.anything()]);
    const after = finishedTrials(project.path("results/x/0"));
    expect(after.size).toBe(TRIALS);
    for (const [trial, hash] of before) expect([trial, after.get(trial)]).toEqual([trial, hash]);
    expect(settings.sandboxes(project.dir)).toEqual([]);
  }
  return { kills, batches, reaped, slowestReapSec };
}

/** Of the runner's own and its watchdog's: all that have the project in their environment. */
function processes(projectDir: string): readonly string[] {
  const found: string[] = [];
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/environ`, "utf8").includes(`XDG_CACHE_HOME=${projectDir}/.cache`))
        found.push(`${pid} ${readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").slice(0, 120)}`);
    } catch (error) {
      // Ended while we looked, or not ours to look at.
      if (!["ENOENT", "ESRCH", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  }
  return found;
}

/** mulberry32 */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
