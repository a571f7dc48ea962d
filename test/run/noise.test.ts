/** What went on around a trial, by the real program on a machine that is made busy. */
import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import { machineWaits } from "../../src/host/pressure.ts";
import { command, experiment, makeProject, type Project, task } from "../support/project.ts";

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
