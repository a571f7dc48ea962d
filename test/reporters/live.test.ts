import { EventEmitter } from "node:events";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RunEvent } from "../../src/contract/event.ts";
import { progressReporter } from "../../src/reporters/progress.ts";
import { openScreen } from "../../src/terminal/screen.ts";
import { begun, BROKEN, ended, scored, stamped, START, started } from "./events.ts";
import { fakeTerminal } from "./fake-terminal.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

class Owner extends EventEmitter {
  readonly pid = 1;
  readonly killed: string[] = [];
  kill(_pid: number, signal: string): void {
    this.killed.push(signal);
  }
}

function reporterOn(terminal = fakeTerminal()) {
  const owner = new Owner();
  const reporter = progressReporter({ output: terminal, env: { NO_COLOR: "1" }, owner });
  return { terminal, owner, reporter };
}

const T = { task: "fix-bug", profile: "text", attempt: 1 };
const U = { task: "add-test", profile: "text", attempt: 1 };

test("a failure stays above the frame; closing takes the frame away and gives the cursor back", async () => {
  const { terminal, owner, reporter } = reporterOn();
  for (const event of stamped([started(["text"], ["fix-bug", "add-test"]), begun(T), begun(U), ended(T, BROKEN)])) {
    reporter.onEvent(event);
  }
  vi.advanceTimersByTime(200);
  expect(terminal.lines()[0]).toBe(
    "0:03  fix-bug × text #1: not scored: infrastructure, the sandbox did not start (10s)",
  );
  expect(terminal.lines().join("\n")).toContain("1/2 done  1 running");
  expect(terminal.cursorShown()).toBe(false);
  await reporter.close();
  expect(terminal.lines()).toHaveLength(1);
  expect(terminal.cursorShown()).toBe(true);
  expect([owner.listenerCount("exit"), vi.getTimerCount()]).toEqual([0, 0]);
});

test("at most ten frames a second, however many events; none when nothing changes", async () => {
  const tasks = Array.from({ length: 200 }, (_, at) => `task-${at}`);
  const { terminal, reporter } = reporterOn();
  const events: RunEvent[] = tasks.flatMap((task) => {
    const trial = { task, profile: "text", attempt: 1 };
    return [begun(trial), { type: "phase-started", trial, try: 1, phase: "agent-run" }, ended(trial, scored(1), 1)];
  });
  for (const event of stamped([started(["text"], tasks, 1, 200), ...events])) {
    reporter.onEvent(event);
    vi.advanceTimersByTime(5);
  }
  // 601 events in 3 seconds.
  expect(terminal.written.length).toBeLessThanOrEqual(32);
  await reporter.close();
});

test("the frame of a run that stands still is drawn once a second, only where it changed", async () => {
  const { terminal, reporter } = reporterOn();
  for (const event of stamped([started(["text"], ["fix-bug"]), begun(T)])) reporter.onEvent(event);
  vi.advanceTimersByTime(1500);
  terminal.written.length = 0;
  vi.advanceTimersByTime(5000);
  expect(terminal.written.length).toBeLessThanOrEqual(5);
  // The heading and the profile are the same; only the clock and the age are written again.
  expect(terminal.written.join("")).not.toContain("profile");
  await reporter.close();
});

test("Ctrl-Z hands the terminal over in order", async () => {
  const { terminal, owner, reporter } = reporterOn();
  for (const event of stamped([started(["text"], ["fix-bug"]), begun(T)])) reporter.onEvent(event);
  vi.advanceTimersByTime(200);
  owner.emit("SIGTSTP");
  expect([terminal.lines(), terminal.cursorShown(), owner.killed]).toEqual([[], true, ["SIGSTOP"]]);
  owner.emit("SIGCONT");
  vi.advanceTimersByTime(200);
  expect(terminal.lines().join("\n")).toContain("1 running");
  await reporter.close();
});

test("the cursor comes back when the process exits without closing", () => {
  const { terminal, owner, reporter } = reporterOn();
  for (const event of stamped([started(["text"], ["fix-bug"])])) reporter.onEvent(event);
  vi.advanceTimersByTime(200);
  owner.emit("exit");
  expect(terminal.cursorShown()).toBe(true);
});

test("a narrower window: the broken lines of the old frame go away", () => {
  const terminal = fakeTerminal(40, 10);
  const screen = openScreen(terminal);
  screen.draw(["x".repeat(40), "short"]);
  terminal.written.length = 0;
  screen.resized(20);
  expect(terminal.written).toEqual(["\u001b[3A\r\u001b[J"]);
});

test("a frame that grows and shrinks leaves nothing behind", () => {
  const terminal = fakeTerminal();
  const screen = openScreen(terminal);
  for (const frame of [["a", "b"], ["a", "bb", "c"], ["aa"], ["a", "b", "c", "d"], ["z"]]) {
    screen.draw(frame);
    expect(terminal.lines()).toEqual(frame);
  }
  screen.above(["kept"]);
  expect(terminal.lines()).toEqual(["kept", "z"]);
});
