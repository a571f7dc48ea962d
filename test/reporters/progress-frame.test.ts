import fc from "fast-check";
import { expect, test } from "vitest";
import type { RunEvent } from "../../src/contract/event.ts";
import { initialProgress } from "../../src/reporters/progress-state.ts";
import { progressFrame } from "../../src/reporters/progress-frame.ts";
import { textWidth } from "../../src/terminal/text-width.ts";
import { begun, BROKEN, ended, reduced, scored, stamped, START, started } from "./events.ts";

const TASKS = ["fix-bug", "a-task-with-a-rather-long-name-of-its-own", "日本語"];
const PROFILES = ["oracle", "text", "コード"];
const trial = (task: number, profile: number) => ({
  task: TASKS[task] as string,
  profile: PROFILES[profile] as string,
  attempt: 1,
});

const some = reduced(
  stamped([
    started(PROFILES, TASKS, 2, 4),
    begun(trial(0, 0), 0),
    begun(trial(0, 1), 0),
    begun(trial(0, 2), 0),
    begun(trial(1, 0), 2),
    { type: "phase-started", trial: trial(1, 0), try: 1, phase: "agent-run" },
    ended(trial(0, 0), scored(1)),
    ended(trial(0, 1), scored(0.25)),
    ended(trial(0, 2), BROKEN),
    begun(trial(2, 1), 9),
  ]),
);
const now = START + 75_000;

/** `count` trials at once. */
function crowd(count: number) {
  const tasks = Array.from({ length: count }, (_, at) => `task-${at}`);
  const events: RunEvent[] = tasks.map((task) => begun({ task, profile: "text", attempt: 1 }, 1));
  return reduced(stamped([started(["text"], tasks, 1, count), ...events]));
}

test("wide", () => {
  expect(progressFrame(some, { columns: 100, rows: 30, now, color: false }).join("\n")).toMatchInlineSnapshot(`
    "demo/3  3/18 done  2 running  1:15  ~0:32 left
    profile  done  running  failed  reward  success
    oracle    1/6        1       0    1.00      1/1
    text      1/6        1       0    0.25      0/1
    コード    1/6        0       1       —        —
      a-task-with-a-rather-long-name-of-its-own  oracle  #1  agent-run  1:13
      日本語                                     text    #1  starting   1:06"
  `);
});

test("with what the models took, and may take in all", () => {
  const spending = (costUsd: number | null): string =>
    progressFrame(
      reduced(
        stamped([
          started(["text"], ["a", "b", "c", "d"], 1, 4),
          begun({ task: "a", profile: "text", attempt: 1 }, 0),
          ended({ task: "a", profile: "text", attempt: 1 }, scored(1)),
          begun({ task: "b", profile: "text", attempt: 1 }, 0),
          begun({ task: "c", profile: "text", attempt: 1 }, 0),
          { type: "models-spent", costUsd, tokens: 12_345 },
        ]),
      ),
      { columns: 100, rows: 1, now, color: false },
    )[0] ?? "";
  expect(spending(1.5)).toContain("1:15  $1.50 of ~$3.00");
  expect(spending(null)).toContain("1:15  12.3k tokens");
});

test("40 columns", () => {
  expect(progressFrame(some, { columns: 40, rows: 30, now, color: false }).join("\n")).toMatchInlineSnapshot(`
    "demo/3  3/18 done  2 running  1:15
    profile  done  failed  reward  success
    oracle    1/6       0    1.00      1/1
    text      1/6       0    0.25      0/1
    コード    1/6       1       —        —
    a-task-wit…  oracle  #1  agent-run  1:13
    日本語       text    #1  starting   1:06"
  `);
});

test("5 rows", () => {
  expect(progressFrame(some, { columns: 80, rows: 5, now, color: false }).join("\n")).toMatchInlineSnapshot(`
    "demo/3  3/18 done  2 running  1:15  ~0:32 left
    profile  done  running  failed  reward  success
    oracle    1/6        1       0    1.00      1/1
    … 2 more profiles"
  `);
});

test("200 running", () => {
  expect(progressFrame(crowd(200), { columns: 80, rows: 12, now, color: false }).join("\n")).toMatchInlineSnapshot(`
    "demo/3  0/200 done  200 running  1:15
    profile   done  running  failed  reward  success
    text     0/200      200       0       —        —
      task-0  text  #1  starting  1:14
      task-1  text  #1  starting  1:14
      task-2  text  #1  starting  1:14
      task-3  text  #1  starting  1:14
      task-4  text  #1  starting  1:14
      task-5  text  #1  starting  1:14
      task-6  text  #1  starting  1:14
    … 193 more running"
  `);
});

test("before anything is known", () => {
  expect(progressFrame(initialProgress(), { columns: 80, rows: 24, now, color: false })).toEqual(["starting"]);
});

test("colour adds escapes and nothing else", () => {
  const window = { columns: 70, rows: 20, now };
  const colored = progressFrame(some, { ...window, color: true });
  expect(colored.join("")).toContain("\u001b[");
  // oxlint-disable-next-line no-control-regex
  const plain = colored.map((line) => line.replace(/\u001b\[\d+m/g, "").trimEnd());
  expect(plain).toEqual(progressFrame(some, { ...window, color: false }));
});

test("fits every window", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 130 }),
      fc.integer({ min: 1, max: 60 }),
      fc.constantFrom(some, crowd(30)),
      fc.boolean(),
      (columns, rows, state, color) => {
        const frame = progressFrame(state, { columns, rows, now, color });
        expect(frame.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
        for (const line of frame) expect(textWidth(line)).toBeLessThanOrEqual(columns);
      },
    ),
  );
});
