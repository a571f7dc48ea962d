/** `regatta diff` on trials as they stand on disk. */
import { describe, expect, test } from "vitest";
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

describe("the parts add up to the whole", () => {
  const step = (command: string, at: number, message: string): Record<string, unknown> =>
    agentStep([{ tool: "Bash", args: { command }, result: "ok" }], {
      timestamp: `2026-01-01T00:00:${String(10 * at).padStart(2, "0")}Z`,
      metrics: { prompt_tokens: 100, completion_tokens: 10, cost_usd: 0.02 },
      extra: { message_id: message },
    });

  interface Side {
    readonly tokens: number;
    readonly cost_usd: number;
    readonly seconds: number;
    readonly before: { readonly tokens: number; readonly cost_usd: number; readonly seconds: number };
    readonly after: Side["before"];
    readonly in_neither: Side["before"];
  }

  async function sidesOf(a: unknown, b: unknown): Promise<{ readonly sides: readonly Side[]; readonly text: string }> {
    const bare = { agent_result: null };
    const project = await makeProject({
      "jobs/one/fix__a/result.json": JSON.stringify(result(bare)),
      "jobs/one/fix__a/agent/trajectory.json": JSON.stringify(a),
      "jobs/two/fix__b/result.json": JSON.stringify(result(bare)),
      "jobs/two/fix__b/agent/trajectory.json": JSON.stringify(b),
    });
    const json = await project.regatta(["diff", "jobs/one/fix__a", "jobs/two/fix__b", "--json"]);
    expect([json.code, json.stderr]).toEqual([0, ""]);
    const text = (await project.regatta(["diff", "jobs/one/fix__a", "jobs/two/fix__b"])).stdout;
    return { sides: (JSON.parse(json.stdout) as { sides: Side[] }).sides, text };
  }

  test("a message over both parts counts once, where it begins", async () => {
    const a = trajectory([step("ls", 0, "m1"), step("make", 1, "m1"), step("git diff", 2, "m2")]);
    const b = trajectory([step("ls", 0, "n1"), step("pytest", 1, "n2"), step("git diff", 2, "n3")]);
    const { sides } = await sidesOf(a, b);
    expect(sides).toMatchObject([
      { tokens: 220, before: { tokens: 110, cost_usd: 0.02 }, after: { tokens: 110, cost_usd: 0.02 } },
      { tokens: 330, before: { tokens: 110 }, after: { tokens: 220 } },
    ]);
    for (const { in_neither: rest } of sides) expect(rest).toMatchObject({ tokens: 0, cost_usd: 0 });
  });

  test("what subagents spent, and the time around the steps, is in neither, and said", async () => {
    const totals = { total_prompt_tokens: 1000, total_completion_tokens: 200, total_cost_usd: 0.5 };
    const embedded = { subagent_trajectories: [trajectory([])], final_metrics: totals };
    const a = trajectory([step("ls", 0, "m1"), step("make", 1, "m2")], embedded);
    const b = trajectory([step("ls", 0, "n1"), step("pytest", 1, "n2")]);
    const { sides, text } = await sidesOf(a, b);
    for (const side of sides)
      for (const field of ["tokens", "cost_usd", "seconds"] as const)
        expect(side.before[field] + side.after[field] + side.in_neither[field]).toBeCloseTo(side[field], 9);
    expect(sides[0]?.in_neither).toMatchObject({ tokens: 980, seconds: 50 });
    expect(text).toMatch(/neither\s+980 tokens, \$0\.46, 50s\s+0 tokens, \$0\.00, 50s/);
    expect(text).toContain("such as subagents");
  });

  test("no part has begun: nothing was spent, in no time", async () => {
    const { sides } = await sidesOf(trajectory([step("ls", 0, "m1")]), trajectory([step("make", 0, "n1")]));
    expect(sides[0]?.before).toEqual({ actions: 0, tokens: 0, cost_usd: 0, seconds: 0 });
  });
});

test("a version of ATIF to come is read and said, what is none is not read: by analyze and diff alike", async () => {
  const of = (version: unknown): Record<string, unknown> => ({
    ...(JSON.parse(ran(A)) as object),
    schema_version: version,
  });
  const project = await trials(A, B);
  const trial = (version: unknown, task: string): Record<string, string> => ({
    [`versions/${task}__x/result.json`]: JSON.stringify(result({ task_name: task })),
    [`versions/${task}__x/agent/trajectory.json`]: JSON.stringify(of(version)),
  });
  await project.write({
    ...trial("ATIF-v9.9", "newer"),
    ...trial("my-own-2", "other"),
    ...trial(null, "silent"),
    ...trial(17, "number"),
  });
  const { stdout } = await project.regatta(["analyze", "--runs", "versions", "--json"]);
  const { remarks } = JSON.parse(stdout) as { remarks: { path: string; remarks: string[] }[] };
  const own = remarks.flatMap(({ path, remarks: said }) =>
    said.filter((each) => /ATIF/.test(each)).map((each) => [path, each]),
  );
  expect(own).toEqual([
    ["newer__x", expect.stringMatching(/^its trajectory is of ATIF-v9\.9, a version unknown here: it was read as/)],
    ["number__x", expect.stringContaining("has no ATIF schema_version: it is no text")],
    ["other__x", expect.stringContaining('has no ATIF schema_version: it is "my-own-2", and ATIF-v1.0 to ATIF-v1.7')],
  ]);
  const diffed = (task: string) => project.regatta(["diff", "jobs/one/fix__a", `versions/${task}__x`]);
  const newer = await diffed("newer");
  expect([newer.code, newer.stdout.replaceAll(/\s+/g, " ")]).toEqual([
    0,
    expect.stringContaining("B is of ATIF-v9.9, a version unknown here: it was read as ATIF-v1.7"),
  ]);
  expect((await diffed("silent")).code).toBe(0);
  for (const task of ["other", "number"]) {
    const refused = await diffed(task);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("has no ATIF schema_version")]);
  }
});

test("steps of a user alone say nothing of what the agent did: no calls is not 0 calls, and not the same throughout", async () => {
  const silent = JSON.stringify(
    trajectory([
      { source: "user", message: "" },
      { source: "user", message: "" },
    ]),
  );
  const talk = JSON.stringify(trajectory([agentStep([], { message: "a" })]));
  const project = await trials(A, B);
  await project.write({
    "silent/t__x/result.json": JSON.stringify(result({ task_name: "t" })),
    "silent/t__x/agent/trajectory.json": silent,
    "jobs/one/talk__x/result.json": JSON.stringify(result({ task_name: "t" })),
    "jobs/one/talk__x/agent/trajectory.json": talk,
  });
  const { stdout } = await project.regatta(["analyze", "--runs", "silent", "--json"]);
  const why = "the trajectory has no step of the agent's";
  expect(JSON.parse(stdout)).toMatchObject({
    profiles: [{ metrics: { tool_calls: { n: 0, not_computed: { [why]: 1 } } } }],
    remarks: [{ remarks: [`${why}: metrics over its steps are not computed`] }],
  });
  const refused = await project.regatta(["diff", "jobs/one/fix__a", "silent/t__x"]);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("has no step of the agent's")]);
  const nothing = await project.regatta(["diff", "jobs/one/talk__x", "jobs/one/talk__x"]);
  expect(nothing.stdout).toContain("Neither has a step that calls a tool: there is nothing to compare.");
});
