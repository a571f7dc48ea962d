import { expect, test } from "vitest";
import { jsonLinesReporter } from "../../src/reporters/json-lines.ts";
import { linesReporter } from "../../src/reporters/lines.ts";
import { openReporter } from "../../src/app/open-reporter.ts";
import type { StampedEvent } from "../../src/contract/event.ts";
import { begun, BROKEN, ended, scored, stamped, START, started } from "./events.ts";

const T = { task: "fix-bug", profile: "text", attempt: 1 };
const U = { task: "add-test", profile: "text", attempt: 2 };

const events = stamped([
  started(["text"], ["fix-bug", "add-test"]),
  begun(T),
  { type: "phase-started", trial: T, try: 1, phase: "agent-run" },
  begun(U),
  ended(T, scored(0.5)),
  ended(U, BROKEN, 75),
  { type: "note", message: "evil \u001b[2J note" },
  { type: "batch-ended", scored: 1, notScored: 1, cancelled: 0, notStarted: 0, seconds: 7 },
]);
const strange = {
  type: "model-called",
  launch: 1,
  seq: 99,
  at: new Date(START).toISOString(),
} as unknown as StampedEvent;

function sink(isTTY = false) {
  const written: string[] = [];
  return { written, isTTY, write: (text: string) => written.push(text) };
}

test("one plain line per change, without colours", () => {
  const output = sink();
  const reporter = linesReporter(output);
  for (const event of [...events, strange]) reporter.onEvent(event);
  expect(`\n${output.written.join("")}`).toMatchInlineSnapshot(`
    "
      0:00  batch demo/3: 2 trials to run, 4 at a time, in results/demo/3
      0:01  fix-bug × text #1: started
      0:03  add-test × text #2: started
      0:04  1/2  fix-bug × text #1: scored 0.5 (10s)
      0:05  2/2  add-test × text #2: not scored: infrastructure, the sandbox did not start (1m15s)
      0:06  evil \\x1b[2J note
      0:07  batch over: 1 scored, 1 not scored in 7.0s
    "
  `);
});

test("--json: each event is one line, as in the journal", () => {
  const output = sink();
  const reporter = jsonLinesReporter(output);
  for (const event of [...events, strange]) reporter.onEvent(event);
  expect(output.written.every((line) => line.endsWith("\n") && line.indexOf("\n") === line.length - 1)).toBe(true);
  expect(output.written.map((line) => JSON.parse(line) as unknown)).toEqual([...events, strange]);
});

test("--json: nothing in a line acts on a terminal", () => {
  const output = sink();
  jsonLinesReporter(output).onEvent({
    ...(events[6] as StampedEvent),
    message: "\u009b2J\u2028\u001b",
  } as StampedEvent);
  // oxlint-disable-next-line no-control-regex
  expect(output.written.join("").trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028]/);
});

test.each([
  ["a pipe gets lines on stderr", false, false, /^ {2}0:00 {2}batch demo\/3/, ""],
  ["--json gets events on stdout", true, true, "", /^\{"type":"batch-started"/],
])("%s", async (_name, json, isTTY, onStderr, onStdout) => {
  const [stdout, stderr] = [sink(isTTY), sink(isTTY)];
  const reporter = await openReporter({ json, stdout, stderr, env: {} });
  reporter.onEvent(events[0] as StampedEvent);
  await reporter.close();
  expect(stderr.written.join("")).toMatch(onStderr);
  expect(stdout.written.join("")).toMatch(onStdout);
  expect(json ? stderr.written : stdout.written).toEqual([]);
});
