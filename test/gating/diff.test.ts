/** `regatta diff` on trials as they stand on disk. */
import { expect, test } from "vitest";
import { agentStep, result, trajectory } from "../analytics/jobs.ts";
import { makeProject, type Project } from "../support/project.ts";

/** One step for each command, ten seconds apart, 100 tokens and a cent each. */
function ran(commands: readonly string[]): string {
  return JSON.stringify(
    trajectory(
      commands.map((command, at) =>
        agentStep([{ tool: "Bash", args: { command }, result: command === "make" ? "Error: no" : "ok" }], {
          timestamp: `2026-01-01T00:00:${String(10 * at).padStart(2, "0")}Z`,
          metrics: { prompt_tokens: 90 + at, completion_tokens: 10, cost_usd: 0.01 },
        }),
      ),
    ),
  );
}

async function trials(a: readonly string[], b: readonly string[]): Promise<Project> {
  return makeProject({
    "jobs/one/fix__a/result.json": JSON.stringify(result()),
    "jobs/one/fix__a/agent/trajectory.json": ran(a),
    "jobs/two/fix__b/result.json": JSON.stringify(result({ verifier_result: { rewards: { reward: 0 } } })),
    "jobs/two/fix__b/agent/trajectory.json": ran(b),
    "jobs/two/bare__c/result.json": JSON.stringify(result()),
    "results/x/0/runs/2026-01-01__00-00-00__text/fix__a/result.json": JSON.stringify(result()),
    "results/x/0/runs/2026-01-01__00-00-00__text/fix__a/agent/trajectory.json": ran(a),
  });
}

const A = ["ls", "cat a.py", "make", "pytest -q", "git diff"];
const B = ["ls", "cat  ./a.py", "grep x a.py", "grep y b.py", "pytest -q", "git diff"];

test("where they part and meet again, and what each side spent before and after", async () => {
  const project = await trials(A, B);
  const shown = await project.regatta(["diff", "jobs/one/fix__a", "jobs/two/fix__b"]);
  expect([shown.code, shown.stderr]).toEqual([0, ""]);
  expect(shown.stdout).toContain("First difference: after 2 same actions.");
  expect(shown.stdout).toContain("A $ make (step 3)");
  expect(shown.stdout).toContain("They meet again at step 4 of A and 5 of B, for 2 actions.");
  expect(shown.stdout).toMatch(/−\s+3\s+\$ make \(failed\)/);

  const json = await project.regatta(["diff", "jobs/one/fix__a", "x/0/fix__a", "--json"]);
  expect(JSON.parse(json.stdout)).toMatchObject({ first_divergence: null, reconvergence: null, same: 5 });
  const other = JSON.parse(
    (await project.regatta(["diff", "x/0/fix__a", "jobs/two/fix__b", "--json"])).stdout,
  ) as Record<string, unknown>;
  expect(other).toMatchObject({
    same: 4,
    first_divergence: { a: 2, b: 2 },
    reconvergence: { a: 3, b: 4, length: 2 },
    sides: [
      {
        task: "fix-bug",
        reward: 1,
        before: { actions: 2, tokens: 201, cost_usd: 0.02, seconds: 20 },
        after: { actions: 3, tokens: 309, cost_usd: 0.03, seconds: 20 },
      },
      { reward: 0, before: { actions: 2, seconds: 20 }, after: { actions: 4, seconds: 30 } },
    ],
  });
  expect((other["rows"] as { kind: string }[]).map(({ kind }) => kind)).toEqual([
    "same",
    "same",
    "a",
    "b",
    "b",
    "same",
    "same",
  ]);
});

test("thousands of steps: what is the same is folded, and no more is printed than can be read", async () => {
  const many = Array.from({ length: 4000 }, (_, at) => (at % 40 === 0 ? `echo ${at}` : `ls ${at % 7}`));
  const project = await trials(
    many,
    many.map((command, at) => (at % 200 === 80 ? "true" : command)),
  );
  const shown = await project.regatta(["diff", "jobs/one/fix__a", "jobs/two/fix__b"]);
  expect(shown.code).toBe(0);
  expect(shown.stdout).toMatch(/… \d+ same actions/);
  expect(shown.stdout.split("\n").length).toBeLessThan(120);
  const all = await project.regatta(["diff", "jobs/one/fix__a", "jobs/two/fix__b", "--all"]);
  expect(all.stdout.split("\n").length).toBeGreaterThan(120);
});

test("what cannot be compared is said, with what to give instead", async () => {
  const project = await trials(A, B);
  const bare = await project.regatta(["diff", "jobs/one/fix__a", "jobs/two/bare__c"]);
  expect([bare.code, bare.stderr]).toEqual([2, expect.stringContaining("no agent/trajectory.json")]);
  const near = await project.regatta(["diff", "jobs/one/fix__a", "x/0/fix__b"]);
  expect([near.code, near.stderr]).toEqual([2, expect.stringContaining('Did you mean "fix__a"?')]);
  for (const nothing of ["nowhere", "x/7/fix__a", "jobs"]) {
    const ended = await project.regatta(["diff", "jobs/one/fix__a", nothing]);
    expect([ended.code, ended.stdout]).toEqual([2, ""]);
    expect(ended.stderr).not.toContain("internal error");
  }
});
