/** What went on around a trial, by the real program on a machine that is made busy. */
import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import { machineWaits } from "../../src/host/pressure.ts";
import { command, experiment, makeProject, NOP, type Project, task } from "../support/project.ts";

const why = typeof machineWaits()?.cpu === "number" ? null : "this kernel counts no waiting";

async function trials(project: Project): Promise<readonly { task: string; doubt: string | null }[]> {
  const { stdout } = await project.regatta(["results", "experiments/x.toml", "--json"]);
  return (JSON.parse(stdout) as { trials: { task: string; doubt: string | null }[] }).trials;
}

test.skipIf(why !== null)(
  `tests that measure time and fail under load are doubtful; others are not${why === null ? "" : ` (skipped: ${why})`}`,
  async () => {
    // More to do at once than there are cores, while the tests run.
    const busy = Array.from(
      { length: 2 * availableParallelism() + 2 },
      () => "(i=0; while [ $i -lt 150000 ]; do i=$((i+1)); done) &",
    );
    const load = `${busy.join(" ")} wait`;
    const project = await makeProject({
      ...task("timed", { test: `start=$(date +%s%N); ${load}; timeout 5 true; echo 0 > /logs/verifier/reward.txt` }),
      ...task("plain", { test: `${load}; echo 0 > /logs/verifier/reward.txt` }),
      ...task("passes", { test: `${load}; timeout 5 true; echo 1 > /logs/verifier/reward.txt` }),
      ...experiment(["timed", "plain", "passes"], command("a", "true"), "parallel = 1"),
    });
    const run = await project.regatta(["run", "experiments/x.toml"]);
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/^doubtful\n {2}timed × a #1\n {4}the tests look at the clock, and did not pass while/m);
    const doubted = (await trials(project)).filter(({ doubt }) => doubt !== null);
    expect(doubted.map((each) => each.task)).toEqual(["timed"]);
    const analyzed = await project.regatta(["analyze", "experiments/x.toml"]);
    expect(analyzed.code, analyzed.stderr).toBe(0);
    const [head = "", ...rows] = (await project.read("results/x/0/analytics/metrics_detail.csv")).trim().split("\n");
    const at = head.split(",").indexOf("tests_cpu_wait");
    expect(at).toBeGreaterThan(0);
    expect(rows).toHaveLength(3);
    for (const row of rows) expect(Number(row.split(",")[at])).toBeGreaterThan(0.2);
  },
);

test("a trial whose processes were killed for want of memory says so wherever it is shown; memory is in MiB", async () => {
  const project = await makeProject({ ...task("t"), ...experiment(["t"], command("hungry", "exit 137") + NOP) });
  expect((await project.regatta(["run", "experiments/x.toml"])).code).toBe(0);
  const before = await project.regatta(["results", "x/0"]);
  expect(before.stdout).not.toContain("out of memory");
  // As a sandbox with a limit on its memory records it; not every machine can set one.
  const { runs } = (await project.json("results/x/0/runs/index.json")) as {
    runs: { agent_key: string; results_json: string }[];
  };
  const hungry = runs.find(({ agent_key }) => agent_key === "hungry")?.results_json ?? "";
  const file = `results/x/0/${hungry.replace("result.json", ".regatta/trial.json")}`;
  const extras = (await project.json(file)) as { record: { noise: object } };
  const { peakMemoryMib: _, ...noise } = extras.record.noise as { peakMemoryMib: number | null };
  // And as earlier versions wrote the most memory it had, in 10^6 bytes.
  const record = { ...extras.record, noise: { ...noise, oomKills: 2, peakMemoryMb: 104.8576 } };
  await project.write({ [file]: JSON.stringify({ ...extras, record }) });
  const table = await project.regatta(["results", "x/0"]);
  expect(table.stdout).toMatch(
    /^out of memory \(memory_mb in task.toml is the limit\)\n {2}t × hungry #1 {2}2 processes killed, ended by agent-exit\(137\)$/m,
  );
  const { stdout } = await project.regatta(["results", "x/0", "--json"]);
  const { trials: shown } = JSON.parse(stdout) as { trials: { profile: string; oom_kills: number | null }[] };
  expect(shown.find(({ profile }) => profile === "hungry")?.oom_kills).toBe(2);
  expect((await project.regatta(["status"])).stdout).toMatch(
    /^x\/0: 1 trial had processes killed for want of memory \(regatta results x\/0\)$/m,
  );
  expect((await project.regatta(["analyze", "x/0"])).code).toBe(0);
  const [head = "", ...rows] = (await project.read("results/x/0/analytics/metrics_detail.csv")).trim().split("\n");
  const at = head.split(",").indexOf("peak_memory_mib");
  expect(rows.map((row) => row.split(",")[at]).filter((value) => value === "100")).toHaveLength(1);
});
