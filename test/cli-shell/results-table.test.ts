import fc from "fast-check";
import { expect, test } from "vitest";
import { resultsJson } from "../../src/cli/render/results-json.ts";
import { resultsTable } from "../../src/cli/render/results-table.ts";
import { failure } from "../../src/contract/failure.ts";
import type { Outcome } from "../../src/contract/outcome.ts";
import { batchView, type BatchView } from "../../src/views/batch-view.ts";
import { textWidth } from "../../src/terminal/text-width.ts";
import { BROKEN, record, scored } from "../reporters/events.ts";

const PROFILES = ["oracle", "nop", "コード"];
const TASKS = ["fix-bug", "日本語-task", "a-task-with-a-rather-long-name"];

const OTHERS: Readonly<Record<string, Outcome>> = {
  "fix-bug/コード/2": BROKEN,
  "日本語-task/コード/1": { kind: "scored", rewards: { reward: 0.5 }, endedBy: { kind: "agent-timeout" } },
  "日本語-task/コード/2": { kind: "scored", rewards: { speed: 1, size: 2 }, endedBy: { kind: "agent-exit", code: 3 } },
  "日本語-task/nop/2": {
    kind: "not-scored",
    reason: "verifier-failed",
    failure: failure({
      code: "reward-missing",
      blame: "task",
      phase: "verification",
      message: "the tests wrote no reward: \u001b[2J is what they said",
      evidence: ["verifier/test-stdout.txt"],
    }),
  },
};

function view(profiles = PROFILES, tasks = TASKS, attempts = 2): BatchView {
  const planned = tasks.flatMap((task) =>
    profiles.flatMap((profile) => Array.from({ length: attempts }, (_, at) => ({ task, profile, attempt: at + 1 }))),
  );
  const ran = planned.filter(({ task, attempt }) => task !== TASKS[2] || attempt === 1);
  return batchView({
    slug: "demo",
    batch: 3,
    dir: "results/demo/3",
    planned,
    trials: ran.map((id) => ({
      id,
      dir: `runs/j/${id.task}__abc`,
      record: record(id, OTHERS[`${id.task}/${id.profile}/${id.attempt}`] ?? scored(id.profile === "nop" ? 0 : 1)),
    })),
    profiles,
    tasks,
  });
}

test("wide", () => {
  expect(resultsTable(view(), { columns: 120, color: false })).toMatchInlineSnapshot(`
    "demo/3  13 of 18 trials scored, 1 infrastructure, 1 verifier failed, 3 not started

    profile  reward  success  scored  not scored                        ended by                                  agent time
    oracle     1.00      5/5     5/6  1 not started                     5 done                                           12s
    nop        0.00      0/4     4/6  1 verifier failed, 1 not started  4 done                                           12s
    コード     0.83      2/4     4/6  1 infrastructure, 1 not started   2 done, 1 agent-timeout, 1 agent-exit(3)         12s

    task                            oracle  nop           コード
    fix-bug                         1 1     0 0           1 infra
    日本語-task                     1 1     0 no-verdict  0.5 ?
    a-task-with-a-rather-long-name  1 —     0 —           1 —
    infra = infrastructure   no-verdict = verifier failed   — = not started   ? = scored, reward unknown

    not scored
      fix-bug × コード #2  infrastructure, environment-start
        the sandbox did not start
        results/demo/3/runs/j/fix-bug__abc/.regatta/trial.log
      日本語-task × nop #2  verifier failed, verification
        the tests wrote no reward: \\x1b[2J is what they said
        results/demo/3/runs/j/日本語-task__abc/verifier/test-stdout.txt

    results  results/demo/3
    "
  `);
});

test("40 columns", () => {
  expect(resultsTable(view(), { columns: 40, color: false })).toMatchInlineSnapshot(`
    "demo/3  13 of 18 trials scored, 1
    infrastructure, 1 verifier failed, 3 not
    started

    profi…  reward  scored  not scored
    oracle    1.00     5/6  1 not started
    nop       0.00     4/6  1 verifier fail…
    コード    0.83     4/6  1 infrastructur…

    task                oracle  nop
    fix-bug             1 1     0 0
    日本語-task         1 1     0 no-verdict
    a-task-with-a-rat…  1 —     0 —

    task                            コード
    fix-bug                         1 infra
    日本語-task                     0.5 ?
    a-task-with-a-rather-long-name  1 —
    infra = infrastructure   no-verdict = verifier failed   — = not started   ? = scored, reward unknown

    not scored
      fix-bug × コード #2  infrastructure, environment-start
        the sandbox did not start
        results/demo/3/runs/j/fix-bug__abc/.regatta/trial.log
      日本語-task × nop #2  verifier failed, verification
        the tests wrote no reward: \\x1b[2J
        is what they said
        results/demo/3/runs/j/日本語-task__abc/verifier/test-stdout.txt

    results  results/demo/3
    "
  `);
});

test("many attempts are summed up, and the sum says of how many", () => {
  const table = resultsTable(view(["oracle", "nop"], ["fix-bug"], 6), { columns: 80, color: false });
  expect(table).toMatch(/^fix-bug {2}1\.00 \(6\/6\) {2}0\.00 \(6\/6\)$/m);
});

test("a trial without a score is never shown as a number", () => {
  const planned = TASKS.map((task) => ({ task, profile: "text", attempt: 1 }));
  const trials = planned.map((id) => ({ id, dir: null, record: record(id, BROKEN) }));
  const none = batchView({ slug: "demo", batch: 1, dir: "d", planned, trials, profiles: ["text"], tasks: TASKS });
  const table = resultsTable(none, { columns: 100, color: false });
  expect(table).toMatch(/^text +— +— +0\/3 +3 infrastructure/m);
  expect(table).toMatch(/^fix-bug +infra$/m);
  expect(resultsJson(none)).toMatchObject({
    exit_code: 1,
    profiles: [{ mean_reward: null, scored: 0 }],
    trials: [{ reward: null, success: null, outcome: "not-scored", reason: "infrastructure" }, {}, {}],
  });
});

test("colour only where it is allowed, and nothing but colour then", () => {
  const plain = resultsTable(view(), { columns: 100, color: false });
  const colored = resultsTable(view(), { columns: 100, color: true });
  // oxlint-disable-next-line no-control-regex
  const escapes = /\u001b\[\d+m/g;
  expect(plain).not.toContain("\u001b");
  expect(colored).toMatch(escapes);
  expect(colored.replace(escapes, "").replace(/ +$/gm, "")).toBe(plain);
});

test("tables fit the width", () => {
  const many = view(
    Array.from({ length: 12 }, (_, at) => `profile-${at}`),
    TASKS,
  );
  fc.assert(
    fc.property(fc.integer({ min: 30, max: 200 }), fc.constantFrom(view(), many), (columns, shown) => {
      const lines = resultsTable(shown, { columns, color: false }).split("\n");
      // Paths are left whole, to be copied; the legend is a sentence.
      const laidOut = lines.filter(
        (line) => !line.includes("/j/") && !line.includes(" = ") && !line.startsWith("demo/3"),
      );
      for (const line of laidOut.filter((one) => !one.includes("×")))
        expect(textWidth(line)).toBeLessThanOrEqual(columns);
      for (const { key } of shown.profiles) expect(lines.some((line) => line.includes(key.slice(0, 3)))).toBe(true);
    }),
    { numRuns: 60 },
  );
});
