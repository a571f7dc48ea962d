import fc from "fast-check";
import { expect, test } from "vitest";
import type { RunEvent, StampedEvent } from "../../src/contract/event.ts";
import { failure } from "../../src/contract/failure.ts";
import type { TrialId } from "../../src/contract/plan.ts";
import {
  doneInAll,
  doneOf,
  initialProgress,
  reduceProgress,
  remainingSeconds,
  type ProgressState,
} from "../../src/reporters/progress-state.ts";
import { begun, BROKEN, ended, reduced, scored, stamped, START, started } from "./events.ts";

const A: TrialId = { task: "t", profile: "a", attempt: 1 };
const B: TrialId = { task: "t", profile: "b", attempt: 1 };

test("counts outcomes and rewards by profile", () => {
  const state = reduced(
    stamped([started(["a", "b"], ["t"]), begun(A), begun(B), ended(A, scored(0.5)), ended(B, BROKEN)]),
  );
  expect(state.profiles).toMatchObject([
    { key: "a", scored: 1, rewardSum: 0.5, rewardKnown: 1, successes: 0 },
    { key: "b", scored: 0, notScored: 1, rewardKnown: 0 },
  ]);
  expect(state.running.size).toBe(0);
});

test("a trial between two tries is neither running nor done", () => {
  const events: RunEvent[] = [
    started(["a", "b"], ["t"]),
    begun(A),
    { type: "trial-retrying", trial: A, try: 1, failure: failure({ ...BROKEN_FAILURE }), delaySec: 5 },
  ];
  const waiting = reduced(stamped(events));
  expect([waiting.running.size, waiting.waiting.size, doneInAll(waiting)]).toEqual([0, 1, 0]);
  const again = reduced(stamped([...events, { ...begun(A), try: 2 } as RunEvent]));
  expect([again.running.size, again.waiting.size]).toEqual([1, 0]);
});

test("an event that was seen already changes nothing, nor does one of an unknown type", () => {
  const events = stamped([started(["a"], ["t"]), begun(A), ended(A, scored(1))]);
  const state = reduced(events);
  expect(reduceProgress(state, events[2] as StampedEvent)).toBe(state);
  const strange = {
    type: "model-called",
    launch: 1,
    seq: 9,
    at: new Date(START).toISOString(),
  } as unknown as StampedEvent;
  expect(reduceProgress(state, strange)).toEqual({ ...state, lastSeq: { launch: 1, seq: 9 } });
});

test("trials of earlier launches are in the counts of a continued batch", () => {
  const from = initialProgress([
    { id: A, outcome: scored(1), reward: 1, success: true },
    { id: B, outcome: BROKEN, reward: null, success: null },
  ]);
  const state = reduced(stamped([started(["a", "b"], ["t"], 2, 4, 2)]), from);
  expect([state.total, doneInAll(state), state.perProfile]).toEqual([4, 2, 2]);
  expect(state.profiles.map(doneOf)).toEqual([1, 1]);
});

test("kept trials that are not known one by one are still done", () => {
  expect(doneInAll(reduced(stamped([started(["a", "b"], ["t"], 2, 4, 2)])))).toBe(2);
});

test("estimates what is left from the trials that ended", () => {
  const tasks = ["t", "u", "v", "w"];
  const of = (task: string): TrialId => ({ task, profile: "a", attempt: 1 });
  const events = stamped([
    { ...started(["a"], tasks, 1, 1), second: 0 },
    begun(of("t"), 0),
    { ...ended(of("t"), scored(1), 10), second: 10 },
    begun(of("u"), 10),
  ]);
  expect(remainingSeconds(reduced(events.slice(0, 2)), START)).toBeNull();
  expect(remainingSeconds(reduced(events), START + 14_000)).toBe(2 * 10 + 6);
});

const BROKEN_FAILURE = { code: "x", blame: "infrastructure", phase: null, message: "gone" } as const;

/** What an engine does, chosen by a list of numbers: starts, retries and ends trials in any order. */
const runs = fc
  .record({
    profiles: fc.integer({ min: 1, max: 4 }),
    tasks: fc.integer({ min: 1, max: 4 }),
    attempts: fc.integer({ min: 1, max: 2 }),
    steps: fc.array(fc.tuple(fc.nat(), fc.nat({ max: 9 })), { maxLength: 120 }),
  })
  .map(({ profiles, tasks, attempts, steps }) => {
    const keys = names("p", profiles);
    const ids = names("t", tasks);
    const all = ids.flatMap((task) =>
      keys.flatMap((profile) => [1, 2].slice(0, attempts).map((attempt) => ({ task, profile, attempt }))),
    );
    const events: RunEvent[] = [started(keys, ids, attempts)];
    const stage = new Map<TrialId, "running" | "waiting" | "over">();
    for (const [pick, choice] of steps) {
      const trial = all[pick % all.length] as TrialId;
      const now = stage.get(trial);
      if (now === "over") continue;
      if (now === "running" && choice < 3) {
        stage.set(trial, "waiting");
        events.push({ type: "trial-retrying", trial, try: 1, failure: failure(BROKEN_FAILURE), delaySec: 1 });
      } else if (now === "running" && choice < 8) {
        stage.set(trial, "over");
        events.push(ended(trial, choice < 6 ? scored(choice / 5) : BROKEN));
      } else if (now === "running") {
        events.push({ type: "phase-started", trial, try: 1, phase: "agent-run" });
      } else if (choice === 9) {
        stage.set(trial, "over");
        events.push(ended(trial, { kind: "not-started", failure: failure(BROKEN_FAILURE) }));
      } else {
        stage.set(trial, "running");
        events.push(begun(trial));
      }
    }
    const inStage = (wanted: string) => [...stage.values()].filter((each) => each === wanted).length;
    return { events, all, running: inStage("running"), waiting: inStage("waiting"), over: inStage("over") };
  });

test("every trial is counted once, wherever it stands", () => {
  fc.assert(
    fc.property(runs, ({ events, all, running, waiting, over }) => {
      const state = reduced(stamped(events));
      expect(state.total).toBe(all.length);
      expect([state.running.size, state.waiting.size, doneInAll(state)]).toEqual([running, waiting, over]);
      expect(state.profiles.reduce((sum, profile) => sum + doneOf(profile), 0)).toBe(over);
    }),
  );
});

test("no order of events makes a count negative", () => {
  fc.assert(
    fc.property(runs, fc.infiniteStream(fc.nat()), ({ events }, numbers) => {
      const shuffled = events.map((event) => [numbers.next().value, event] as const).sort(([a], [b]) => a - b);
      const state = reduced(stamped(shuffled.map(([, event]) => event)));
      expect(Math.min(...allCounts(state))).toBeGreaterThanOrEqual(0);
      expect(remainingSeconds(state, START + 5000) ?? 0).toBeGreaterThanOrEqual(0);
    }),
  );
});

function allCounts(state: ProgressState): number[] {
  return [
    doneInAll(state),
    ...state.profiles.flatMap((one) => [
      one.scored,
      one.notScored,
      one.cancelled,
      one.notStarted,
      one.rewardKnown,
      one.successes,
    ]),
  ];
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${prefix}${at}`);
}
