import { expect, test } from "vitest";
import { failure } from "../../src/contract/failure.ts";
import type { Outcome } from "../../src/contract/outcome.ts";
import type { TrialPlan } from "../../src/contract/plan.ts";
import type { PlanLock } from "../../src/contract/plan-lock.ts";
import { continuation, samePlan } from "../../src/planning/continuation.ts";

function lock(change: Partial<PlanLock> = {}): PlanLock {
  return {
    schema_version: 1,
    slug: "x",
    name: "x",
    regatta_version: "1",
    created_at: "2026-01-01T00:00:00.000Z",
    experiment_file: "/x.toml",
    root: "/",
    run: { cell: { environment: "local" }, launch: { slots: 2 } },
    overrides: {},
    tasks: { t1: { digest: "sha256:a" }, t2: { digest: "sha256:b" } },
    profiles: { p: { agent: "nop", model: null } },
    artifact_targets: [],
    trials: [],
    ...change,
  };
}

function trial(task: string, attempt = 1): TrialPlan {
  return { task, profile: "p", attempt, trialName: `${task}__${attempt}`, refused: null };
}

const SCORED: Outcome = { kind: "scored", rewards: { reward: 0 }, endedBy: { kind: "done" } };
const cause = failure({ code: "c", blame: "infrastructure", phase: null, message: "m" });
const PLAN = [trial("t1"), trial("t2"), trial("t1", 2)];

function recorded(outcome: Outcome, old = lock()) {
  return [{ id: { task: "t1", profile: "p", attempt: 1 }, outcome, lock: old }];
}

test("a finished trial is never run again; cancelled and lost ones are", () => {
  const kept = (outcome: Outcome) => continuation(lock(), PLAN, recorded(outcome)).kept;
  expect(kept(SCORED)).toBe(1);
  expect(kept({ kind: "not-scored", reason: "verifier-failed", failure: cause })).toBe(1);
  expect(kept({ kind: "not-scored", reason: "not-treated", failure: cause })).toBe(1);
  expect(kept({ kind: "not-scored", reason: "infrastructure", failure: cause })).toBe(0);
  expect(kept({ kind: "cancelled", failure: cause })).toBe(0);
});

test("what is to do keeps the plan's order", () => {
  expect(continuation(lock(), PLAN, recorded(SCORED)).toDo).toEqual([trial("t2"), trial("t1", 2)]);
});

test("a changed definition of a finished cell is a conflict that names the difference", () => {
  const changed = lock({ tasks: { t1: { digest: "sha256:z" }, t2: { digest: "sha256:y" } } });
  expect(continuation(changed, PLAN, recorded(SCORED)).conflicts).toEqual([
    { task: "t1", profile: "p", differences: ['tasks.t1.digest: "sha256:a" → "sha256:z"'] },
  ]);
  expect(continuation(changed, PLAN, recorded({ kind: "cancelled", failure: cause })).conflicts).toEqual([]);
});

test("slots and retries do not make another plan; tasks, profiles and attempts do", () => {
  const trials = PLAN.map(({ task, profile, attempt, trialName }) => ({
    task,
    profile,
    attempt,
    trial_name: trialName,
    refused: null,
  }));
  const a = lock({ trials });
  expect(
    samePlan(a, lock({ trials, created_at: "later", run: { cell: a.run.cell, launch: { slots: 9, retries: 3 } } })),
  ).toBe(true);
  expect(samePlan(a, lock({ trials: trials.slice(1) }))).toBe(false);
  expect(samePlan(a, lock({ trials, profiles: { p: { agent: "nop", model: "m" } } }))).toBe(false);
});

test("a difference deep in a list, or late in a long text, is shown where it is", () => {
  const prompt = "You are careful. ".repeat(40);
  const treatment = (hash: string, end: string) =>
    lock({
      profiles: {
        p: { agent: "x", toolchains: [{ name: "claude" }, { name: "server", hash }], prompt: `${prompt}${end}` },
      },
    });
  const [conflict] = continuation(
    treatment("abc", "Begin."),
    PLAN,
    recorded(SCORED, treatment("xyz", "Wait.")),
  ).conflicts;
  expect(conflict?.differences).toEqual([
    expect.stringMatching(/^profiles\.p\.prompt: ….* careful\. Wait\." → ….* careful\. Begin\."$/),
    'profiles.p.toolchains[1].hash: "xyz" → "abc"',
  ]);
  for (const each of conflict?.differences ?? []) expect(each.length).toBeLessThan(300);
});
