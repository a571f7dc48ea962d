import { expect, test } from "vitest";
import { doctorExit, doctorJson, doctorText, type Check } from "../../src/cli/render/doctor.ts";
import { explainText } from "../../src/cli/render/explain.ts";
import { planJson } from "../../src/cli/render/plan-json.ts";
import { planText } from "../../src/cli/render/plan.ts";
import { statusJson, statusText } from "../../src/cli/render/status.ts";
import type { BatchStatus } from "../../src/views/batch-status.ts";
import { tasksJson, tasksText } from "../../src/cli/render/tasks.ts";
import { textWidth } from "../../src/terminal/text-width.ts";
import { plan, profile, task } from "./plans.ts";

const wide = { columns: 110, color: false };
const narrow = { columns: 40, color: false };

const some = plan(
  [
    task("fix-bug"),
    task("日本語", { source: "terminal-bench@2.0" }),
    task("steps", { unsupported: ["multi-step (steps)"] }),
  ],
  [
    {
      profile: profile("text", {
        model: "anthropic/claude",
        command: ["agent", "--flag \u001b[31m"],
        env: ["API_KEY", "OTHER_KEY", "GONE"],
        setEnv: { MODE: "set-env-secret" },
        unused: [{ key: "hooks", origin: { kind: "defaults-table", line: 9 } }],
      }),
      treatment: null,
      treatmentLines: [],
      inputs: { setup: `sha256:${"ab".repeat(32)}` },
      envFrom: { API_KEY: "env-file", OTHER_KEY: "host" },
    },
    { profile: profile("nop", { agent: "nop" }), inputs: {}, treatment: null, treatmentLines: [], envFrom: {} },
  ],
  2,
);

test("plan", () => {
  expect(planText(some, wide)).toMatchInlineSnapshot(`
    "demo  Demo
    2 profiles × 3 tasks × 2 attempts = 12 trials, 4 at a time; 4 refused
    environment local, results in /p/results/demo/
    retries 1 (infrastructure only)

    profiles
      text: agent command, model anthropic/claude, command agent --flag \\x1b[31m
        uses setup abababababab
        variables MODE (set here), API_KEY (from the env file), OTHER_KEY (from the host), GONE (MISSING)
        not used by command: hooks (line 9, [defaults])
      nop: agent nop

    tasks
      task     agent  verifier  build  cpus  memory  network  digest        from
      fix-bug   none        2m    10m     2   2 GiB  on       0123456789ab  /p/tasks/fix-bug
      日本語    none        2m    10m     2   2 GiB  on       0123456789ab  terminal-bench@2.0
      steps     none        2m    10m     2   2 GiB  on       0123456789ab  /p/tasks/steps

    order
        1  fix-bug × text #1
        2  fix-bug × nop #1
        3  日本語 × text #1
        4  日本語 × nop #1
        5  steps × text #1  (refused)
        6  steps × nop #1  (refused)
        7  fix-bug × text #2
        8  fix-bug × nop #2
      … 4 more (use --json)

    refused
      steps: needs multi-step (steps)

    warnings
      memory is not enforced
    "
  `);
});

test("plan in 40 columns keeps the table within them", () => {
  const lines = planText(some, narrow).split("\n");
  const table = lines.slice(lines.indexOf("tasks") + 1, lines.indexOf("order") - 1);
  expect(table).toHaveLength(4);
  for (const line of table) expect(textWidth(line)).toBeLessThanOrEqual(40);
});

test("a plan shows names of variables and never their values", () => {
  const everything = planText(some, wide) + JSON.stringify(planJson(some));
  expect(everything).toContain("GONE");
  expect(everything).not.toMatch(/secret/);
});

test("long lists of a plan are cut, and it says how to get the rest", () => {
  const tasks = Array.from({ length: 300 }, (_, at) => task(`task-${at}`));
  const text = planText(plan(tasks, some.profiles), wide);
  expect(text.split("\n").length).toBeLessThan(80);
  expect(text).toContain("… 260 more (use --json)");
  expect(text).toContain("… 592 more (use --json)");
  expect((planJson(plan(tasks, some.profiles))["tasks"] as unknown[]).length).toBe(300);
});

test("explain", () => {
  const values = [
    { key: "run.attempts", value: "3", origin: { kind: "flag", flag: "--attempts" } },
    { key: "profiles.text.model", value: '"a"', origin: { kind: "extends", profile: "base", line: 12 } },
    { key: "run.retries", value: "0", origin: { kind: "default" } },
  ] as const;
  expect(explainText(values, wide)).toMatchInlineSnapshot(`
    "key                  value  from
    run.attempts         3      flag --attempts
    profiles.text.model  "a"    line 12, extends base
    run.retries          0      default
    "
  `);
});

test("tasks", () => {
  const listed = [
    {
      id: "fix-bug",
      dataset: null,
      from: "tasks/fix-bug",
      task: task("fix-bug"),
      problem: null,
      experiments: ["demo"],
    },
    {
      id: "gpu",
      dataset: "d@1",
      from: "d@1",
      task: task("gpu", { unsupported: ["GPUs"] }),
      problem: null,
      experiments: [],
    },
    { id: "gone", dataset: null, from: "tasks/gone", task: null, problem: "no such directory", experiments: ["demo"] },
  ];
  expect(tasksText(listed, wide)).toMatchInlineSnapshot(`
    "task     dataset  agent  verifier  cpus  memory  network  from
    fix-bug  —          10m        2m     2   2 GiB  on       tasks/fix-bug
    gpu      d@1        10m        2m     2   2 GiB  on       d@1
    gone     —                                                tasks/gone

    3 tasks

    cannot be run
      gpu: needs GPUs
      gone: no such directory
    "
  `);
  expect(tasksText([], wide)).toBe("no tasks\n");
  expect(tasksJson(listed)).toMatchObject({
    tasks: [{ memory_mb: 2048 }, { unsupported: ["GPUs"] }, { problem: "no such directory", cpus: null }],
  });
});

const checks: readonly Check[] = [
  { name: "Node", ok: true, detail: "20.19.0" },
  {
    name: "Docker",
    ok: "warn",
    detail: "not running",
    todo: 'start it; only experiments with container_env = "docker" need it',
  },
  { name: "namespaces", ok: false, detail: "not permitted", todo: "sysctl kernel.unprivileged_userns_clone=1" },
];

test("doctor", () => {
  expect(doctorText(checks, { columns: 60, color: false })).toMatchInlineSnapshot(`
    "ok    Node        20.19.0
    warn  Docker      not running
                      → start it; only experiments with
                        container_env = "docker" need it
    FAIL  namespaces  not permitted
                      → sysctl
                        kernel.unprivileged_userns_clone=1
    "
  `);
  expect([doctorExit(checks), doctorExit(checks.slice(0, 2))]).toEqual([1, 0]);
  expect(doctorJson(checks)).toMatchObject({ ok: false, checks: [{ todo: null }, { ok: "warn" }, { ok: false }] });
});

const batches: readonly BatchStatus[] = [
  {
    slug: "demo",
    batch: 3,
    state: "running",
    counts: { planned: 36, scored: 10, notScored: 1, cancelled: 0, notStarted: 0 },
    running: [
      {
        trial: { task: "fix-bug", profile: "text", attempt: 2 },
        try: 2,
        phase: "agent-run",
        since: "2026-01-02T03:04:05Z",
      },
      { trial: { task: "日本語", profile: "nop", attempt: 1 }, try: 1, phase: null, since: "bad" },
    ],
    spent: { costUsd: 1.25, tokens: 812_000 },
    ownerPid: 4711,
    outOfMemory: 2,
    startedAt: "2026-01-02T03:04:00.000Z",
    batchDir: "results/demo/3",
  },
  {
    slug: "demo",
    batch: 2,
    state: "interrupted",
    counts: { planned: null, scored: 0, notScored: 0, cancelled: 2, notStarted: 0 },
    running: [],
    spent: null,
    ownerPid: null,
    outOfMemory: 0,
    startedAt: null,
    batchDir: "results/demo/2",
  },
];

test("status", () => {
  expect(statusText(batches, wide, Date.parse("2026-01-02T03:05:07Z"))).toMatchInlineSnapshot(`
    "batch   state        scored  not scored  spent   pid  started              in
    demo/3  running       10/36           1  $1.25  4711  2026-01-02 03:04:00  results/demo/3
    demo/2  interrupted     0/?           0      —     —  —                    results/demo/2

    demo/3 running
      fix-bug  text  #2 try 2  agent-run  1:02
      日本語   nop         #1  starting      —
    demo/3: 2 trials had processes killed for want of memory (regatta results demo/3)
    "
  `);
  expect(statusText([], wide, 0)).toBe("no batches here\n");
  expect(statusJson(batches)).toMatchObject({ batches: [{ owner_pid: 4711 }, { planned: null, running: [] }] });
});
